// @ts-check
/** What of a message's value is for people to read: strings and numbers; an object is for programs. Pure. */

/** @param {unknown} value */
export function readable(value) {
  return typeof value === 'string' ? value : typeof value === 'number' ? String(value) : '';
}
