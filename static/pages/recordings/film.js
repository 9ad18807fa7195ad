/**
 * The one film of a recording: a button that has it made, how far it is, and where it is.
 * @module
 */

import { el } from '../../base/dom.js';
import { number, t } from '../../base/texts.js';
import { recordingPath } from './context.js';
import { moment } from './format.js';

/** @typedef {import('./context.js').Context} Context */
/** @typedef {import('./context.js').Entry} Entry */

/**
 * @param {Context} context @param {Entry} entry
 * @param {() => Promise<unknown>} look  shows what there is now
 * @returns {HTMLElement | null} null where the server makes no films, or none of this
 */
export function filmPart(context, entry, look) {
  const { film, state, start } = entry;
  if (film === undefined || !['complete', 'stopped', 'interrupted'].includes(state)) return null;
  const ask = (/** @type {string} */ method) => async () => {
    try {
      await context.api.request(method, `${recordingPath(context.group, entry.name)}/.film`);
      await look();
    } catch (reason) {
      context.fail(reason);
    }
  };
  const make = (/** @type {string} */ text) =>
    el('button', { onclick: ask('PUT'), 'aria-label': t('recordings.film.makeWhich', { when: moment(start).full }) }, text);
  const cancel = () => el('button', { onclick: ask('DELETE') }, t('recordings.film.cancel'));
  switch (film?.state) {
    case 'waiting':
      return part(el('span', {}, t('recordings.film.waiting')), cancel());
    case 'running': {
      const share = number(film.progress, { style: 'percent' });
      const bar = el('progress', { max: 1, value: film.progress, 'aria-label': t('recordings.film.progress') });
      return part(el('span', {}, t('recordings.film.running', { share })), bar, cancel());
    }
    case 'failed':
      return part(el('span', { class: 'film-trouble' }, t('recordings.film.failed', { reason: film.why })), make(t('recordings.film.again')));
    case 'done':
      return part(el('a', { class: 'button', href: film.file, download: film.file }, t('recordings.film.download')));
    default:
      return entry.files.length > 1 ? part(make(t('recordings.film.make')), el('span', { class: 'hint' }, t('recordings.film.hint'))) : null;
  }
}

/** @param {...HTMLElement} children */
function part(...children) {
  return el('div', { class: 'film' }, ...children);
}

/** Whether it will be another one soon. @param {Entry} entry */
export function filmMoves({ film }) {
  return film?.state === 'waiting' || film?.state === 'running';
}
