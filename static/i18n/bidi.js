// @ts-check
/**
 * Text of two directions side by side (Unicode UAX #9): a value that others wrote must not turn the words around it.
 * Pure.
 */

/** FIRST STRONG ISOLATE and POP DIRECTIONAL ISOLATE. */
const FSI = '\u2068';
const PDI = '\u2069';

/** Right-to-left scripts (Hebrew to Mende, Adlam, presentation forms), and whatever sets directions explicitly. */
const TURNS =
  /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u;

/** The value with a direction of its own; unchanged where nothing in it could turn anything. @param {string} value */
export function isolated(value) {
  if (!TURNS.test(value)) return value;
  // One that ends an isolate too early would let the rest out.
  return `${FSI}${value.replaceAll(PDI, '')}${PDI}`;
}
