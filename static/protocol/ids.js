// @ts-check
/** Ids of clients and streams: 128 random bits, so that nobody guesses another's. */

/** @returns {string} */
export function randomId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** The id of a stream whose first part stays the same when it is sent again. @param {string} lasting */
export function lastingId(lasting) {
  return `${lasting}.${randomId()}`;
}

/** That first part of a stream's id; '' if it has none, as other clients' have not. @param {string} id */
export function lastingPart(id) {
  return id.includes('.') ? id.slice(0, id.indexOf('.')) : '';
}
