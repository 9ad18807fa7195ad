/**
 * Asks for a name and a password and tries them, unless this tab is signed in already.
 * @module
 */

import { el, fill } from './dom.js';
import { field } from './forms.js';
import { t } from './texts.js';

/** @typedef {import('./api.js').Api} Api */
/**
 * @typedef {object} Session how one signs in to a kind of page
 * @property {() => Promise<Api | null>} resume what this tab has kept, if it is still worth something
 * @property {(name: string, password: string) => Promise<Api>} enter rejects with an ApiError
 * @property {string} hint which account it takes
 */

/**
 * @param {HTMLElement} app  shows the form
 * @param {string} title
 * @param {Session} session
 * @param {(api: Api) => unknown} then  called when somebody is signed in
 */
export async function signIn(app, title, session, then) {
  const known = await session.resume();
  if (known) {
    await then(known);
    return;
  }
  const name = el('input', { autocomplete: 'username', required: true });
  const password = el('input', { type: 'password', autocomplete: 'current-password', required: true });
  const error = el('p', { class: 'notice bad', role: 'alert' });
  const submit = async (/** @type {Event} */ event) => {
    event.preventDefault();
    try {
      await then(await session.enter(name.value, password.value));
    } catch (reason) {
      error.textContent = /** @type {Error} */ (reason).message;
    }
  };
  fill(app, el('div', { class: 'narrow' }, el('h1', {}, title), el('form', { onsubmit: submit },
    field(t('page.username'), name), field(t('page.password'), password, session.hint), error,
    el('button', { class: 'primary', type: 'submit' }, t('page.signIn')))));
  name.focus();
}
