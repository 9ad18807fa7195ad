/**
 * The tiles of a recording: one for each file that is to be seen or heard at the moment. A shared screen is large, and
 * so is whatever somebody enlarges.
 * @module
 */

import { el } from '../../base/dom.js';
import { t } from '../../base/texts.js';
import { streamName } from './format.js';

/** @typedef {import('./context.js').File} File */
/** @typedef {import('./step.js').Step} Step */
/** @typedef {{file: File, part: import('./step.js').Part, element: HTMLElement, trouble: HTMLElement, name: HTMLElement}} Tile */

export class Stage {
  volume = 1;
  muted = false;
  /** @type {Tile | null} */
  #large = null;
  /** @type {Tile[]} */
  #tiles;

  /**
   * @param {string} page where the files are, ending in a slash @param {File[]} files
   * @param {{client: string, start: number, end: number}[]} spoken @param {Step} step gets its parts here
   */
  constructor(page, files, spoken, step) {
    this.page = page;
    this.step = step;
    this.spoken = spoken;
    this.element = el('div', { class: 'stage' });
    this.#tiles = files.map((file) => this.#tile(file));
    step.parts.push(...this.#tiles.map(({ part }) => part));
    this.element.append(...this.#tiles.map(({ element }) => element));
  }

  /** Shows what is to be seen at the step's position. */
  update() {
    const { position } = this.step;
    const speaking = new Set(this.spoken.filter(({ start, end }) => position >= start && position < end).map(({ client }) => client));
    const shown = this.#tiles.filter((tile) => {
      this.#load(tile);
      const active = this.step.active(tile.part);
      tile.element.hidden = !active;
      tile.element.classList.toggle('speaking', tile.file.label !== 'screenshare' && speaking.has(tile.file.client));
      return active;
    });
    if (this.#large && !shown.includes(this.#large)) this.#enlarge(null);
    const large = this.#large ?? shown.find(({ file }) => file.label === 'screenshare') ?? null;
    for (const tile of this.#tiles) tile.element.classList.toggle('large', tile === large && shown.length > 1);
    this.element.classList.toggle('with-large', large !== null && shown.length > 1);
    this.element.style.setProperty('--columns', String(Math.ceil(Math.sqrt(shown.length))));
    this.element.style.setProperty('--others', String(Math.max(1, shown.length - 1)));
    this.element.classList.toggle('waiting', this.step.waiting);
  }

  /** @param {number} volume 0 to 1 @param {boolean} muted */
  sound(volume, muted) {
    this.volume = volume;
    this.muted = muted;
    for (const { part } of this.#tiles) this.#applySound(part);
  }

  close() {
    for (const tile of this.#tiles) this.#unload(tile);
  }

  /** @param {File} file @returns {Tile} */
  #tile(file) {
    const who = file.username || t('recordings.noName');
    const what = file.label === 'camera' ? '' : streamName(file.label);
    const full = what ? t('recordings.streamOf', { name: who, what }) : who;
    const trouble = el('p', { class: 'tile-trouble', hidden: true }, t('recordings.cannotPlay'));
    const name = el('button', {
      class: 'tile-name', 'aria-pressed': 'false', 'aria-label': t('recordings.enlarge', { name: full }),
      onclick: () => this.#enlarge(this.#large === tile ? null : tile),
    }, full);
    const element = el('div', { class: `tile${file.video ? '' : ' sound-only'}`, hidden: true },
      file.video ? null : el('span', { class: 'tile-initial', 'aria-hidden': 'true' }, initial(who)), trouble, name);
    /** @type {Tile} */
    const tile = { file, part: { offset: file.offset, duration: file.duration ?? Infinity, media: null }, element, trouble, name };
    return tile;
  }

  /** Gets a file when it is near, and lets it go when it is not. @param {Tile} tile */
  #load(tile) {
    const { part, file, element, trouble } = tile;
    const near = this.step.near(part);
    if (!near && part.media) this.#unload(tile);
    if (!near || part.media) return;
    const media = /** @type {HTMLMediaElement} */ (el(file.video ? 'video' : 'audio', { preload: 'auto', playsinline: true, tabindex: '-1' }));
    media.addEventListener('error', () => { trouble.hidden = false; });
    media.addEventListener('loadedmetadata', () => {
      if (Number.isFinite(part.duration)) return;
      part.duration = media.duration; // of a file that nothing was known about
      this.step.duration = Math.max(this.step.duration, part.offset + media.duration);
    });
    media.src = `${this.page}${encodeURIComponent(file.name)}?play`;
    part.media = media;
    this.#applySound(part);
    element.prepend(media);
  }

  /** @param {Tile} tile */
  #unload({ part, trouble }) {
    const media = /** @type {HTMLMediaElement | null} */ (part.media);
    if (!media) return;
    part.media = null;
    trouble.hidden = true;
    media.pause();
    media.removeAttribute('src');
    media.load();
    media.remove();
  }

  /** @param {import('./step.js').Part} part */
  #applySound({ media }) {
    if (!media) return;
    const element = /** @type {HTMLMediaElement} */ (media);
    element.volume = this.volume;
    element.muted = this.muted;
  }

  /** @param {Tile | null} tile */
  #enlarge(tile) {
    this.#large?.name.setAttribute('aria-pressed', 'false');
    this.#large = tile;
    tile?.name.setAttribute('aria-pressed', 'true');
    this.update();
  }
}

/** @param {string} name */
function initial(name) {
  return ([...name.trim()][0] ?? '?').toUpperCase();
}
