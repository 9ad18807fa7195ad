/**
 * A user of a group changes their own password. `?group=NAME&username=NAME` fill the form in.
 * @module
 */

import { Api, userPath } from '../base/api.js';
import { el, fill } from '../base/dom.js';
import { field } from '../base/forms.js';
import { openPage } from '../base/page.js';
import { t } from '../base/texts.js';

const { app, base } = await openPage('page.changePassword');
const given = new URLSearchParams(location.search);

/** @param {string} autocomplete @param {string} [type] @returns {HTMLInputElement} */
function input(autocomplete, type = 'password') {
  return el('input', { type, autocomplete, required: true });
}

const group = input('off', 'text');
const username = input('username', 'text');
const old = input('current-password');
const next = input('new-password');
const again = input('new-password');
const message = el('p', { class: 'notice', role: 'status' });
group.value = given.get('group') ?? '';
username.value = given.get('username') ?? '';

/** @param {string} text @param {boolean} good */
function say(text, good) {
  message.className = `notice ${good ? 'good' : 'bad'}`;
  message.textContent = text;
}

const form = el('form', {
  onsubmit: async (/** @type {Event} */ event) => {
    event.preventDefault();
    if (next.value !== again.value) return say(t('page.passwordsDiffer'), false);
    if (next.value.length < 8) return say(t('page.passwordShort'), false);
    try {
      const api = new Api(base, username.value, old.value);
      const path = `${userPath(group.value.trim(), username.value, false)}/.password`;
      await api.request('POST', path, { text: next.value });
      form.reset();
      say(t('page.passwordChanged'), true);
    } catch (reason) {
      say(/** @type {Error} */ (reason).message, false);
    }
  },
}, field(t('page.group'), group), field(t('page.username'), username), field(t('page.oldPassword'), old),
field(t('page.newPassword'), next), field(t('page.newPasswordAgain'), again), message,
el('button', { class: 'primary', type: 'submit' }, t('page.changePassword')));

fill(app, el('div', { class: 'narrow' }, el('h1', {}, t('page.changePassword')), form));
