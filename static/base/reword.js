// @ts-check
/**
 * Says again what the server wrote into a page, where another language was chosen in this browser than it asks for:
 * `data-text` names the text, `data-count` the number in it.
 */
import { language } from './language.js';
import { loadTexts, text } from './texts.js';

if (document.documentElement.lang !== language.tag) {
  await loadTexts('server').then(reword, () => {}); // then it stays as it is
}

function reword() {
  for (const element of document.querySelectorAll('[data-text]')) {
    const { text: key = '', count } = /** @type {HTMLElement} */ (element).dataset;
    element.textContent = text(key, count ? { count: Number(count) } : {});
  }
}
