/**
 * `npm run texts`: puts the tables of all languages in the order of the English ones. What is missing is there in English
 * until somebody translates it, what is left over goes; says what is still English. `npm run texts -- fr` begins a language.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';

const I18N = new URL('../static/i18n/', import.meta.url);
/** Texts of more words than this are hardly the same in two languages. */
const SAME_WORDS = 3;

/** @param {string} tag @param {string} part @returns {Record<string, string | Record<string, string>>} */
function read(tag, part) {
  const file = new URL(`${tag}/${part}`, I18N);
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {};
}

/** Each form of the language, from the English ones. @param {string} tag @param {Record<string, string>} english */
function forms(tag, english) {
  const { pluralCategories } = new Intl.PluralRules(tag).resolvedOptions();
  return Object.fromEntries(pluralCategories.sort().map((category) => [category, english.other]));
}

/** What is still in English, though it is no name or unit. @param {string} tag @param {string} part */
export function untranslated(tag, part) {
  const english = read('en', part);
  const words = (/** @type {unknown} */ text) => JSON.stringify(text).replace(/\{\w+\}|[^\p{L}\s]/gu, ' ').trim().split(/\s+/).length;
  return Object.entries(read(tag, part))
    .filter(([key, text]) => words(text) > SAME_WORDS && JSON.stringify(text).includes(JSON.stringify(english[key]?.other ?? english[key])))
    .map(([key]) => key);
}

function completeAll() {
  for (const tag of process.argv.slice(2)) mkdirSync(new URL(`${tag}/`, I18N), { recursive: true });
  for (const tag of readdirSync(I18N)) {
    for (const part of readdirSync(new URL('en/', I18N))) {
      const known = read(tag, part);
      const texts = Object.entries(read('en', part)).map(([key, text]) => {
        const missing = typeof known[key] !== typeof text;
        return [key, !missing ? known[key] : typeof text === 'string' ? text : forms(tag, text)];
      });
      writeFileSync(new URL(`${tag}/${part}`, I18N), `${JSON.stringify(Object.fromEntries(texts), null, 2)}\n`);
      for (const key of tag === 'en' ? [] : untranslated(tag, part)) console.log(`${tag}/${part}: ${key} is still in English`);
    }
  }
}

if (import.meta.url === `file://${process.argv[1]}`) completeAll();
