// @ts-check
/**
 * One tile on the stage: a person (with or without picture) or a screen. It shows what it is told; where it is
 * placed is the stage's business. Its media element plays the sound as well, so it exists even while hidden.
 */
import { t } from '../base/texts.js';
import { canChooseSpeaker } from '../media/devices.js';
import { hue, initials } from '../model/people.js';
import { TileVideo } from './tile-video.js';
import { TileZoom } from './tile-zoom.js';
import { el } from '../base/dom.js';
import { icon, iconButton } from './icons.js';

/** @typedef {import('../model/layout.js').Rect} Rect */

/**
 * @typedef {object} TileActions
 * @property {(tile: Tile) => void} pin
 * @property {(tile: Tile, anchor: HTMLElement) => void} menu
 * @property {() => void} blocked  the browser refused to play sound
 */

export class Tile {
  element;
  video;
  key;
  userId;
  kind;
  own;
  visible = false;
  /** What its menu is called. */
  options = '';
  /** In CSS pixels. */
  size = { width: 0, height: 0 };
  position = { x: 0, y: 0 };
  /** When that began, as `performance.now` has it. */
  sizedAt = 0;
  #name = el('span', { class: 'tile-name', dir: 'auto' });
  #badges = el('span', { class: 'tile-badges' });
  #avatar = el('div', { class: 'avatar', 'aria-hidden': 'true' });
  #state = el('p', { class: 'tile-state', role: 'status' });
  #note = el('p', { class: 'tile-note', hidden: true });
  #pin;
  #label = '';
  #media;
  #zoom;
  #placed = false;

