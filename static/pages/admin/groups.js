/**
 * The list of groups, and making a new one.
 * @module
 */

import { groupPath } from '../api.js';
import { ask, field, h } from '../dom.js';
import { put, TEXT } from '../texts.js';

/** @typedef {import('./context.js').Context} Context */

/** @param {string} name @param {string} tab @returns {string} the fragment of a group's view */
export function groupFragment(name, tab) {
  return `#group/${encodeURIComponent(name)}/${tab}`;
}

/** @param {Context} context @returns {Promise<HTMLElement>} */
export async function groupsView(context) {
  const names = /** @type {string[]} */ (await context.api.get('.groups/')).sort();
  const rows = names.map((name) => h('tr', {},
    h('td', {}, h('a', { href: groupFragment(name, 'settings'), dir: 'auto' }, name)),
    h('td', { class: 'actions' },
      h('a', {
        class: 'button', href: `${context.base}group/${name.split('/').map(encodeURIComponent).join('/')}/`,
        'aria-label': put(TEXT.ofWhom, { action: TEXT.open, name }),
      }, TEXT.open))));
  return h('section', {},
    h('div', { class: 'toolbar' }, h('button', { class: 'primary', onclick: () => create(context) }, TEXT.newGroup)),
    names.length === 0 ? h('p', { class: 'empty' }, TEXT.noGroups)
      : h('div', { class: 'table-wrap' }, h('table', {}, h('tbody', {}, ...rows))));
}

/** @param {Context} context */
async function create(context) {
  const name = /** @type {HTMLInputElement} */ (h('input', { required: true, autocapitalize: 'none', spellcheck: 'false' }));
  const title = /** @type {HTMLInputElement} */ (h('input', { dir: 'auto' }));
  const listed = /** @type {HTMLInputElement} */ (h('input', { type: 'checkbox' }));
  const made = await ask({
    title: TEXT.newGroup,
    body: [field(TEXT.groupName, name, TEXT.groupNameHint), field(TEXT.displayName, title), field(TEXT.public, listed)],
    confirm: TEXT.create,
    cancel: TEXT.cancel,
    submit: async () => {
      const wanted = name.value.trim();
      await context.api.put(groupPath(wanted), {
        ...(title.value && { displayName: title.value }),
        ...(listed.checked && { public: true }),
      }, '');
      return wanted;
    },
  });
  if (made !== null) location.hash = groupFragment(made, 'users');
}
