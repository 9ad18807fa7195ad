// @ts-check
/** While a file is played to the group: what it is, pause, where it is, and an end to it. Owns its element, not the player. */
import { number, t } from '../base/texts.js';
import { el } from '../base/dom.js';
import { iconButton, relabel } from './icons.js';

export class PlayerBar {
  element = el('section', { class: 'player', 'aria-label': t('player.label'), hidden: true });
  #player;
  #toggle;
  #name = el('span', { class: 'player-name', dir: 'auto' });
  #time = el('span', { class: 'player-time' });
  #seek = el('input', { type: 'range', min: '0', max: '0', step: '0.1', value: '0', 'aria-label': t('player.seek') });

  /** @param {import('./context.js').App} app */
  constructor({ player, toasts }) {
    this.#player = player;
    player.element.classList.add('player-picture');
    this.#toggle = iconButton('pause', t('player.pause'), { class: 'small', onclick: () => player.toggle() });
    this.#seek.addEventListener('input', () => (player.element.currentTime = Number(this.#seek.value)));
    this.element.append(
      player.element,
      el('div', { class: 'player-body' }, this.#name, el('div', { class: 'player-row' }, this.#toggle, this.#seek, this.#time)),
      el('button', { type: 'button', class: 'button small', onclick: () => player.stop() }, t('present.stop')),
    );
    player.on('change', () => this.#update());
    player.on('failed', () => toasts.show('error', t('player.failed')));
  }

  #update() {
    const { element, active, name } = this.#player;
    this.element.hidden = !active;
    this.#name.textContent = name;
    const { duration, currentTime, paused } = element;
    const known = Number.isFinite(duration);
    this.#seek.max = String(known ? duration : 0);
    this.#seek.disabled = !known;
    this.#seek.value = String(currentTime);
    const time = t('player.time', { now: clock(currentTime), all: known ? clock(duration) : '–' });
    this.#time.textContent = time;
    this.#seek.setAttribute('aria-valuetext', time);
    relabel(this.#toggle, paused ? 'play' : 'pause', t(paused ? 'player.play' : 'player.pause'));
  }
}

/** Minutes and seconds. @param {number} seconds */
function clock(seconds) {
  const two = (/** @type {number} */ value) => number(Math.floor(value), { minimumIntegerDigits: 2, useGrouping: false });
  return `${number(Math.floor(seconds / 60), { useGrouping: false })}:${two(seconds % 60)}`;
}
