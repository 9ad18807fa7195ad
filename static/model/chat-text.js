// @ts-check
/** The conversation as plain text: to be kept as a file, and what is quoted of one message. Pure but for words of the page. */

/** @typedef {import('./chat.js').Entry} Entry */

/** Characters quoted of a message. */
const QUOTED = 120;

/** The beginning of what was said, on one line. @param {string} value */
export function excerpt(value) {
  const line = value.replace(/\s+/gu, ' ').trim();
  const characters = [...line];
  return characters.length > QUOTED ? `${characters.slice(0, QUOTED).join('')}…` : line;
}

/** An answer for those who do not know what it answers: with a quotation. @param {Entry} to @param {string} text */
export function quoting(to, text) {
  return `> ${excerpt(to.value)}\n${text}`;
}

/**
 * All that was said, oldest first, as a text file has it.
 * @param {Entry[]} entries
 * @param {(entry: Entry) => string} who  who said it to whom
 * @param {(time: Date) => string} when
 */
export function asText(entries, who, when) {
  return entries
    .filter(({ kind }) => kind !== 'note')
    .map((entry) => `[${when(entry.time)}] ${who(entry)}\n${entry.value.replace(/^/gmu, '    ')}\n`)
    .join('\n');
}
