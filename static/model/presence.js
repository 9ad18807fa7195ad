// @ts-check
/**
 * Whether the person is in a group in another tab or window of this browser, where they would hear themselves. A lock
 * of the browser tells: it ends with its tab, however that ends. Where there are no locks, nothing is known.
 */
export class Presence {
  #name;
  #here = false;
  /** @type {() => void} */
  #release = () => {};
  /** Ends when our own lock is let go: until then the browser counts it. @type {Promise<unknown>} */
  #released = Promise.resolve();

  /** @param {string} group @param {Pick<LockManager, 'request' | 'query'> | null} [locks] */
  constructor(group, locks = globalThis.navigator?.locks ?? null) {
    this.#name = `galene-py.in.${group}`;
    this.locks = locks;
  }

  /** Tells other tabs whether this one is in the group. @param {boolean} here */
  set(here) {
    if (here === this.#here) return;
    this.#here = here;
    this.#release();
    if (!here) return;
    const until = new Promise((/** @type {(value: void) => void} */ resolve) => (this.#release = resolve));
    const held = this.locks?.request(this.#name, { mode: 'shared' }, () => until).catch(() => {}); // the page is going
    this.#released = Promise.resolve(held);
  }

  /** Whether another tab is in the group; of use while this one is not. @returns {Promise<boolean>} */
  async elsewhere() {
    if (!this.#here) await this.#released;
    const known = await this.locks?.query().catch(() => null);
    return !this.#here && (known?.held ?? []).some(({ name }) => name === this.#name);
  }
}
