// @ts-check
/** Steps of a negotiation, one after the other: the next begins when the one before has ended. */

export class Steps {
  #last = Promise.resolve();
  #over = false;
  #failed;

  /** @param {(error: unknown) => void} failed  a step failed; those behind it go on unless `stop` is called */
  constructor(failed) {
    this.#failed = failed;
  }

  /** @param {() => Promise<void>} step */
  add(step) {
    this.#last = this.#last.then(async () => {
      if (this.#over) return;
      try {
        await step();
      } catch (error) {
        if (!this.#over) this.#failed(error);
      }
    });
  }

  /** Begin nothing more; failures of what is still running are ignored. */
  stop() {
    this.#over = true;
  }
}
