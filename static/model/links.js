// @ts-check
/** Finds web addresses in what people write. Pure: whoever shows the parts makes nodes of them. */

/** @typedef {{text: string, url: string}} Part  url is '' for plain text */

const ADDRESS = /\bhttps?:\/\/[^\s<>"'`\u0000-\u001f\u007f]+/giu;
const TRAILING = /[.,;:!?…'"’”»]+$/u;

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

/** Without the punctuation of the sentence around it. @param {string} found */
function trim(found) {
  for (;;) {
    const shorter = found.replace(TRAILING, '').replace(unbalanced(found), '');
    if (shorter === found) return found;
    found = shorter;
  }
}

/** A closing bracket that nothing opened belongs to the sentence. @param {string} text */
function unbalanced(text) {
  for (const [open, close] of ['()', '[]', '{}']) {
    if (text.endsWith(close) && text.split(open).length <= text.split(close).length - 1) return /.$/su;
  }
  return /(?!)/;
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
