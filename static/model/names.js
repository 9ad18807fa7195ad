// @ts-check
/** Names of people. Pure. */

/** A character that can be seen; the server judges alike (`groups/names.py`). */
const SEEN = /[^\p{Z}\p{Cc}\p{Cf}\p{Cs}\p{M}\u115f\u1160\u2800\u3164\uffa0]/u;

/** Whether there is nothing to be seen of a name. @param {string} name */
export function isBlank(name) {
  return !SEEN.test(name);
}

/** What was typed, as a name: '' when nothing of it can be seen. @param {string} typed */
export function asName(typed) {
  return isBlank(typed) ? '' : typed.trim();
}
