/**
 * A group's invitations: links that let somebody in until they expire or are revoked.
 * @module
 */

import { groupPath } from '../api.js';
import { el } from '../../base/dom.js';
import { ask, field } from '../../base/forms.js';
import { put, TEXT } from '../texts.js';

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
    el('div', { class: 'toolbar' }, el('button', { class: 'primary', onclick: () => create(context, path) }, TEXT.newToken)),
    tokens.length === 0 ? el('p', { class: 'empty' }, TEXT.noTokens) : el('div', { class: 'table-wrap' }, el('table', { class: 'entries' },
      el('thead', {}, el('tr', {}, ...[TEXT.tokenFor, TEXT.permissions, TEXT.tokenExpires, TEXT.tokenIssuer]
        .map((text) => el('th', { scope: 'col' }, text)), el('td', {}))),
      el('tbody', {}, ...tokens.map((token) => row(context, group, path, token))))));
}

/** @param {Context} context @param {string} group @param {string} path @param {Token} token @returns {HTMLElement} */
function row(context, group, path, { token, value, etag }) {
  const expires = value.expires ? new Date(value.expires) : null;
  const over = expires !== null && expires.getTime() < Date.now();
  const name = value.username || TEXT.anyName;
  const of = (/** @type {string} */ action) => ({ 'aria-label': put(TEXT.ofWhom, { action, name }) });
  const copy = async () => {
    const link = `${context.base}group/${group.split('/').map(encodeURIComponent).join('/')}/?token=${encodeURIComponent(token)}`;
    try {
      await navigator.clipboard.writeText(link);
      context.say(TEXT.copied);
    } catch { // refused, or no clipboard without HTTPS
      context.say(`${TEXT.copyYourself} ${link}`, false);
    }
  };
  return el('tr', {},
    el('th', { scope: 'row' }, el('bdi', {}, name)),
    el('td', { 'data-label': TEXT.permissions }, rightsText(value.permissions ?? [])),
    el('td', { 'data-label': TEXT.tokenExpires }, expires?.toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'short' }) ?? '', over ? el('span', { class: 'badge' }, TEXT.tokenRevoked) : null),
    el('td', { 'data-label': TEXT.tokenIssuer }, el('bdi', {}, value.issuedBy ?? '')),
    el('td', { class: 'actions' },
      over ? null : el('button', { onclick: copy, ...of(TEXT.copyLink) }, TEXT.copyLink), ' ',
      over ? null : el('button', { class: 'danger', onclick: () => revoke(context, path, token, name, etag), ...of(TEXT.revoke) }, TEXT.revoke)));
}

/** @param {string[]} permissions @returns {string} in words, where a role has just these */
function rightsText(permissions) {
  const key = (/** @type {string[]} */ list) => [...list].sort().join(', ');
  const role = Object.keys(ROLES).find((name) => key(ROLES[name]) === key(permissions));
  return role ? TEXT.permissionNames[role] : key(permissions);
}

/** @param {Context} context @param {string} path */
async function create(context, path) {
  const username = el('input', { autocomplete: 'off', dir: 'auto' });
  const duration = el('select', {},
    ...TEXT.durations.map(([text, seconds]) => el('option', { value: seconds, selected: seconds === 86400 }, text)));
  const role = el('select', {},
    ...Object.keys(ROLES).map((value) => el('option', { value }, TEXT.permissionNames[value])));
  const done = await ask({
    title: TEXT.newToken,
    body: [field(TEXT.tokenFor, username, TEXT.tokenForHint), field(TEXT.validFor, duration), field(TEXT.permissions, role)],
    confirm: TEXT.create,
    cancel: TEXT.cancel,
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
    title: put(TEXT.revokeTitle, { name }),
    body: [el('p', {}, TEXT.revokeQuestion)],
    confirm: TEXT.revoke,
    cancel: TEXT.cancel,
    danger: true,
    submit: async () => {
      await context.api.remove(path + encodeURIComponent(token), etag);
      return true;
    },
  });
  if (done) context.reload();
}
