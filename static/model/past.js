// @ts-check
/** Lines that were written before, for the arrow keys; and what was being written when one went to look. Pure. */

/** Lines remembered. */
const MOST = 200;

export class Past {
  /** @type {string[]} */
  #lines = [];
  #at = 0;
  #draft = '';

  /** @param {string} line */
  add(line) {
    if (this.#lines[this.#lines.length - 1] !== line) this.#lines = [...this.#lines, line].slice(-MOST);
    this.#at = this.#lines.length;
    this.#draft = '';
  }

  /** The line before, or after; null if there is none. @param {-1 | 1} by @param {string} current  what is in the field */
  go(by, current) {
    const at = this.#at + by;
    if (at < 0 || at > this.#lines.length) return null;
    if (this.#at === this.#lines.length) this.#draft = current;
    this.#at = at;
    return this.#lines[at] ?? this.#draft;
  }

  forget() {
    this.#lines = [];
    this.#at = 0;
    this.#draft = '';
  }
}
