/**
 * One recording: its streams side by side and in step, who spoke when, the chat, who was there, the files.
 * @module
 */

import { el, fill } from '../../base/dom.js';
import { t } from '../../base/texts.js';
import { recordingPath } from './context.js';
import { controls } from './controls.js';
import { deleteButton } from './deleting.js';
import { filmMoves, filmPart } from './film.js';
import { clock, moment, people, size, streamName } from './format.js';
import { badge, hintOf, playable } from './list.js';
import { chatSection, peopleSection, speechSection } from './sections.js';
import { Stage } from './stage.js';
import { Step } from './step.js';

/** @typedef {import('./context.js').Context} Context */
/** @typedef {import('./context.js').Entry} Entry */
/** @typedef {import('./context.js').About} About */

const TICK_MS = 100;
const FILM_MS = 2000;

/** @param {Context} context @param {HTMLElement} view @param {string} name */
export async function playerView(context, view, name) {
  /** @type {Entry} */
  const entry = await context.api.get(recordingPath(context.group, name));
  if (context.over.aborted) return;
  const about = entry.state === 'unknown' ? bare(entry) : await read(context, name);
  if (context.over.aborted) return;
  const { full } = moment(entry.start);
  const who = people(entry.people, entry.peopleCount);
  const facts = [entry.duration === null ? '' : clock(entry.duration), size(entry.bytes), who].filter(Boolean).join(' · ');
  fill(view,
    el('div', { class: 'toolbar' }, el('h2', { class: 'recording-title' }, full), badge(entry), el('span', { class: 'grow' }), deleteButton(context, entry)),
    el('p', { class: 'lead' }, facts),
    hintOf(entry) ? el('p', { class: 'hint' }, hintOf(entry)) : null,
    film(context, entry),
    ...(playable(entry) ? player(context, about, entry) : [el('p', { class: 'empty' }, t('recordings.empty'))]),
    files(about, entry));
}

/** The film's part, which follows how far it is. @param {Context} context @param {Entry} entry */
function film(context, entry) {
  const place = el('div', {});
  const show = (/** @type {Entry} */ now) => {
    const focused = place.contains(document.activeElement);
    fill(place, filmPart(context, now, look));
    if (focused) /** @type {HTMLElement | null} */ (place.querySelector('a, button'))?.focus();
    if (filmMoves(now)) setTimeout(() => void look().catch(context.fail), FILM_MS);
  };
  const look = async () => {
    if (!context.over.aborted) show(await context.api.get(recordingPath(context.group, entry.name)));
  };
  show(entry);
  return place;
}

/** @param {Context} context @param {string} name @returns {Promise<About>} */
async function read({ page, api }, name) {
  const headers = { Authorization: api.authorization };
  const answer = await fetch(`${page}${encodeURIComponent(name)}.json`, { headers, cache: 'no-store', credentials: 'omit' });
  if (!answer.ok) throw new Error(t('recordings.gone'));
  return answer.json();
}

/** What can be said of a file without a description. @param {Entry} entry @returns {About} */
function bare({ files }) {
  const media = files.filter(({ name }) => !name.endsWith('.json'));
  return {
    version: 1, people: [], spoken: [], chat: null, duration: null,
    files: media.map(({ name, bytes }) => ({
      name, bytes, client: '', username: name, label: 'video', offset: 0, duration: null, audio: 'opus', video: 'vp8',
    })),
  };
}

/** @param {Context} context @param {About} about @param {Entry} entry @returns {HTMLElement[]} */
function player(context, about, entry) {
  const there = new Set(entry.files.map(({ name }) => name));
  const shown = about.files.filter(({ name }) => there.has(name));
  const ends = shown.map(({ offset, duration }) => offset + (duration ?? 0));
  const step = new Step([], Math.max(about.duration ?? 0, ...ends));
  const stage = new Stage(context.page, shown, about.spoken, step);
  const sections = [speechSection(about, step), chatSection(about, step), peopleSection(about)].filter((part) => part !== null);
  const bar = controls(step, stage, () => update(performance.now()));
  const update = (/** @type {number} */ now) => {
    step.tick(now);
    stage.update();
    bar.update();
    for (const section of sections) section.update();
  };
  const timer = setInterval(() => update(performance.now()), TICK_MS);
  context.over.addEventListener('abort', () => {
    clearInterval(timer);
    stage.close();
    bar.close();
  });
  update(performance.now());
  const frame = el('div', { class: 'player' }, stage.element, bar.element);
  bar.fullScreens(frame);
  return [frame, el('p', { class: 'hint player-keys' }, t('recordings.keysHint')), ...sections.map(({ element }) => element)];
}

/** @param {About} about @param {Entry} entry @returns {HTMLElement} */
function files(about, entry) {
  const made = entry.film?.state === 'done' ? entry.film.file : '';
  const told = new Map(about.files.map((file) => [file.name, file]));
  const rows = entry.files.filter(({ name }) => !name.endsWith('.json')).map(({ name, bytes }) => {
    const file = told.get(name);
    return el('tr', {},
      el('th', { scope: 'row' }, el('bdi', {}, file ? file.username || t('recordings.noName') : name === made ? t('recordings.film') : name)),
      el('td', { 'data-label': t('recordings.fileWhat') }, file ? streamName(file.label) : ''),
      el('td', { 'data-label': t('recordings.fileLength'), class: 'number' }, file?.duration ? clock(file.duration) : ''),
      el('td', { 'data-label': t('recordings.fileSize'), class: 'number' }, size(bytes)),
      el('td', { class: 'actions' }, el('a', { class: 'button', href: name, download: name, 'aria-label': t('recordings.downloadFile', { name }) }, t('recordings.download'))));
  });
  const json = entry.files.find(({ name }) => name.endsWith('.json'));
  return el('section', { 'aria-label': t('recordings.downloads') }, el('h3', {}, t('recordings.downloads')),
    el('div', { class: 'table-wrap' }, el('table', { class: 'entries' },
      el('thead', {}, el('tr', {}, el('th', { scope: 'col' }, t('recordings.fileWho')), el('th', { scope: 'col' }, t('recordings.fileWhat')),
        el('th', { scope: 'col', class: 'number' }, t('recordings.fileLength')), el('th', { scope: 'col', class: 'number' }, t('recordings.fileSize')), el('td', {}))),
      el('tbody', {}, ...rows))),
    json ? el('p', { class: 'hint' }, el('a', { href: json.name, download: json.name }, t('recordings.aboutRecording'))) : null);
}
