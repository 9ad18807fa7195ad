// @ts-check
/**
 * Who is speaking: from levels of sound to a set of speakers and one main speaker, without flicker.
 * Pure but for the caller's clock.
 */

/** Level from which somebody is taken to speak. */
export const THRESHOLD = 0.03;
/** Milliseconds that a speaker stays marked after the last sound, so that pauses do not flicker. */
export const HOLD_MS = 700;
/** Milliseconds somebody else must speak before becoming the main speaker. */
export const TAKEOVER_MS = 1200;

export class Activity {
  /** When somebody was last heard, and since when without a pause. @type {Map<string, {heard: number, since: number}>} */
  #heard = new Map();
  main = '';

  /**
   * @param {Iterable<[string, number]>} levels  by person
   * @param {number} now  milliseconds
   * @returns {Set<string>} the people who speak now
   */
  update(levels, now) {
    /** @type {Set<string>} */
    const present = new Set();
    for (const [id, level] of levels) {
      present.add(id);
      const known = this.#heard.get(id);
      if (level >= THRESHOLD) {
        const goesOn = known !== undefined && now - known.heard <= HOLD_MS;
        this.#heard.set(id, { heard: now, since: goesOn ? known.since : now });
      }
    }
    const speaking = new Set();
    for (const [id, { heard }] of this.#heard) {
      if (!present.has(id)) this.#heard.delete(id);
      else if (now - heard <= HOLD_MS) speaking.add(id);
    }
    this.#choose(speaking, present, now);
    return speaking;
  }

  /** @param {Set<string>} speaking @param {Set<string>} present @param {number} now */
  #choose(speaking, present, now) {
    if (!present.has(this.main)) this.main = '';
    if (speaking.has(this.main)) return;
    let longest = this.main ? TAKEOVER_MS : 0;
    for (const id of speaking) {
      const spoken = now - (this.#heard.get(id)?.since ?? now);
      if (spoken >= longest) [this.main, longest] = [id, spoken];
    }
  }
}
