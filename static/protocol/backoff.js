// @ts-check
/**
 * How long to wait before the next attempt: exponential with full jitter, so that the people of a server
 * that restarts do not all come back in the same instant. Pure but for the source of randomness.
 */

/** Milliseconds; the first attempt comes soon because most interruptions are short. */
const FIRST_MS = 500;
export const LONGEST_MS = 8_000;

export class Backoff {
  #attempts = 0;
  #random;

  /** @param {() => number} [random] a number in [0, 1) */
  constructor(random = Math.random) {
    this.#random = random;
  }

  /** Attempts since the last success. */
  get attempts() {
    return this.#attempts;
  }

  /** Milliseconds to wait now; every call counts as an attempt. */
  next() {
    const ceiling = Math.min(LONGEST_MS, FIRST_MS * 2 ** this.#attempts);
    this.#attempts += 1;
    return Math.round(ceiling * (0.5 + 0.5 * this.#random()));
  }

  /** It worked: start small next time. */
  reset() {
    this.#attempts = 0;
  }
}
