// @ts-check
/** Finds web addresses in what people write. Pure: whoever shows the parts makes nodes of them. */

/** @typedef {{text: string, url: string}} Part  url is '' for plain text */

const ADDRESS = /\bhttps?:\/\/[^\s<>"'`\u0000-\u001f\u007f]+/giu;
/** Punctuation of the sentence around an address. */
const TRAILING = new Set('.,;:!?…\'"’”»');
/** Closing brackets and what opens them. */
const BRACKETS = new Map([')(', '][', '}{'].map(([close, open]) => [close, open]));

/** @param {string} text @returns {Part[]} */
export function parts(text) {
  /** @type {Part[]} */
  const result = [];
  let done = 0;
  for (const match of text.matchAll(ADDRESS)) {
    const found = trim(match[0]);
    const url = safe(found);
    if (!url) continue;
    if (match.index > done) result.push({ text: text.slice(done, match.index), url: '' });
    result.push({ text: found, url });
    done = match.index + found.length;
  }
  if (done < text.length) result.push({ text: text.slice(done), url: '' });
  return result;
}

/**
 * Without the punctuation of the sentence around it; a closing bracket that nothing opened belongs to that, too.
 * @param {string} found
 */
function trim(found) {
  /** @type {Map<string, number>} */
  const count = new Map();
  for (const character of found) count.set(character, (count.get(character) ?? 0) + 1);
  let end = found.length;
  for (; end > 0; end -= 1) {
    const last = found[end - 1];
    const closes = count.get(last) ?? 0;
    const open = BRACKETS.get(last);
    if (!TRAILING.has(last) && (open === undefined || (count.get(open) ?? 0) >= closes)) break;
    count.set(last, closes - 1);
  }
  return found.slice(0, end);
}

/** @param {string} text */
function safe(text) {
  try {
    const url = new URL(text);
    return (url.protocol === 'http:' || url.protocol === 'https:') && url.hostname ? url.href : '';
  } catch {
    return '';
  }
}
