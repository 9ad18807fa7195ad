// @ts-check
/** The choice of a language, for every page: kept in this browser, and the page is loaded again. */
import { el, uniqueId } from './dom.js';
import { choose, language, languages } from './language.js';

/** @param {string} label @param {(kept: boolean) => void} [then]  after a choice; the page is loaded again unless given */
export function languageChoice(label, then = () => location.reload()) {
  const id = uniqueId('language');
  const options = Object.entries(languages()).map(([tag, { name }]) =>
    el('option', { value: tag, lang: tag, selected: tag === language.tag }, name),
  );
  const select = el('select', { id, onchange: () => then(choose(select.value)) }, options);
  return el('div', { class: 'field language' }, el('label', { for: id }, label), select);
}
