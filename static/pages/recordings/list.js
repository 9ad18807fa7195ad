/**
 * The list of a group's recordings, by month, the newest first; looked at again while somebody looks at it.
 * @module
 */

import { el, fill } from '../../base/dom.js';
import { ask } from '../../base/forms.js';
import { t } from '../../base/texts.js';
import { recordingPath } from './context.js';
import { deleteButton } from './deleting.js';
import { filmPart } from './film.js';
import { clock, moment, people, size } from './format.js';

/** @typedef {import('./context.js').Context} Context */
/** @typedef {import('./context.js').Entry} Entry */

const PERIOD_MS = 5000;

export class Listing {
  #shown = '';

  /** @param {Context} context @param {HTMLElement} view */
  constructor(context, view) {
    this.context = context;
    this.view = view;
  }

  async show() {
    await this.#look();
    const timer = setInterval(() => {
      // What a dialog asks about stays as it is.
      if (!document.hidden && !document.querySelector('dialog')) this.#look().catch(this.context.fail);
    }, PERIOD_MS);
    this.context.over.addEventListener('abort', () => clearInterval(timer));
  }

  async #look() {
    /** @type {Entry[]} */
    const entries = await this.context.api.get(recordingPath(this.context.group));
    const told = JSON.stringify(entries);
    if (told === this.#shown || this.context.over.aborted) return;
    this.#shown = told;
    const focused = document.activeElement;
    fill(this.view, ...this.#contents(entries));
    if (focused?.closest('[data-recording]')) this.#focus(focused);
  }

  /** On what has come in the place of an element, else on its recording. @param {Element} gone */
  #focus(gone) {
    const name = gone.closest('[data-recording]')?.getAttribute('data-recording') ?? '';
    const row = this.view.querySelector(`[data-recording="${CSS.escape(name)}"]`);
    const all = /** @type {HTMLElement[]} */ ([...(row?.querySelectorAll('a, button') ?? [])]);
    const called = (/** @type {Element} */ one) => one.getAttribute('aria-label') ?? one.textContent;
    (all.find((one) => called(one) === called(gone)) ?? all[0])?.focus();
  }

  /** @param {Entry[]} entries @returns {HTMLElement[]} */
  #contents(entries) {
    if (entries.length === 0) return [el('p', { class: 'empty' }, t('recordings.none'))];
    const total = size(entries.reduce((sum, { bytes }) => sum + bytes, 0));
    /** @type {Map<string, Entry[]>} */
    const months = new Map();
    for (const entry of entries) {
      const { month } = moment(entry.start);
      months.set(month, [...(months.get(month) ?? []), entry]);
    }
    return [el('p', { class: 'lead' }, t('recordings.total', { count: entries.length, size: total })),
      ...[...months].flatMap(([month, some]) => [
        el('h2', {}, month),
        el('ul', { class: 'rows recordings' }, ...some.map((entry) => this.#row(entry))),
      ])];
  }

  /** @param {Entry} entry @returns {HTMLElement} */
  #row(entry) {
    const { day } = moment(entry.start);
    const known = entry.state !== 'unknown';
    return el('li', { class: 'card recording', 'data-recording': entry.name },
      el('div', { class: 'recording-about' },
        el('h3', {}, playable(entry) ? el('a', { href: `#${encodeURIComponent(entry.name)}` }, day) : day),
        badge(entry), entry.chat ? el('span', { class: 'badge' }, t('recordings.withChat')) : null,
        el('p', { class: 'recording-people' }, known ? people(entry.people, entry.peopleCount) || t('recordings.nobodyThere') : entry.name),
        el('p', { class: 'hint' }, facts(entry)),
        hintOf(entry) ? el('p', { class: 'hint' }, hintOf(entry)) : null,
        entry.film ? filmPart(this.context, entry, () => this.#look()) : null),
      el('div', { class: 'recording-actions' }, ...this.#actions(entry)));
  }

  /** @param {Entry} entry @returns {(HTMLElement | null)[]} */
  #actions(entry) {
    const when = moment(entry.start).full;
    if (entry.state === 'recording') return [];
    const media = entry.files.filter(({ name }) => !name.endsWith('.json'));
    return [
      playable(entry) ? el('a', { class: 'button primary', href: `#${encodeURIComponent(entry.name)}`, 'aria-label': t('recordings.watchWhich', { when }) }, t('recordings.watch')) : null,
      media.length === 1 ? el('a', { class: 'button', href: media[0].name, download: media[0].name, 'aria-label': t('recordings.downloadWhich', { when }) }, t('recordings.download')) : null,
      media.length > 1 ? el('button', { 'aria-label': t('recordings.downloadWhich', { when }), onclick: () => void downloads(media) }, t('recordings.download')) : null,
      deleteButton(this.context, entry),
    ];
  }
}

/** @param {Entry} entry */
export function playable({ state, files }) {
  return !['recording', 'unfinished'].includes(state) && files.some(({ name }) => !name.endsWith('.json'));
}

/** @param {Entry} entry @returns {string} */
function facts(entry) {
  return [
    entry.duration === null ? '' : clock(entry.duration),
    size(entry.bytes),
    entry.by ? t('recordings.startedBy', { name: entry.by }) : '',
  ].filter(Boolean).join(' · ');
}

/** @param {Entry} entry @returns {string} */
export function hintOf({ state, reason }) {
  switch (state) {
    case 'recording': return t('recordings.hint.recording');
    case 'unfinished': return t('recordings.hint.unfinished');
    case 'interrupted': return t('recordings.hint.interrupted');
    case 'stopped': return t('recordings.hint.stopped', { reason });
    default: return '';
  }
}

/** @param {Entry} entry @returns {HTMLElement | null} */
export function badge({ state }) {
  const texts = {
    recording: t('recordings.state.recording'),
    unfinished: t('recordings.state.unfinished'),
    interrupted: t('recordings.state.interrupted'),
    stopped: t('recordings.state.stopped'),
    unknown: t('recordings.state.unknown'),
    complete: '',
  };
  return texts[state] ? el('span', { class: `badge badge-${state}` }, texts[state]) : null;
}

/** Which of several files? @param {{name: string, bytes: number}[]} files */
async function downloads(files) {
  await ask({
    title: t('recordings.downloads'),
    body: [el('ul', { class: 'rows' }, ...files.map(({ name, bytes }) => el('li', {},
      el('a', { href: name, download: name }, name), ' ', el('span', { class: 'hint' }, size(bytes)))))],
    confirm: t('recordings.close'),
    submit: () => true,
  });
}
