// @ts-check
/**
 * Text of two directions side by side (Unicode UAX #9): a value that others wrote must not turn the words around it.
 * Pure.
 */

/** FIRST STRONG ISOLATE and POP DIRECTIONAL ISOLATE. */
const FSI = '\u2068';
const PDI = '\u2069';

/** LRI, RLI and FSI. */
const STARTS = /[\u2066-\u2068]/;

/** Right-to-left scripts (Hebrew to Mende, Adlam, presentation forms), and whatever sets directions explicitly. */
const TURNS =
  /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u;

/**
 * The value with a direction of its own; unchanged where nothing in it could turn anything.
 * @param {string} value @param {boolean} [always] among words from right to left, where any other script turns
 */
export function isolated(value, always = false) {
  if (!always && !TURNS.test(value)) return value;
  return `${FSI}${balanced(value)}${PDI}`;
}

/** One that ends an isolate too early would let the rest out, one that ends none would take what follows in. @param {string} value */
function balanced(value) {
  let depth = 0;
  const kept = [...value].filter((character) => {
    if (character === PDI) return depth > 0 && depth--;
    if (STARTS.test(character)) depth += 1;
    return true;
  });
  return kept.join('') + PDI.repeat(depth);
}
