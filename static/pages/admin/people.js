/**
 * Who is connected, group by group, with what they send.
 * @module
 */

import { el } from '../../base/dom.js';
import { has, t, text } from '../../base/texts.js';

/** @typedef {import('./context.js').Context} Context */

/** @param {Context} context @returns {Promise<HTMLElement>} */
export async function peopleView(context) {
  const stats = /** @type {any[]} */ (await context.api.get('.stats'));
  const groups = stats.filter((group) => (group.clients ?? []).length > 0);
  return el('section', {},
    el('div', { class: 'toolbar' }, el('button', { onclick: () => context.reload() }, t('page.refresh')),
      el('a', { class: 'button', href: `${context.base}stats.html` }, t('page.statistics'))),
    groups.length === 0 ? el('p', { class: 'empty' }, t('page.nobodyHere')) : null,
    ...groups.map(groupTable));
}

/** @param {any} group @returns {HTMLElement} */
function groupTable(group) {
  const rows = group.clients.map((/** @type {any} */ client) => el('tr', {},
    el('th', { scope: 'row' }, el('bdi', {}, client.username || t('page.anyName'))),
    el('td', {}, ...(client.up ?? []).map((/** @type {any} */ stream) => el('span', { class: 'badge' }, streamName(stream.label))))));
  return el('div', { class: 'table-wrap' }, el('table', {}, el('caption', {}, el('bdi', {}, group.name)),
    el('thead', {}, el('tr', {}, el('th', { scope: 'col' }, t('page.username')), el('th', { scope: 'col' }, t('page.sends')))),
    el('tbody', {}, ...rows)));
}

/** What a stream shows, by its label. @param {string} label @returns {string} */
export function streamName(label) {
  const key = `page.stream.${label}`;
  return has(key) ? text(key) : t('page.stream.other');
}
