/**
 * A group's users, what everybody else may do, and passwords.
 * @module
 */

import { ApiError, groupPath, userPath } from '../../base/api.js';
import { el } from '../../base/dom.js';
import { ask, field } from '../../base/forms.js';
import { t, text } from '../../base/texts.js';
import { accessFields, makeOnce, passwordInput, WILDCARD } from './access.js';

/** @typedef {import('./context.js').Context} Context */
/** @typedef {{name: string, special: boolean, permissions: string | string[] | undefined, etag: string}} User */

const ROLES = ['op', 'present', 'message', 'observe', 'caption', 'admin'];
const EMPTY = '.empty-user';

/** @param {Context} context @param {string} group @returns {Promise<HTMLElement>} */
export async function usersView(context, group) {
  const names = /** @type {string[]} */ (await context.api.get(`${groupPath(group)}/.users/`)).sort();
  const users = await Promise.all(names.map((name) => load(context, group, name, false)));
  const special = await Promise.all([WILDCARD, EMPTY].map((name) => loadSpecial(context, group, name)));
  const shown = [...users, ...special.filter((user) => user !== null)];
  const wildcard = special[0];
  return el('div', {},
    el('div', { class: 'toolbar' },
      el('button', { class: 'primary', onclick: () => create(context, group) }, t('page.newUser')),
      wildcard ? null : el('button', { onclick: () => letIn(context, group) }, t('page.whoJoins.choose'))),
    wildcard ? null : el('p', { class: 'notice' }, t('page.nobodyJoins')),
    shown.length === 0 ? el('p', { class: 'empty' }, t('page.noUsers')) : table(context, group, shown));
}

/** @param {Context} context @param {string} group @param {string} name @param {boolean} special @returns {Promise<User>} */
async function load(context, group, name, special) {
  const { value, etag } = await context.api.fetch(userPath(group, name, special));
  return { name, special, permissions: value.permissions, etag };
}

/** @param {Context} context @param {string} group @param {string} name @returns {Promise<User | null>} */
async function loadSpecial(context, group, name) {
  try {
    return await load(context, group, name, true);
  } catch (reason) {
    if (reason instanceof ApiError && reason.status === 404) return null;
    throw reason;
  }
}

/** @param {User} user @returns {string} */
function label(user) {
  if (!user.special) return user.name;
  return user.name === WILDCARD ? t('page.wildcardUser') : t('page.emptyUser');
}

/** @param {Context} context @param {string} group @param {User[]} users @returns {HTMLElement} */
function table(context, group, users) {
  return el('div', { class: 'table-wrap' }, el('table', { class: 'entries' },
    el('thead', {}, el('tr', {}, el('th', { scope: 'col' }, t('page.username')), el('th', { scope: 'col' }, t('page.permissions')), el('td', {}))),
    el('tbody', {}, ...users.map((user) => row(context, group, user)))));
}

/** @param {Context} context @param {string} group @param {User} user @returns {HTMLElement} */
function row(context, group, user) {
  const path = userPath(group, user.name, user.special);
  const select = Array.isArray(user.permissions)
    ? roleSelect('', user.permissions.join(', ')) : roleSelect(user.permissions ?? '');
  select.setAttribute('aria-label', of(t('page.permissions'), user));
  const shown = select.value;
  select.addEventListener('change', () => attempt(
    context,
    () => context.api.put(path, { permissions: select.value }, user.etag),
    () => { select.value = shown; },
  ));
  return el('tr', {}, el('th', { scope: 'row' }, el('bdi', {}, label(user))), el('td', {}, select), el('td', { class: 'actions' },
    el('button', { onclick: () => setPassword(context, path, label(user)), 'aria-label': of(t('page.setPassword'), user) }, t('page.setPassword')), ' ',
    el('button', { class: 'danger', onclick: () => remove(context, path, user), 'aria-label': of(t('page.remove'), user) }, t('page.remove'))));
}

/** What a button does, and to whom: for those who hear of it apart from its row. @param {string} action @param {User} user */
function of(action, user) {
  return t('page.ofWhom', { action, name: label(user) });
}

/** @param {string} current @param {string} custom permissions that are no role, shown as they are @returns {HTMLSelectElement} */
function roleSelect(current, custom = '') {
  const options = ROLES.map((role) => el('option', { value: role, selected: role === current }, text(`page.permission.${role}`)));
  if (custom || (current && !ROLES.includes(current))) {
    options.unshift(el('option', { value: current, selected: true, disabled: true }, custom || current));
  }
  return el('select', {}, ...options);
}

/** @param {Context} context @param {() => Promise<unknown>} action @param {() => void} undo when it failed */
async function attempt(context, action, undo) {
  try {
    await action();
    context.reload();
  } catch (reason) {
    undo();
    context.say(/** @type {Error} */ (reason).message, false);
  }
}

/** @param {Context} context @param {string} group */
async function create(context, group) {
  const name = el('input', { required: true, autocomplete: 'off', dir: 'auto' });
  const password = passwordInput();
  const role = roleSelect('present');
  const made = new Set();
  const done = await ask({
    title: t('page.newUser'),
    body: [field(t('page.username'), name), field(t('page.password'), password, t('page.passwordHint')), field(t('page.permissions'), role)],
    confirm: t('page.create'),
    cancel: t('page.cancel'),
    submit: async () => {
      const path = userPath(group, name.value.trim(), false);
      await makeOnce(context, made, path, role.value);
      await context.api.request('POST', `${path}/.password`, { text: password.value });
      return true;
    },
  });
  if (done || made.size > 0) context.reload();
}

/** Let people in who have no account. @param {Context} context @param {string} group */
async function letIn(context, group) {
  const access = accessFields(false);
  const role = roleSelect('present');
  const made = new Set();
  const done = await ask({
    title: t('page.whoJoins'),
    body: [...access.fields, field(t('page.permissions'), role)],
    confirm: t('page.save'),
    cancel: t('page.cancel'),
    submit: async () => {
      await access.apply(context, group, role.value, made);
      return true;
    },
  });
  if (done || made.size > 0) context.reload();
}

/** @param {Context} context @param {string} path @param {string} name */
async function setPassword(context, path, name) {
  const password = passwordInput();
  const done = await ask({
    title: t('page.ofWhom', { action: t('page.setPassword'), name }),
    body: [field(t('page.newPassword'), password, t('page.passwordHint'))],
    confirm: t('page.save'),
    cancel: t('page.cancel'),
    submit: async () => {
      await context.api.request('POST', `${path}/.password`, { text: password.value });
      return true;
    },
  });
  if (done) context.reload(t('page.passwordChanged'));
}

/** @param {Context} context @param {string} path @param {User} user */
async function remove(context, path, user) {
  const done = await ask({
    title: t('page.deleteOne', { name: label(user) }),
    body: [el('p', {}, t('page.deleteUserQuestion'))],
    confirm: t('page.remove'),
    cancel: t('page.cancel'),
    danger: true,
    submit: async () => {
      await context.api.remove(path, user.etag);
      return true;
    },
  });
  if (done) context.reload();
}
