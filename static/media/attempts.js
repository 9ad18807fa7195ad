// @ts-check
/**
 * Sends again what the server or the network ended: a few times in a row, waiting longer each time, until it lasts. Knows no
 * device and no stream's terms; who sends says whether it is still wanted, and sends.
 */

/** @typedef {import('../protocol/up-stream.js').UpStream} UpStream */

/** How often in a row. */
export const REPUBLISH_TIMES = 4;
/** Milliseconds before the first attempt, times the attempts in a row. */
const REPUBLISH_MS = 1500;
/** Milliseconds after which a connected stream has succeeded: if it ends, another row begins. */
export const STEADY_MS = 60_000;

export class Attempts {
  #failures = 0;
  #on;

  /** @param {{wanted: () => boolean, again: () => void, over: (reason: string) => void}} on  over: the row has ended */
  constructor(on) {
    this.#on = on;
  }

  /** Another row. */
  begin() {
    this.#failures = 0;
  }

  /** @param {UpStream} up */
  follow(up) {
    let failed = false;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    let steady;
    up.on('status', (status) => {
      clearTimeout(steady);
      if (status === 'connected') steady = setTimeout(() => this.begin(), STEADY_MS);
    });
    up.on('error', (error) => {
      failed = true;
      console.error('stream:', error);
    });
    up.on('close', ({ reason, aborted }) => {
      if ((aborted || failed) && this.#on.wanted()) this.#failed(reason);
    });
  }

  /** @param {string} reason */
  #failed(reason) {
    if (this.#failures >= REPUBLISH_TIMES) {
      this.#on.over(reason);
      return;
    }
    this.#failures += 1;
    setTimeout(() => this.#on.again(), REPUBLISH_MS * this.#failures);
  }
}
