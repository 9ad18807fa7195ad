// @ts-check
/** Finds people who are mentioned in a text: `@` and a name that somebody here has. Pure. */

/** What a name ends at. */
const WORD = /[\p{L}\p{N}_]/u;
/** Looked at in one text: who mentions more people means nobody. */
const MOST = 50;
/** Longest name that is looked for, in characters. */
const LONGEST = 100;

/**
 * Who is mentioned where; the longest name counts, in any case of letters.
 * @param {string} text
 * @param {Iterable<string>} names
 * @returns {{start: number, end: number, name: string}[]}
 */
export function mentions(text, names) {
  const known = [...new Set(names)].filter((name) => name !== '' && name.length <= LONGEST).sort((a, b) => b.length - a.length);
  /** @type {{start: number, end: number, name: string}[]} */
  const found = [];
  let looked = 0;
  for (let at = text.indexOf('@'); at !== -1 && looked < MOST; at = text.indexOf('@', at + 1), looked += 1) {
    if (WORD.test(text[at - 1] ?? ' ')) continue;
    const name = known.find((each) => same(text.slice(at + 1, at + 1 + each.length), each) && !WORD.test(text[at + 1 + each.length] ?? ' '));
    if (name !== undefined) found.push({ start: at, end: at + 1 + name.length, name });
  }
  return found;
}

/** Whether a text mentions this name. @param {string} text @param {string} name */
export function isMentioned(text, name) {
  return name !== '' && mentions(text, [name]).length > 0;
}

/**
 * The beginning of a mention at the end of what was written so far.
 * @param {string} text  up to the cursor
 * @param {Iterable<string>} names
 * @returns {{start: number, names: string[]} | null}  names that it may become
 */
export function begun(text, names) {
  const start = text.lastIndexOf('@');
  if (start === -1 || WORD.test(text[start - 1] ?? ' ') || text.length - start > LONGEST) return null;
  const typed = text.slice(start + 1);
  const fits = [...new Set(names)].filter((name) => name.length > typed.length && same(name.slice(0, typed.length), typed));
  return fits.length > 0 ? { start, names: fits } : null;
}

/** @param {string} a @param {string} b */
function same(a, b) {
  return a.toLowerCase() === b.toLowerCase();
}
