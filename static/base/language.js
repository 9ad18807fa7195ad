// @ts-check
/**
 * Which language the pages speak: the one that somebody chose in this browser, or else the first of the browser's that
 * there is. The server says which there are: they are the directories of i18n/.
 */
import { el, uniqueId } from './dom.js';

const KEY = 'galene-py.language';
/** What every part is written in first. */
export const ENGLISH = 'en';

/** @typedef {{name: string, dir: 'ltr' | 'rtl'}} Language  its own name of itself, and the direction of its script */

/** The languages that there are, by their tags (BCP 47). @returns {Record<string, Language>} */
function languages() {
  const said = globalThis.document?.documentElement.dataset.languages;
  return said ? JSON.parse(said) : { [ENGLISH]: { name: 'English', dir: 'ltr' } };
}

/** Language and script of a tag, which tell apart what readers of one cannot read; '' if it is none. @param {string} tag */
function readers(tag) {
  try {
    const { language, script } = new Intl.Locale(tag).maximize();
    return `${language}-${script}`;
  } catch {
    return '';
  }
}

/**
 * The language for somebody who reads these, the best first, and the tag that they named it by: "English" may be
 * Australia's. English where none of them is there.
 * @param {readonly string[]} wanted @param {string[]} have @returns {{tag: string, locale: string}}
 */
export function best(wanted, have) {
  for (const locale of wanted) {
    const tag = have.find((one) => one === locale) ?? have.find((one) => readers(one) === readers(locale));
    if (tag && readers(locale)) return { tag, locale };
  }
  return { tag: ENGLISH, locale: ENGLISH };
}

/** @returns {string} what was chosen in this browser, '' if nothing */
function chosen() {
  try {
    const tag = JSON.parse(localStorage.getItem(KEY) ?? '""');
    return typeof tag === 'string' ? tag : '';
  } catch {
    return ''; // no storage, or nonsense in it
  }
}

/** For all pages of this browser, from their next loading on. @param {string} tag @returns {boolean} whether it could be kept */
function choose(tag) {
  try {
    localStorage.setItem(KEY, JSON.stringify(tag));
    return true;
  } catch {
    return false;
  }
}

/** The locale with the digits that the texts have: 0 to 9, also where Egypt's or Iran's own are usual. @param {string} locale */
function digits(locale) {
  const { numberingSystem } = new Intl.NumberFormat(locale).resolvedOptions();
  return numberingSystem === 'latn' ? locale : String(new Intl.Locale(locale, { numberingSystem: 'latn' }));
}

/** The language of this page, and the locale of its numbers and dates. */
export const language = (() => {
  const have = Object.keys(languages());
  const wanted = globalThis.navigator?.languages ?? [];
  const { tag, locale } = best([chosen(), ...wanted], have);
  const own = wanted.find((one) => readers(one) === readers(tag));
  return { tag, locale: digits(own ?? locale), dir: languages()[tag]?.dir ?? 'ltr' };
})();

/**
 * The choice of a language, kept in this browser.
 * @param {string} label @param {(kept: boolean) => void} [then]  after a choice; the page is loaded again unless given
 */
export function languageChoice(label, then = () => location.reload()) {
  const id = uniqueId('language');
  const options = Object.entries(languages()).map(([tag, { name }]) =>
    el('option', { value: tag, lang: tag, selected: tag === language.tag }, name),
  );
  const select = el('select', { id, onchange: () => then(choose(select.value)) }, options);
  return el('div', { class: 'field language' }, el('label', { for: id }, label), select);
}
