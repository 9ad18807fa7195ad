/**
 * Who is connected, group by group, with what they send.
 * @module
 */

import { el } from '../../base/dom.js';
import { TEXT } from '../texts.js';

/** @typedef {import('./context.js').Context} Context */

/** @param {Context} context @returns {Promise<HTMLElement>} */
export async function peopleView(context) {
  const stats = /** @type {any[]} */ (await context.api.get('.stats'));
  const groups = stats.filter((group) => (group.clients ?? []).length > 0);
  return el('section', {},
    el('div', { class: 'toolbar' }, el('button', { onclick: () => context.reload() }, TEXT.refresh),
      el('a', { class: 'button', href: `${context.base}stats.html` }, TEXT.statistics)),
    groups.length === 0 ? el('p', { class: 'empty' }, TEXT.nobodyHere) : null,
    ...groups.map(groupTable));
}

/** @param {any} group @returns {HTMLElement} */
function groupTable(group) {
  const rows = group.clients.map((/** @type {any} */ client) => el('tr', {},
    el('th', { scope: 'row' }, el('bdi', {}, client.username || TEXT.anyName)),
    el('td', {}, ...(client.up ?? []).map((/** @type {any} */ stream) => el('span', { class: 'badge' }, TEXT.streamNames[stream.label] ?? TEXT.someStream)))));
  return el('div', { class: 'table-wrap' }, el('table', {}, el('caption', {}, el('bdi', {}, group.name)),
    el('thead', {}, el('tr', {}, el('th', { scope: 'col' }, TEXT.username), el('th', { scope: 'col' }, TEXT.sends))),
    el('tbody', {}, ...rows)));
}