  /**
   * @param {{key: string, userId: string, kind: 'person' | 'screen', own: boolean}} identity
   * @param {TileActions} actions
   */
  constructor({ key, userId, kind, own }, actions) {
    this.key = key;
    this.userId = userId;
    this.kind = kind;
    this.own = own;
    this.#pin = iconButton('pin', t('stage.pin'), { class: 'small', onclick: () => actions.pin(this) });
    const menu = iconButton('more', t('stage.options', { name: '' }), {
      class: 'small tile-menu',
      'aria-haspopup': 'menu',
      onclick: () => actions.menu(this, menu),
    });
    this.element = el('article', { class: `tile tile-${kind}`, 'data-tile': key, 'data-user': userId, 'data-kind': kind });
    this.#media = new TileVideo(this.element, { own, screen: kind === 'screen', blocked: actions.blocked });
    this.video = this.#media.element;
    this.#zoom = kind === 'screen' ? new TileZoom(this.element, this.video) : null;
    this.element.append(
      this.#avatar,
      this.video,
      el('div', { class: 'tile-caption' }, this.#badges, this.#name),
      this.#state,
      this.#note,
      el('div', { class: 'tile-tools' }, this.#zoom?.tools, this.#pin, menu),
    );
    this.element.classList.toggle('own', own);
    this.element.addEventListener('dblclick', (event) => {
      if (event.target instanceof Element && event.target.closest('button')) return;
      if (document.fullscreenElement === this.element) void document.exitFullscreen().catch(() => {});
      else if (!this.element.classList.contains('enlarged')) actions.pin(this);
    });
    this.element.addEventListener('fullscreenchange', () => this.#sized());
  }

  /** What is shown and played. @param {MediaStream | null} media @param {boolean} hasVideo */
  setMedia(media, hasVideo) {
    this.#media.set(media, hasVideo);
  }

  /** Whether there is a video at the moment, which may not have arrived yet. */
  get hasVideo() {
    return this.#media.wanted;
  }

  /** Keeps the last frame of a video that ends. */
  freeze() {
    this.#media.freeze();
  }

  /** Plays after the browser had refused to. */
  resume() {
    this.#media.resume();
  }

  /** @param {{name: string, label: string, you: boolean}} names */
  setName({ name, label, you }) {
    if (label === this.#label) return;
    this.#label = label;
    this.#name.textContent = label;
    this.element.setAttribute('aria-label', label);
    const screen = this.kind === 'screen';
    this.video.setAttribute('aria-label', screen ? label : t('stage.video', { name: label }));
    this.#avatar.textContent = initials(name);
    this.#avatar.style.setProperty('--hue', String(hue(name)));
    this.options = t('stage.options', { name: you && !screen ? t('stage.you') : label });
    this.element.querySelector('.tile-menu')?.setAttribute('aria-label', this.options);
  }

  /** The sign of its person, once more. */
  avatar() {
    return this.#avatar.cloneNode(true);
  }

  /** What it is called. */
  get label() {
    return this.#label;
  }

  /** @param {{muted: boolean, hand: boolean}} state */
  setBadges({ muted, hand }) {
    const wanted = `${muted ? 'm' : ''}${hand ? 'h' : ''}`;
    this.element.dataset.muted = String(muted);
    if (this.#badges.dataset.shown === wanted) return;
    this.#badges.dataset.shown = wanted;
    this.#badges.replaceChildren();
    if (hand) this.#badges.append(badge('hand', t('stage.hand')));
    if (muted) this.#badges.append(badge('micOff', t('stage.muted')));
  }

  /** @param {boolean} speaking */
  setSpeaking(speaking) {
    this.element.classList.toggle('speaking', speaking);
  }

  /** @param {boolean} mirrored */
  setMirrored(mirrored) {
    this.video.classList.toggle('mirrored', mirrored);
  }

  /** @param {import('../protocol/watch.js').Status | 'failed'} status  failed: of one's own, others get nothing */
  setStatus(status) {
    const words = {
      connecting: () => t('stage.connecting'),
      connected: () => '',
      closed: () => '',
      interrupted: () => t('stage.interrupted'),
      unreachable: () => t('stage.interrupted'),
      failed: () => t('stage.failed'),
    }[status]();
    if (this.#state.textContent !== words) this.#state.textContent = words;
    this.element.dataset.status = status;
  }

  /** @param {string} words  why its video is not what one would expect, or '' */
  setNote(words) {
    if (this.#note.textContent === words) return;
    this.#note.textContent = words;
    this.#note.hidden = words === '';
  }

  /** @param {boolean} pinned */
  setPinned(pinned) {
    this.element.classList.toggle('pinned', pinned);
    const name = t(pinned ? 'stage.unpin' : 'stage.pin');
    this.#pin.setAttribute('aria-pressed', String(pinned));
    this.#pin.setAttribute('aria-label', name);
    this.#pin.title = name;
    this.#pin.replaceChildren(icon(pinned ? 'unpin' : 'pin'));
  }

  /** @param {string} speaker  id of the device, '' for the default */
  setSpeaker(speaker) {
    if (this.own || !canChooseSpeaker() || this.video.sinkId === speaker) return;
    this.video.setSinkId(speaker).catch(() => {}); // unplugged: the default goes on
  }

  /** @param {Rect | null} rect  null hides it; the sound goes on @param {'large' | 'small' | 'float' | ''} place */
  place(rect, place = '') {
    this.visible = rect !== null;
    this.element.classList.toggle('away', rect === null);
    this.element.dataset.place = place;
    if (!rect) {
      this.element.inert = true;
      if (document.fullscreenElement === this.element) return; // it is looked at all the same
      this.#zoom?.enable(false);
      return;
    }
    this.element.inert = false;
    if (rect.width !== this.size.width || rect.height !== this.size.height) this.sizedAt = performance.now();
    this.size = { width: rect.width, height: rect.height };
    if (!this.#placed) {
      // The first place is taken at once; only changes are seen to happen.
      this.#placed = true;
      this.element.classList.add('fresh');
      requestAnimationFrame(() => requestAnimationFrame(() => this.element.classList.remove('fresh')));
    }
    this.moveTo(rect.x, rect.y);
    const { style } = this.element;
    style.setProperty('--w', `${rect.width}px`);
    style.setProperty('--h', `${rect.height}px`);
    this.element.classList.toggle('tiny', rect.width < 190);
    this.#sized();
  }

  /** In the stage. @param {number} x @param {number} y */
  moveTo(x, y) {
    this.position = { x, y };
    this.element.style.setProperty('--x', `${x}px`);
    this.element.style.setProperty('--y', `${y}px`);
  }

  /** Follows where it is shown now, which may be the whole screen. */
  #sized() {
    const whole = document.fullscreenElement === this.element;
    const { place } = this.element.dataset;
    const size = whole ? { width: innerWidth, height: innerHeight } : this.size;
    this.#media.sized(size, !whole && (place === 'small' || place === 'float'));
    this.#zoom?.enable(whole || place === 'large');
  }

  remove() {
    this.#media.end();
    this.element.remove();
  }
}

/** @param {import('./icons.js').IconName} name @param {string} label */
function badge(name, label) {
  const element = el('span', {
    class: `badge badge-${name}`,
    role: 'img',
    'aria-label': label,
    title: label,
  });
  element.append(icon(name));
  return element;
}
