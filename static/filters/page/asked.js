/**
 * What the worker was asked last, while its answer matters, and what its last outline was for. An answer to anything
 * else is thrown away: after `forget` none counts. Owns no picture and sends nothing.
 */

/** @typedef {import('../contract.js').Ask} Ask */
/** @typedef {import('../effects/registry.js').Effects} Effects */
/** @typedef {{ask: Ask, at: number, paired: boolean}} Pending  at: milliseconds; paired: the outline for its own frame only */

export class Asked {
  /** @type {Pending | null} */
  pending = null;
  /** What the last outline was ordered for. @type {Effects | null} */
  #madeFor = null;
  /** Whether what the worker has seen so far says nothing any more. */
  #reset = true;

  /**
   * @param {import('./control/control.js').Plan} plan
   * @param {Effects} effects
   * @param {Ask['spec']} spec
   * @param {boolean} debug  whether the outline is to come, too
   * @param {number} now
   * @returns {Ask}
   */
  make({ id, look, reuse, rect, paired, picture }, effects, spec, debug, now) {
    const ask = { id, rect, ...picture, look, reuse, reset: this.#reset, debug, spec };
    this.#reset = false;
    this.pending = { ask, at: now, paired };
    this.#madeFor = effects;
    return ask;
  }

  /** The question that an answer is to, null if it no longer matters. @param {number} id @returns {Pending | null} */
  of(id) {
    return this.pending?.ask.id === id ? this.pending : null;
  }

  /** Whether the last outline was for these effects. @param {Effects | null} effects */
  serves(effects) {
    return this.#madeFor === effects;
  }

  /** No answer that is under way counts. */
  forget() {
    this.pending = null;
  }

  /** Nor does an outline that was made. */
  forgetOutline() {
    this.#madeFor = null;
  }

  /** Nor does what the worker has seen: the next frame is another scene to it. */
  begin() {
    this.pending = null;
    this.#reset = true;
  }
}
