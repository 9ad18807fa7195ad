// @ts-check
/** Dialogs that only inform: figures of the connection, keyboard shortcuts. */
import { has, percent, t, text } from '../base/texts.js';
import { isScreen } from '../model/subjects.js';
import { openDialog } from './dialog.js';
import { el } from '../base/dom.js';
import { subjectName } from './subject-names.js';

/** @typedef {import('./context.js').App} App */
/** @typedef {import('../protocol/stats.js').Summary} Summary */

const REFRESH_MS = 1000;

/** @param {App} app */
export function openStats(app) {
  // They stay when the figures change, and with them how far they were scrolled.
  const sent = el('div', { class: 'table-scroll' });
  const received = el('div', { class: 'table-scroll' });
  const { streams } = app.room.connection;
  const update = async () => {
    const up = await Promise.all(named([...streams.up.values()]));
    const down = await Promise.all(named([...streams.down.values()]));
    sent.replaceChildren(table(up));
    received.replaceChildren(table(down));
  };
  const timer = setInterval(() => void update(), REFRESH_MS);
  openDialog(
    t('stats.title'),
    [
      el(
        'div',
        { class: 'stack stats' },
        el('h3', {}, t('stats.sent')),
        sent,
        el('h3', {}, t('stats.received')),
        received,
      ),
    ],
    { wide: true, id: 'stats-dialog', onclose: () => clearInterval(timer) },
  );
  void update();
}

/** @param {(import('../protocol/up-stream.js').UpStream | import('../protocol/down-stream.js').DownStream)[]} streams */
function named(streams) {
  const source = (/** @type {(typeof streams)[0]} */ stream) => ('source' in stream ? stream.source : '');
  return streams.map(async (stream) => {
    const own = stream.direction === 'up';
    const screens = streams.filter((other) => isScreen(other) && source(other) === source(stream));
    const number = screens.length > 1 ? screens.indexOf(stream) + 1 : 0;
    const username = 'username' in stream ? stream.username : '';
    const name = isScreen(stream)
      ? subjectName({ kind: 'screen', number }, username || t('people.anonymous'), own)
      : own
        ? text(`settings.stream.${stream.label}`)
        : username;
    return { name, summary: await stream.stats() };
  });
}

/** @param {{name: string, summary: Summary}[]} streams */
function table(streams) {
  if (streams.every(({ summary }) => summary.tracks.length === 0))
    return el('p', { class: 'hint' }, t('stats.nothing'));
  const columns = /** @type {const} */ (['what', 'bitrate', 'loss', 'size']);
  const head = columns.map((name) => el('th', { scope: 'col' }, t(`stats.${name}`)));
  return el('table', {}, el('thead', {}, el('tr', {}, ...head)), ...streams.map(group));
}

/** What comes through one stream, below its name. @param {{name: string, summary: Summary}} stream */
function group({ name, summary: { tracks, roundTrip, path } }) {
  const way = { ms: Math.round(roundTrip * 1000), path: path.toUpperCase() || '?' };
  const title = el(
    'th',
    { scope: 'rowgroup', colspan: '4' },
    el('bdi', {}, name || t('people.anonymous')),
    roundTrip > 0 && el('span', { class: 'hint' }, t('stats.roundTrip', way)),
  );
  const rows = tracks.map(({ kind, codec, rid, bitrate, lossRatio, width, height, fps, limited: reason }) => [
    [t(kind === 'audio' ? 'stats.audio' : 'stats.video'), codec, layer(rid)].filter(Boolean).join(' · '),
    rate(bitrate),
    percent(lossRatio),
    width ? frames({ width, height, fps }, reason) : '',
  ]);
  const cells = rows.map((row) => el('tr', {}, ...row.map((cell) => el('td', {}, cell))));
  return tracks.length > 0 && el('tbody', {}, el('tr', {}, title), ...cells);
}

/** Of two sizes, which. @param {string} rid */
function layer(rid) {
  const key = `stats.layer.${rid}`;
  return has(key) ? text(key) : rid;
}

/** @param {number} bitrate */
function rate(bitrate) {
  if (bitrate < 1_000_000) return t('stats.kbits', { value: Math.round(bitrate / 1000) });
  return t('stats.mbits', { value: Math.round(bitrate / 100_000) / 10 });
}

/** @param {{width: number, height: number, fps: number}} sizes @param {string} reason  what limits them, '' if nothing */
function frames({ width, height, fps }, reason) {
  const values = { width: String(width), height: String(height), fps };
  const key = `stats.limited.${reason}`;
  return has(key) ? t('stats.frames.limited', { ...values, reason: text(key) }) : t('stats.frames', values);
}

export function openKeys() {
  const keys = /** @type {const} */ ([
    ['M', 'keys.mic'],
    ['V', 'keys.camera'],
    ['␣', 'keys.push'],
    ['H', 'keys.hand'],
    ['C', 'keys.chat'],
    ['P', 'keys.people'],
    ['Esc', 'keys.escape'],
    ['F', 'keys.fullscreen'],
    ['?', 'keys.help'],
  ]);
  const rows = keys.flatMap(([key, meaning]) => [
    el('dt', {}, el('kbd', {}, key === '␣' ? t('keys.space') : key)),
    el('dd', {}, t(meaning)),
  ]);
  openDialog(t('keys.title'), [el('dl', { class: 'keys' }, ...rows)]);
}
