/**
 * Asks for an administrator's name and password and tries them, unless this tab is signed in already.
 * @module
 */

import { Api } from './api.js';
import { el, fill } from './dom.js';
import { field } from './forms.js';
import { forget, keep, kept } from './kept-token.js';
import { t } from './texts.js';

/**
 * @param {HTMLElement} app  shows the form
 * @param {string} title
 * @param {{base: string, probe: string, then: (api: Api) => unknown}} options  base: the server's root, ending in a
 *   slash; probe: an address that administrators alone may get; then: called when they could
 */
export async function signIn(app, title, { base, probe, then }) {
  const known = kept(base);
  if (known && (await known.get(probe).then(() => true, () => false))) {
    await then(known);
    return;
  }
  forget();
  const name = el('input', { autocomplete: 'username', required: true });
  const password = el('input', { type: 'password', autocomplete: 'current-password', required: true });
  const error = el('p', { class: 'notice bad', role: 'alert' });
  const submit = async (/** @type {Event} */ event) => {
    event.preventDefault();
    const api = new Api(base, name.value, password.value);
    try {
      await api.get(probe);
      await then(await keep(base, api));
    } catch (reason) {
      error.textContent = /** @type {Error} */ (reason).message;
    }
  };
  fill(app, el('div', { class: 'narrow' }, el('h1', {}, title), el('form', { onsubmit: submit },
    field(t('page.username'), name), field(t('page.password'), password, t('page.signInHint')), error,
    el('button', { class: 'primary', type: 'submit' }, t('page.signIn')))));
  name.focus();
}
