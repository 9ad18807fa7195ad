// @ts-check
/**
 * Whether whoever was in, lost the connection and is not let in again goes on asking. Pure; times are milliseconds
 * as Date.now() tells.
 */

/** @typedef {import('./refusal.js').Refusal} Refusal */

/** Refusals that say nothing about a person: another attempt may succeed. @type {ReadonlySet<string>} */
const PASSING = new Set(['authServer', 'busy']);
/** So many, without an end to the trouble, are an answer as well: ten minutes of the longest waits. */
export const PASSING_TRIES = 100;
/** Refusals that our own lost session may cause, as long as the server takes it for alive. @type {ReadonlySet<string>} */
const OWN_PLACE = new Set(['full', 'taken', 'duplicate']);
/** For how long, milliseconds; servers notice a silent connection within a minute. */
const OWN_PLACE_MS = 75_000;

export class Rejoining {
  #lostAt = -Infinity;
  #tries = 0;

  /** We were in, and the connection is lost. @param {number} now */
  lost(now) {
    this.#lostAt = now;
    this.#tries = 0;
  }

  /** Whether to ask again after this refusal. @param {Refusal} why @param {number} now */
  outlasts({ reason }, now) {
    if (PASSING.has(reason)) return (this.#tries += 1) < PASSING_TRIES;
    return OWN_PLACE.has(reason) && now - this.#lostAt < OWN_PLACE_MS;
  }
}
