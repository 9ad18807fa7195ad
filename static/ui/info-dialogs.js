// @ts-check
/** Dialogs that only inform: figures of the connection, keyboard shortcuts. */
import { has, t, text } from '../i18n/index.js';
import { openDialog } from './dialog.js';
import { el } from './dom.js';

/** @typedef {import('./context.js').App} App */
/** @typedef {import('../protocol/stats.js').Summary} Summary */

const REFRESH_MS = 1000;

/** @param {App} app */
export function openStats(app) {
  const sent = el('div');
  const received = el('div');
  const { streams } = app.room.connection;
  const update = async () => {
    const up = await Promise.all(
      [...streams.up.values()].map(async (stream) => ({
        name: text(`settings.stream.${stream.label}`),
        summary: await stream.stats(),
      })),
    );
    const down = await Promise.all(
      [...streams.down.values()].map(async (stream) => ({
        name: stream.username,
        summary: await stream.stats(),
      })),
    );
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

/** @param {{name: string, summary: Summary}[]} streams */
function table(streams) {
  const rows = streams.flatMap(({ name, summary }) =>
    summary.tracks.map((track, index) => [
      index === 0 ? name || t('people.anonymous') : '',
      [t(track.kind === 'audio' ? 'stats.audio' : 'stats.video'), track.codec, track.rid]
        .filter(Boolean)
        .join(' · '),
      rate(track.bitrate),
      `${(track.lossRatio * 100).toFixed(1)} %`,
      track.width ? `${track.width}×${track.height}, ${track.fps}/s${limited(track.limited)}` : '',
      index === 0 && summary.roundTrip
        ? t('stats.roundTrip', {
            ms: Math.round(summary.roundTrip * 1000),
            path: summary.path.toUpperCase() || '?',
          })
        : '',
    ]),
  );
  if (rows.length === 0) return el('p', { class: 'hint' }, t('stats.nothing'));
  const head = el(
    'tr',
    {},
    ...['', t('stats.what'), t('stats.bitrate'), t('stats.loss'), t('stats.size'), ''].map((name) =>
      el('th', { scope: 'col' }, name),
    ),
  );
  return el(
    'div',
    { class: 'table-scroll' },
    el(
      'table',
      {},
      el('thead', {}, head),
      el('tbody', {}, ...rows.map((cells) => el('tr', {}, ...cells.map((cell) => el('td', {}, cell))))),
    ),
  );
}

/** @param {number} bitrate */
function rate(bitrate) {
  return bitrate >= 1_000_000
    ? `${(bitrate / 1_000_000).toFixed(1)} Mbit/s`
    : `${Math.round(bitrate / 1000)} kbit/s`;
}

/** @param {string} reason */
function limited(reason) {
  return reason && has(`stats.limited.${reason}`) ? `, ${text(`stats.limited.${reason}`)}` : '';
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
