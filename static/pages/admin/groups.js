/**
 * The list of groups, and making a new one.
 * @module
 */

import { ApiError, groupPath, userPath } from '../../base/api.js';
import { el } from '../../base/dom.js';
import { ask, field } from '../../base/forms.js';
import { t } from '../../base/texts.js';
import { accessFields, WILDCARD } from './access.js';

/** @typedef {import('./context.js').Context} Context */

/** @param {string} name @param {string} tab @returns {string} the fragment of a group's view */
export function groupFragment(name, tab) {
  return `#group/${encodeURIComponent(name)}/${tab}`;
}

/** More than these are listed by name only: each costs the server two questions. */
const DESCRIBED = 100;

/** @param {Context} context @returns {Promise<HTMLElement>} */
export async function groupsView(context) {
  const names = /** @type {string[]} */ (await context.api.get('.groups/')).sort();
  const live = await peopleIn(context);
  const rows = await Promise.all(names.map(async (name, index) => {
    const about = index < DESCRIBED ? await describe(context, name) : null;
    const people = live.get(name);
    return el('tr', {},
      el('th', { scope: 'row' }, el('a', { href: groupFragment(name, 'settings'), dir: 'auto' }, about?.title || name),
        about?.title ? el('p', { class: 'hint' }, el('bdi', {}, name)) : null),
      el('td', { class: 'number', 'data-label': t('page.peopleHere') }, people || ''),
      el('td', { 'data-label': t('page.access') }, about?.access ?? ''),
      el('td', { 'data-label': t('page.state') }, ...(about?.states ?? []).map((text) => el('span', { class: 'badge' }, text))),
      el('td', { class: 'actions' }, el('a', {
        class: 'button', href: `${context.base}group/${name.split('/').map(encodeURIComponent).join('/')}/`,
        'aria-label': t('page.ofWhom', { action: t('page.open'), name }),
      }, t('page.open'))));
  }));
  if (location.hash === '#new') {
    // As a link of the start page says; once.
    history.replaceState(null, '', '#groups');
    setTimeout(() => void create(context));
  }
  const heads = [t('page.title'), t('page.peopleHere'), t('page.access'), t('page.state')];
  return el('section', {},
    el('div', { class: 'toolbar' }, el('button', { class: 'primary', onclick: () => create(context) }, t('page.newGroup'))),
    names.length === 0 ? el('p', { class: 'empty' }, t('page.noGroups'))
      : el('div', { class: 'table-wrap' }, el('table', { class: 'entries' },
        el('thead', {}, el('tr', {}, ...heads.map((text) => el('th', { scope: 'col' }, text)), el('td', {}))),
        el('tbody', {}, ...rows))));
}

/** Who is where, by the group's name; nothing where that cannot be had. @param {Context} context @returns {Promise<Map<string, number>>} */
async function peopleIn(context) {
  const stats = /** @type {any[]} */ (await context.api.get('.stats').catch(() => []));
  return new Map(stats.map((group) => [group.name, (group.clients ?? []).length]));
}

/** @param {Context} context @param {string} name @returns {Promise<{title: string, states: string[], access: string} | null>} null: it cannot be read */
async function describe({ api }, name) {
  try {
    const [about, others] = await Promise.all([
      api.get(groupPath(name)),
      api.get(userPath(name, WILDCARD, true)).then(() => true, (reason) => {
        if (reason instanceof ApiError && reason.status === 404) return false;
        throw reason;
      }),
    ]);
    return { title: about.displayName ?? '', states: statesOf(about, Date.now()), access: others ? t('page.everyoneElse') : t('page.usersOnly') };
  } catch {
    return null;
  }
}

/** @param {any} about the description @param {number} now milliseconds @returns {string[]} */
export function statesOf(about, now) {
  return [
    about.public === true && t('page.listed'),
    about.redirect && t('page.redirected'),
    Date.parse(about.expires) <= now && t('page.closed'),
    Date.parse(about['not-before']) > now && t('page.notOpenYet'),
  ].filter((text) => typeof text === 'string');
}

/** @param {Context} context */
async function create(context) {
  const name = el('input', { required: true, autocapitalize: 'none', spellcheck: 'false' });
  const title = el('input', { dir: 'auto' });
  const listed = el('input', { type: 'checkbox' });
  const access = accessFields(true);
  const begun = new Set();
  const entries = new Set();
  const made = await ask({
    title: t('page.newGroup'),
    body: [field(t('page.groupName'), name, t('page.groupNameHint')), field(t('page.displayName'), title), ...access.fields,
      field(t('page.public'), listed)],
    confirm: t('page.create'),
    cancel: t('page.cancel'),
    submit: async () => {
      const wanted = name.value.trim();
      await context.api.put(groupPath(wanted), {
        ...(title.value && { displayName: title.value }),
        ...(listed.checked && { public: true }),
      }, begun.has(wanted) ? '*' : '');
      begun.add(wanted);
      await access.apply(context, wanted, 'present', entries);
      return wanted;
    },
  });
  if (made !== null) location.hash = groupFragment(made, 'users');
}
