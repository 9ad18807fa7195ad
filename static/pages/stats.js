/**
 * The statistics page: group → person → stream → track, read again every two seconds while it is visible.
 * @module
 */

import { el, fill } from '../base/dom.js';
import { signIn } from './sign-in.js';
import { put, TEXT } from './texts.js';

const PERIOD_MS = 2000;

const app = /** @type {HTMLElement} */ (document.getElementById('app'));
const base = new URL(app.dataset.base ?? '.', location.href).href;

/** @param {import('./api.js').Api} api */
async function follow(api) {
  const error = el('p', { class: 'notice bad', role: 'alert' });
  const body = el('div', {});
  fill(app, el('div', { class: 'toolbar' }, el('h1', {}, TEXT.statistics), el('span', { class: 'grow' }),
    el('a', { class: 'button quiet', href: base }, TEXT.home), el('a', { class: 'button', href: `${base}admin/` }, TEXT.administration)), error, body);
  for (;;) {
    if (!document.hidden) {
      try {
        fill(body, ...show(await api.get('.server'), await api.get('.stats')));
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
  const head = el('p', {}, `${TEXT.version} ${server.version ?? '?'} · ${TEXT.uptime} ${duration(server.uptime ?? 0)}`);
  if (groups.length === 0) return [head, el('p', { class: 'empty' }, TEXT.nobodyHere)];
  return [head, ...groups.map(groupTable)];
}

/** @param {number} seconds @returns {string} */
function duration(seconds) {
  const hours = Math.floor(seconds / 3600);
  return `${hours}:${String(Math.floor(seconds / 60) % 60).padStart(2, '0')}:${String(Math.floor(seconds) % 60).padStart(2, '0')}`;
}

/** @param {any} group @returns {HTMLElement} */
function groupTable(group) {
  const columns = [TEXT.stream, TEXT.track, TEXT.bitrate, TEXT.loss, TEXT.roundTrip, TEXT.jitter, TEXT.layer];
  return el('div', { class: 'table-wrap' }, el('table', { class: 'entries figures' }, el('caption', {}, el('bdi', {}, group.name)),
    el('thead', {}, el('tr', {}, ...columns.map((text) => el('th', { scope: 'col' }, text)))),
    ...group.clients.map((/** @type {any} */ client) => clientRows(client, senders(group)))));
}

/** Who sends each stream and what it is, by its id. @param {any} group @returns {Map<string, {name: string, what: string}>} */
function senders(group) {
  return new Map(group.clients.flatMap((/** @type {any} */ client) => (client.up ?? []).map(
    (/** @type {any} */ { id, label }) => [id, { name: nameOf(client), what: TEXT.streamNames[label] ?? TEXT.someStream }])));
}

/** @param {any} client @returns {string} */
function nameOf(client) {
  return client.username || String(client.id).slice(0, 8);
}

/** @param {any} client @param {ReturnType<typeof senders>} sent @returns {HTMLElement} */
function clientRows(client, sent) {
  const of = (/** @type {string} */ id) => sent.get(id) ?? { name: '?', what: TEXT.someStream };
  const streams = [
    ...(client.up ?? []).map((/** @type {any} */ stream) => ({ stream, title: put(TEXT.sendsWhat, of(stream.id)) })),
    ...(client.down ?? []).map((/** @type {any} */ stream) => ({ stream, title: put(TEXT.receivesWhat, of(stream.id)) })),
  ];
  const rows = streams.flatMap(({ stream, title }) => (stream.tracks ?? []).map((/** @type {any} */ line) => el('tr', {},
    el('td', {}, title),
    el('td', {}, [line.kind, line.codec].filter(Boolean).join(' ')),
    number(TEXT.bitrate, line.bitrate, (value) => `${Math.round(value / 1000)} kbit/s`),
    number(TEXT.loss, line.loss, (value) => `${(100 * value).toFixed(1)} %`),
    number(TEXT.roundTrip, line.rtt, (value) => `${Math.round(value)} ms`),
    number(TEXT.jitter, line.jitter, (value) => `${value.toFixed(1)} ms`),
    el('td', { 'data-label': TEXT.layer }, layer(line)))));
  return el('tbody', {}, el('tr', {}, el('th', { scope: 'rowgroup', colspan: 7 }, el('bdi', {}, nameOf(client)))),
    ...(rows.length > 0 ? rows : [el('tr', {}, el('td', { colspan: 7 }, TEXT.noStreams))]));
}

/** Which layers of how many are received, or which encoding this is. @param {any} track @returns {string} */
function layer({ encoding, sid = 0, maxSid = 0, tid = 0, maxTid = 0 }) {
  if (typeof encoding === 'number') return `${encoding + 1}`;
  const parts = [maxSid > 0 ? `s${sid}/${maxSid}` : '', maxTid > 0 ? `t${tid}/${maxTid}` : ''];
  return parts.filter(Boolean).join(' ');
}

/** @param {string} label @param {unknown} value @param {(value: number) => string} format @returns {HTMLElement} */
function number(label, value, format) {
  return el('td', { class: 'number', 'data-label': label }, typeof value === 'number' ? format(value) : '');
}

void signIn(app, TEXT.statistics, { base, probe: '.server', then: (api) => void follow(api) });
