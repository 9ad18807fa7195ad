// @ts-check
/**
 * People who come, or go, shortly after one another are told of together. Pure: the caller has the clock, and the
 * words.
 */

/** Milliseconds: whoever follows later than this begins another gathering. */
export const TOGETHER_MS = 8000;
/** Named at most, when there are more than one could read at a glance. */
const NAMED = 2;

export class Gathering {
  /** By id. @type {Map<string, string>} */
  #names = new Map();
  #last = -Infinity;

  /**
   * @param {string} id
   * @param {string} name
   * @param {number} now  milliseconds
   * @returns {{names: string[], others: number}} who is to be named now, and how many more there are
   */
  add(id, name, now) {
    if (now - this.#last > TOGETHER_MS) this.#names.clear();
    this.#last = now;
    this.#names.set(id, name);
    return this.#told;
  }

  /** It did not last: nothing to tell of any more when nobody is left. @param {string} id */
  take(id) {
    return this.#names.delete(id) ? this.#told : null;
  }

  get #told() {
    const all = [...this.#names.values()].reverse();
    const most = all.length <= NAMED + 1 ? all.length : NAMED;
    return { names: all.slice(0, most), others: all.length - most };
  }
}
