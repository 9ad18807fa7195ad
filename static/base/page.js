// @ts-check
/** What the document pages have in common: their texts, their title, and the choice of a language at the end. */
import { languageChoice } from './language.js';
import { loadTexts, t } from './texts.js';

/** @param {import('./texts.js').Key} title @returns {Promise<{app: HTMLElement, base: string}>} base: the server's root */
export async function openPage(title) {
  await loadTexts('pages');
  document.title = t('page.name', { title: t(title) });
  const app = /** @type {HTMLElement} */ (document.getElementById('app'));
  const place = document.getElementById('language');
  place?.replaceChildren(languageChoice(t('page.language')));
  place?.removeAttribute('hidden');
  return { app, base: new URL(app.dataset.base ?? '.', location.href).href };
}
