/**
 * The bar below the stage: play, jump, position, sound, speed, full screen; by mouse, finger and keys.
 * @module
 */

import { el, fill } from '../../base/dom.js';
import { t } from '../../base/texts.js';
import { clock } from './format.js';
import { icon } from './icons.js';
import { where } from './where.js';

/** @typedef {import('./step.js').Step} Step */
/** @typedef {import('./stage.js').Stage} Stage */

const RATES = [0.5, 0.75, 1, 1.25, 1.5, 2];

/**
 * @param {Step} step @param {Stage} stage
 * @param {() => void} changed shows at once what was asked for
 */
export function controls(step, stage, changed) {
  /** @type {HTMLElement | null} */
  let frame = null;
  const toggle = () => (step.playing ? step.pause() : step.play(), changed());
  const jump = (/** @type {number} */ seconds) => (step.seek(step.position + seconds), changed());
  const play = button('play', t('recordings.play'), toggle);
  play.classList.add('primary');
  const position = /** @type {HTMLInputElement} */ (el('input', {
    type: 'range', min: 0, max: step.duration, step: 'any', value: 0, 'aria-label': t('recordings.position'),
    oninput: () => (step.seek(position.valueAsNumber), changed()),
  }));
  const time = el('span', { class: 'player-time', 'aria-hidden': 'true' });
  const mute = button('sound', t('recordings.mute'), () => silence(!stage.muted));
  const volume = /** @type {HTMLInputElement} */ (el('input', {
    type: 'range', class: 'player-volume', min: 0, max: 1, step: 0.05, value: 1, 'aria-label': t('recordings.volume'),
    oninput: () => (stage.sound(volume.valueAsNumber, false), changed()),
  }));
  const silence = (/** @type {boolean} */ muted) => (stage.sound(stage.volume, muted), changed());
  const speed = /** @type {HTMLSelectElement} */ (el('select', { 'aria-label': t('recordings.speed'), onchange: () => { step.rate = Number(speed.value); } },
    ...RATES.map((rate) => el('option', { value: rate, selected: rate === 1 }, t('recordings.times', { rate })))));
  const full = button('full', t('recordings.fullScreen'), () => void fullScreen());
  full.hidden = !document.fullscreenEnabled;
  const fullScreen = async () => {
    if (document.fullscreenElement) await document.exitFullscreen();
    else await frame?.requestFullscreen().catch(() => {});
  };
  const state = el('span', { class: 'player-state', role: 'status' });
  const element = el('div', { class: 'player-bar' }, position, el('div', { class: 'player-buttons' },
    play, button('back', t('recordings.back10'), () => jump(-10)), button('forward', t('recordings.forward10'), () => jump(10)), time, state,
    el('span', { class: 'grow' }), mute, volume, speed, full));

  /** @type {Record<string, () => unknown>} */
  const keys = {
    ' ': toggle, k: toggle, j: () => jump(-10), l: () => jump(10), ArrowLeft: () => jump(-5), ArrowRight: () => jump(5),
    m: () => silence(!stage.muted), f: () => fullScreen(),
  };
  const onkey = (/** @type {KeyboardEvent} */ event) => {
    const target = /** @type {Element} */ (event.target);
    const taken = target.closest('dialog, select, textarea, input:not(.player input)') || (event.key === ' ' && target.closest('button, a'));
    const held = event.ctrlKey || event.altKey || event.metaKey || (target.closest('input') && event.key.startsWith('Arrow'));
    const run = keys[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (!run || taken || held) return;
    event.preventDefault();
    run();
  };
  document.addEventListener('keydown', onkey);

  let drawn = '';
  return {
    element,
    /** @param {HTMLElement} shown what is shown on the full screen */
    fullScreens(shown) {
      frame = shown;
    },
    update() {
      if (Number(position.max) !== step.duration) position.max = String(step.duration);
      position.value = String(step.position);
      position.setAttribute('aria-valuetext', where(step));
      time.textContent = `${clock(step.position)} / ${clock(step.duration)}`;
      const now = JSON.stringify([step.playing, step.waiting, stage.muted]);
      if (now === drawn) return;
      drawn = now;
      label(play, step.playing ? 'pause' : 'play', step.playing ? t('recordings.pause') : t('recordings.play'));
      label(mute, stage.muted ? 'silent' : 'sound', stage.muted ? t('recordings.unmute') : t('recordings.mute'));
      state.textContent = step.waiting ? t('recordings.loadingMedia') : '';
    },
    close() {
      document.removeEventListener('keydown', onkey);
    },
  };
}

/** @param {import('./icons.js').Name} name @param {string} text @param {() => unknown} onclick */
function button(name, text, onclick) {
  return el('button', { type: 'button', class: 'icon-button', 'aria-label': text, title: text, onclick }, icon(name));
}

/** @param {HTMLElement} element @param {import('./icons.js').Name} name @param {string} text */
function label(element, name, text) {
  fill(element, icon(name));
  element.setAttribute('aria-label', text);
  element.title = text;
}
