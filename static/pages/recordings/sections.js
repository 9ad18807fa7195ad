/**
 * What belongs to a recording beside its media: who spoke when, the chat, who was there. Each follows the player, and
 * leads it to a moment.
 * @module
 */

import { el } from '../../base/dom.js';
import { number, t } from '../../base/texts.js';
import { clock } from './format.js';

/** @typedef {import('./context.js').About} About */
/** @typedef {import('./step.js').Step} Step */
/** @typedef {{element: HTMLElement, update: () => void}} Section */

const SVG = 'http://www.w3.org/2000/svg';

/** @param {About} about @param {Step} step @returns {Section | null} */
export function speechSection({ people, spoken }, step) {
  /** By name: who was cut off and came again is one person. @type {Map<string, {start: number, end: number}[]>} */
  const lanes = new Map();
  const names = new Map(people.map(({ id, username }) => [id, username || t('recordings.noName')]));
  for (const { client, start, end } of spoken) {
    const name = names.get(client) ?? t('recordings.noName');
    lanes.set(name, [...(lanes.get(name) ?? []), { start, end }]);
  }
  if (lanes.size === 0) return null;
  const seconds = (/** @type {{start: number, end: number}[]} */ some) => some.reduce((sum, { start, end }) => sum + end - start, 0);
  const all = seconds([...lanes.values()].flat());
  const head = el('div', { class: 'playhead', 'aria-hidden': 'true' });
  const rows = [...lanes].sort(([, a], [, b]) => seconds(b) - seconds(a)).map(([name, some]) => el('li', { class: 'lane' },
    el('span', { class: 'lane-name' }, el('bdi', {}, name), ' ',
      el('span', { class: 'hint' }, t('recordings.spokeFor', { duration: clock(seconds(some)), share: number(seconds(some) / all, { style: 'percent' }) }))),
    lane(some, step)));
  const list = el('ul', { class: 'lanes' }, ...rows);
  return {
    element: el('section', { 'aria-label': t('recordings.whoSpoke') }, el('h3', {}, t('recordings.whoSpoke')), el('div', { class: 'lanes-frame' }, list, head)),
    update: () => head.style.setProperty('--at', String(step.duration ? step.position / step.duration : 0)),
  };
}

/** When somebody spoke, as a strip to click on. @param {{start: number, end: number}[]} spoken @param {Step} step */
function lane(spoken, step) {
  const strip = document.createElementNS(SVG, 'svg');
  strip.setAttribute('viewBox', `0 0 ${step.duration} 1`);
  strip.setAttribute('preserveAspectRatio', 'none');
  strip.setAttribute('aria-hidden', 'true');
  strip.setAttribute('class', 'lane-strip');
  const path = document.createElementNS(SVG, 'path');
  path.setAttribute('d', spoken.map(({ start, end }) => `M${start.toFixed(2)} 0h${(end - start).toFixed(2)}v1H${start.toFixed(2)}z`).join(''));
  strip.append(path);
  strip.addEventListener('click', ({ clientX }) => {
    const { left, width } = strip.getBoundingClientRect();
    step.seek(((clientX - left) / width) * step.duration);
  });
  return strip;
}

/** @param {About} about @param {Step} step @returns {Section | null} */
export function chatSection({ chat }, step) {
  if (!chat?.length) return null;
  const lines = chat.map(({ time, username, kind, value }) => el('li', {},
    el('button', { class: 'quiet chat-time', onclick: () => step.seek(time) }, clock(time)),
    el('p', {}, el('strong', {}, el('bdi', {}, username || t('recordings.noName'))), kind === 'me' ? ' ' : ': ',
      el('bdi', {}, typeof value === 'string' ? value : t('recordings.deletedMessage')))));
  const list = el('ol', { class: 'recorded-chat', tabindex: '0', 'aria-label': t('recordings.chat') }, ...lines);
  let last = -1;
  return {
    element: el('section', {}, el('h3', {}, t('recordings.chat')), list),
    update() {
      const now = chat.findLastIndex(({ time }) => time <= step.position);
      if (now === last) return;
      lines[last]?.removeAttribute('aria-current');
      lines[now]?.setAttribute('aria-current', 'true');
      last = now;
      // Only within the list: the page stays where it is.
      if (step.playing && lines[now]) list.scrollTop = lines[now].offsetTop - list.offsetTop - list.clientHeight / 2;
    },
  };
}

/** @param {About} about @returns {Section | null} */
export function peopleSection({ people }) {
  if (people.length === 0) return null;
  return {
    element: el('section', { 'aria-label': t('recordings.whoWasThere') }, el('h3', {}, t('recordings.whoWasThere')), el('ul', { class: 'stays' },
      ...people.map(({ username, joined, left }) => el('li', {}, el('bdi', {}, username || t('recordings.noName')), ' ',
        el('span', { class: 'hint' }, t('recordings.stay', { from: clock(joined), to: left === null ? t('recordings.toTheEnd') : clock(left) })))))),
    update() {},
  };
}
