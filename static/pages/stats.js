/**
 * The statistics page: group → person → stream → track, read again every two seconds while it is visible.
 * @module
 */

import { el, fill } from '../base/dom.js';
import { administrators } from '../base/kept-token.js';
import { openPage } from '../base/page.js';
import { signIn } from '../base/sign-in.js';
import { number, percent, t } from '../base/texts.js';
import { streamName } from './admin/people.js';
import { History } from './statistics/history.js';
import { spark } from './statistics/spark.js';

const PERIOD_MS = 2000;
const history = new History();

const { app, base } = await openPage('page.statistics');

/** @param {import('../base/api.js').Api} api */
async function follow(api) {
  const error = el('p', { class: 'notice bad', role: 'alert' });
  const body = el('div', {});
  fill(app, el('div', { class: 'toolbar' }, el('h1', {}, t('page.statistics')), el('span', { class: 'grow' }),
    el('a', { class: 'button quiet', href: base }, t('page.home')), el('a', { class: 'button', href: `${base}admin/` }, t('page.administration'))), error, body);
  for (;;) {
    if (!document.hidden) {
      try {
        fill(body, ...show(await api.get('.server'), await api.get('.stats')));
        history.read();
        error.textContent = '';
      } catch (reason) {
        error.textContent = /** @type {Error} */ (reason).message;
      }
    }
    await new Promise((resolve) => { setTimeout(resolve, PERIOD_MS); });
  }
}

/** @param {any} server @param {any[]} all @returns {HTMLElement[]} */
function show(server, all) {
  const groups = all.filter((group) => (group.clients ?? []).length > 0);
  const head = el('p', {}, t('page.server', { version: server.version ?? '?', duration: duration(server.uptime ?? 0) }));
  if (groups.length === 0) return [head, el('p', { class: 'empty' }, t('page.nobodyHere'))];
  return [head, ...groups.map(groupTable)];
}

/** @param {number} seconds @returns {string} */
function duration(seconds) {
  const hours = Math.floor(seconds / 3600);
  return `${hours}:${String(Math.floor(seconds / 60) % 60).padStart(2, '0')}:${String(Math.floor(seconds) % 60).padStart(2, '0')}`;
}

/** @param {any} group @returns {HTMLElement} */
function groupTable(group) {
  const columns = [t('page.stream'), t('page.track'), t('page.bitrate'), t('page.loss'), t('page.roundTrip'), t('page.jitter'), t('page.layer'), t('page.lately')];
  return el('div', { class: 'table-wrap' }, el('table', { class: 'entries figures' }, el('caption', {}, el('bdi', {}, group.name)),
    el('thead', {}, el('tr', {}, ...columns.map((label) => el('th', { scope: 'col' }, label)))),
    ...group.clients.map((/** @type {any} */ client) => clientRows(group, client, senders(group)))));
}

/** Who sends each stream and what it is, by its id. @param {any} group @returns {Map<string, {name: string, what: string}>} */
function senders(group) {
  return new Map(group.clients.flatMap((/** @type {any} */ client) => (client.up ?? []).map(
    (/** @type {any} */ { id, label }) => [id, { name: nameOf(client), what: streamName(label) }])));
}

/** @param {any} client @returns {string} */
function nameOf(client) {
  return client.username || String(client.id).slice(0, 8);
}

/** @param {any} group @param {any} client @param {ReturnType<typeof senders>} sent @returns {HTMLElement} */
function clientRows(group, client, sent) {
  const of = (/** @type {string} */ id) => sent.get(id) ?? { name: '?', what: streamName('') };
  const streams = [
    ...(client.up ?? []).map((/** @type {any} */ stream) => ({ stream, title: t('page.sendsWhat', of(stream.id)) })),
    ...(client.down ?? []).map((/** @type {any} */ stream) => ({ stream, title: t('page.receivesWhat', of(stream.id)) })),
  ];
  const rows = streams.flatMap(({ stream, title }) => (stream.tracks ?? []).map((/** @type {any} */ line, /** @type {number} */ index) => el('tr', {},
    el('td', {}, title),
    el('td', {}, [line.kind, line.codec].filter(Boolean).join(' ')),
    figure(t('page.bitrate'), line.bitrate, (value) => t('page.kbits', { value: Math.round(value / 1000) })),
    figure(t('page.loss'), line.loss, percent),
    figure(t('page.roundTrip'), line.rtt, (value) => t('page.ms', { value: decimals(value, 0) })),
    figure(t('page.jitter'), line.jitter, (value) => t('page.ms', { value: decimals(value, 1) })),
    el('td', { 'data-label': t('page.layer') }, layer(line)),
    el('td', { 'data-label': t('page.lately') }, spark(history.add(
      [group.name, client.id, title, stream.id, index].join(' '), line.bitrate ?? 0, line.loss ?? 0))))));
  return el('tbody', {}, el('tr', {}, el('th', { scope: 'rowgroup', colspan: 8 }, el('bdi', {}, nameOf(client)))),
    ...(rows.length > 0 ? rows : [el('tr', {}, el('td', { colspan: 8 }, t('page.noStreams')))]));
}

/** Which layers of how many are received, or which encoding this is. @param {any} track @returns {string} */
function layer({ encoding, sid = 0, maxSid = 0, tid = 0, maxTid = 0 }) {
  if (typeof encoding === 'number') return `${encoding + 1}`;
  const parts = [maxSid > 0 ? `s${sid}/${maxSid}` : '', maxTid > 0 ? `t${tid}/${maxTid}` : ''];
  return parts.filter(Boolean).join(' ');
}

/** @param {number} value @param {number} digits behind the point */
function decimals(value, digits) {
  return number(value, { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

/** @param {string} label @param {unknown} value @param {(value: number) => string} format @returns {HTMLElement} */
function figure(label, value, format) {
  return el('td', { class: 'number', 'data-label': label }, typeof value === 'number' ? format(value) : '');
}

void signIn(app, t('page.statistics'), administrators(base, '.server'), (api) => void follow(api));
