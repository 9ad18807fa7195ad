/**
 * Who is connected, group by group, with what they send.
 * @module
 */

import { h } from '../dom.js';
import { TEXT } from '../texts.js';

/** @typedef {import('./context.js').Context} Context */

/** @param {Context} context @returns {Promise<HTMLElement>} */
export async function peopleView(context) {
  const stats = /** @type {any[]} */ (await context.api.get('.stats'));
  const groups = stats.filter((group) => (group.clients ?? []).length > 0);
  return h('section', {},
    h('div', { class: 'toolbar' }, h('button', { onclick: () => context.reload() }, TEXT.refresh),
      h('a', { class: 'button', href: `${context.base}stats.html` }, TEXT.statistics)),
    groups.length === 0 ? h('p', { class: 'empty' }, TEXT.nobodyHere) : null,
    ...groups.map(groupTable));
}

/** @param {any} group @returns {HTMLElement} */
function groupTable(group) {
  const rows = group.clients.map((/** @type {any} */ client) => h('tr', {},
    h('th', { scope: 'row' }, h('bdi', {}, client.username || TEXT.anyName)),
    h('td', {}, ...(client.up ?? []).map((/** @type {any} */ stream) => h('span', { class: 'badge' }, TEXT.streamNames[stream.label] ?? TEXT.someStream)))));
  return h('div', { class: 'table-wrap' }, h('table', {}, h('caption', {}, h('bdi', {}, group.name)),
    h('thead', {}, h('tr', {}, h('th', { scope: 'col' }, TEXT.username), h('th', { scope: 'col' }, TEXT.sends))),
    h('tbody', {}, ...rows)));
}
