// @ts-check
/**
 * What everybody in the group knows about us: a raised hand, a muted microphone. It outlasts a connection, and tells
 * what others have not heard of it yet. Sends nothing.
 */

/** @typedef {Record<string, any>} Data  null, in a change, forgets a key */

export class OwnData {
  /** @type {Data} */
  current = {};
  /** What of it was said when we asked to come in. @type {Data} */
  #announced = {};

  /** @param {Data} change */
  change(change) {
    for (const [key, value] of Object.entries(change)) {
      if (value === null) delete this.current[key];
      else this.current[key] = value;
    }
  }

  /** What to say on the way in. @returns {Data} */
  announce() {
    this.#announced = { ...this.current };
    return this.#announced;
  }

  /** What has changed since: a camera that opened meanwhile, for one. @returns {Data} */
  get rest() {
    const keys = Object.keys({ ...this.#announced, ...this.current });
    const changed = keys.filter((key) => this.current[key] !== this.#announced[key]);
    return Object.fromEntries(changed.map((key) => [key, this.current[key] ?? null]));
  }
}
