// @ts-check
/** Takes a line of the chat apart. Pure. */

/**
 * What is said by a line of the chat; null if it is a command. Two slashes begin words that begin with one.
 * @param {string} line
 */
export function wordsOf(line) {
  if (!line.startsWith('/')) return line;
  return line.startsWith('//') ? line.slice(1) : null;
}

/** The line that says these words. @param {string} words */
export function lineFor(words) {
  return words.startsWith('/') ? `/${words}` : words;
}

/**
 * The name of a command and the rest, of a line without its slash.
 * @param {string} line
 */
export function splitCommand(line) {
  const match = /^(\S*)\s*([\s\S]*)$/u.exec(line);
  return { name: (match?.[1] ?? '').toLowerCase(), rest: (match?.[2] ?? '').trim() };
}

/**
 * The first word and the rest; a word in quotes may have spaces, `\` takes the next character as it is.
 * @param {string} text
 * @returns {[string, string]}
 */
export function firstWord(text) {
  let word = '';
  let quote = '';
  let index = 0;
  for (; index < text.length; index += 1) {
    const character = text[index];
    if (character === '\\' && index + 1 < text.length) word += text[(index += 1)];
    else if (quote) {
      if (character === quote) quote = '';
      else word += character;
    } else if ((character === '"' || character === "'") && (word === '' || quote)) quote = character;
    else if (/\s/u.test(character)) break;
    else word += character;
  }
  return [word, text.slice(index).trim()];
}
