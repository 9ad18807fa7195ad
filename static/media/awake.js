// @ts-check
/** Keeps the screen on during a meeting, where the browser can. */
export class Awake {
  /** @type {WakeLockSentinel | null} */
  #lock = null;
  #wanted = false;

  constructor() {
    document.addEventListener('visibilitychange', () => void this.#apply());
  }

  /** @param {boolean} wanted */
  keep(wanted) {
    this.#wanted = wanted;
    void this.#apply();
  }

  async #apply() {
    try {
      if (this.#wanted && document.visibilityState === 'visible' && (!this.#lock || this.#lock.released)) {
        this.#lock = (await navigator.wakeLock?.request('screen')) ?? null;
      } else if (!this.#wanted) {
        await this.#lock?.release();
        this.#lock = null;
      }
    } catch {
      // low battery or no such thing: the meeting goes on
    }
  }
}
