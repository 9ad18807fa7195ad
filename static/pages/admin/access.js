/**
 * Who can join a group without being one of its users: asked when it is made, and later.
 * @module
 */

import { userPath } from '../../base/api.js';
import { el } from '../../base/dom.js';
import { field } from '../../base/forms.js';
import { t } from '../../base/texts.js';

/** @typedef {import('./context.js').Context} Context */

export const WILDCARD = '.wildcard-user';

/** @returns {HTMLInputElement} */
export function passwordInput() {
  return el('input', { type: 'password', autocomplete: 'new-password', minlength: 8, required: true });
}

/**
 * Make a user, unless an attempt before whose password was refused has done so: then change it.
 * @param {Context} context @param {Set<string>} made paths, extended here @param {string} path @param {string} role
 */
export async function makeOnce(context, made, path, role) {
  await context.api.put(path, { permissions: role }, made.has(path) ? '*' : '');
  made.add(path);
}

/**
 * @param {boolean} nobody whether "only users" is a choice
 * @returns {{fields: HTMLElement[], apply: (context: Context, group: string, role: string, made: Set<string>) => Promise<void>}}
 */
export function accessFields(nobody) {
  const how = el('select', {},
    el('option', { value: 'anyone' }, t('page.anyone')), el('option', { value: 'password' }, t('page.withPassword')),
    nobody ? el('option', { value: 'nobody' }, t('page.nobody')) : null);
  const password = passwordInput();
  const passwordField = field(t('page.password'), password, t('page.passwordHint'));
  const update = () => {
    passwordField.hidden = how.value !== 'password';
    password.disabled = passwordField.hidden;
  };
  how.addEventListener('change', update);
  update();
  return {
    fields: [field(nobody ? t('page.whoJoins') : t('page.others'), how, nobody ? undefined : t('page.wildcardHint')), passwordField],
    apply: async ({ api, ...context }, group, role, made) => {
      if (how.value === 'nobody') return;
      const path = userPath(group, WILDCARD, true);
      await makeOnce({ api, ...context }, made, path, role);
      if (how.value === 'anyone') await api.request('PUT', `${path}/.password`, { body: { type: 'wildcard' } });
      else await api.request('POST', `${path}/.password`, { text: password.value });
    },
  };
}
