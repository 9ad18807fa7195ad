// @ts-check
/** Ids of clients and streams: 128 random bits, so that nobody guesses another's. */

/** @returns {string} */
export function randomId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
