/**
 * A group's invitations: links that let somebody in until they expire or are revoked.
 * @module
 */

import { groupPath } from '../../base/api.js';
import { el } from '../../base/dom.js';
import { ask, field } from '../../base/forms.js';
import { moment, t, text } from '../../base/texts.js';
import { DURATIONS } from './times.js';

/** @typedef {import('./context.js').Context} Context */
/** @typedef {{token: string, value: any, etag: string}} Token */

/** What guests may do, by its name in the table of texts. @type {Record<string, string[]>} */
const ROLES = {
  present: ['present', 'message'],
  message: ['message'],
  observe: [],
  op: ['op', 'present', 'message', 'caption', 'token'],
};

/** @param {Context} context @param {string} group @returns {Promise<HTMLElement>} */
export async function tokensView(context, group) {
  const path = `${groupPath(group)}/.tokens/`;
  const names = /** @type {string[]} */ (await context.api.get(path));
  const tokens = await Promise.all(names.map(async (token) => ({
    token, ...await context.api.fetch(path + encodeURIComponent(token)),
  })));
  return el('div', {},
    el('div', { class: 'toolbar' }, el('button', { class: 'primary', onclick: () => create(context, path) }, t('page.newToken'))),
    tokens.length === 0 ? el('p', { class: 'empty' }, t('page.noTokens')) : el('div', { class: 'table-wrap' }, el('table', { class: 'entries' },
      el('thead', {}, el('tr', {}, ...[t('page.tokenFor'), t('page.permissions'), t('page.tokenExpires'), t('page.tokenIssuer')]
        .map((label) => el('th', { scope: 'col' }, label)), el('td', {}))),
      el('tbody', {}, ...tokens.map((token) => row(context, group, path, token))))));
}

/** @param {Context} context @param {string} group @param {string} path @param {Token} token @returns {HTMLElement} */
function row(context, group, path, { token, value, etag }) {
  const expires = value.expires ? new Date(value.expires) : null;
  const over = expires !== null && expires.getTime() < Date.now();
  const name = value.username || t('page.anyName');
  const of = (/** @type {string} */ action) => ({ 'aria-label': t('page.ofWhom', { action, name }) });
  const copy = async () => {
    const link = `${context.base}group/${group.split('/').map(encodeURIComponent).join('/')}/?token=${encodeURIComponent(token)}`;
    try {
      await navigator.clipboard.writeText(link);
      context.say(t('page.copied'));
    } catch { // refused, or no clipboard without HTTPS
      context.say(t('page.copyYourself', { link }), false);
    }
  };
  return el('tr', {},
    el('th', { scope: 'row' }, el('bdi', {}, name)),
    el('td', { 'data-label': t('page.permissions') }, rightsText(value.permissions ?? [])),
    el('td', { 'data-label': t('page.tokenExpires') }, expires ? moment(expires) : '', over ? el('span', { class: 'badge' }, t('page.tokenRevoked')) : null),
    el('td', { 'data-label': t('page.tokenIssuer') }, el('bdi', {}, value.issuedBy ?? '')),
    el('td', { class: 'actions' },
      over ? null : el('button', { onclick: copy, ...of(t('page.copyLink')) }, t('page.copyLink')), ' ',
      over ? null : el('button', { class: 'danger', onclick: () => revoke(context, path, token, name, etag), ...of(t('page.revoke')) }, t('page.revoke'))));
}

/** @param {string[]} permissions @returns {string} in words, where a role has just these */
function rightsText(permissions) {
  const key = (/** @type {string[]} */ list) => [...list].sort().join(', ');
  const role = Object.keys(ROLES).find((name) => key(ROLES[name]) === key(permissions));
  return role ? text(`page.permission.${role}`) : key(permissions);
}

/** @param {Context} context @param {string} path */
async function create(context, path) {
  const username = el('input', { autocomplete: 'off', dir: 'auto' });
  const duration = el('select', {},
    ...DURATIONS.map((seconds) => el('option', { value: seconds, selected: seconds === 86400 }, text(`page.duration.${seconds}`))));
  const role = el('select', {},
    ...Object.keys(ROLES).map((value) => el('option', { value }, text(`page.permission.${value}`))));
  const done = await ask({
    title: t('page.newToken'),
    body: [field(t('page.tokenFor'), username, t('page.tokenForHint')), field(t('page.validFor'), duration), field(t('page.permissions'), role)],
    confirm: t('page.create'),
    cancel: t('page.cancel'),
    submit: async () => {
      await context.api.request('POST', path, { body: {
        ...(username.value && { username: username.value }),
        permissions: ROLES[role.value],
        expires: new Date(Date.now() + Number(duration.value) * 1000).toISOString(),
      } });
      return true;
    },
  });
  if (done) context.reload();
}

/** @param {Context} context @param {string} path @param {string} token @param {string} name whom it is for @param {string} etag */
async function revoke(context, path, token, name, etag) {
  const done = await ask({
    title: t('page.revokeTitle', { name }),
    body: [el('p', {}, t('page.revokeQuestion'))],
    confirm: t('page.revoke'),
    cancel: t('page.cancel'),
    danger: true,
    submit: async () => {
      await context.api.remove(path + encodeURIComponent(token), etag);
      return true;
    },
  });
  if (done) context.reload();
}
