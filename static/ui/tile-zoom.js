// @ts-check
/**
 * Looking closer at a large tile: with the wheel, two fingers, buttons, or + − 0 and the arrow keys; dragged while
 * enlarged. What others see is not touched. The arithmetic is `model/zoom.js`.
 */
import { t } from '../base/texts.js';
import { el } from '../base/dom.js';
import { dragged, transformOf, WHOLE, zoomed } from '../model/zoom.js';
import { iconButton } from './icons.js';

/** How much one press of a button, and one pixel of the wheel, enlarges. */
const STEP = 1.4;
const PER_PIXEL = 1.0022;
/** Part of the tile that an arrow key moves. */
const NUDGE = 0.15;

export class TileZoom {
  tools = el('div', { class: 'tile-zoom', role: 'group', 'aria-label': t('stage.zoom') });
  #view = { ...WHOLE };
  #tile;
  #video;
  /** Fingers and buttons on the tile, by id. @type {Map<number, {x: number, y: number}>} */
  #pointers = new Map();
  #enabled = false;
  #out;

  /** @param {HTMLElement} tile @param {HTMLVideoElement} video */
  constructor(tile, video) {
    this.#tile = tile;
    this.#video = video;
    this.#out = iconButton('zoomOut', t('stage.zoom.out'), { class: 'small', onclick: () => this.#zoom(1 / STEP) });
    this.tools.append(
      this.#out,
      iconButton('zoomIn', t('stage.zoom.in'), { class: 'small', onclick: () => this.#zoom(STEP) }),
    );
    this.tools.addEventListener('keydown', (event) => this.#onKey(event));
    tile.addEventListener('wheel', (event) => this.#onWheel(event), { passive: false });
    tile.addEventListener('pointerdown', (event) => this.#onDown(event));
    tile.addEventListener('pointermove', (event) => this.#onMove(event));
    for (const type of /** @type {const} */ (['pointerup', 'pointercancel']))
      tile.addEventListener(type, ({ pointerId }) => this.#pointers.delete(pointerId));
    this.enable(false);
  }

  /** Only what is large can be looked at closer; otherwise it is shown as it is. @param {boolean} enabled */
  enable(enabled) {
    this.#enabled = enabled;
    this.tools.hidden = !enabled;
    if (!enabled) this.#show({ ...WHOLE });
  }

  /** @param {number} factor @param {{x: number, y: number}} [at] */
  #zoom(factor, at) {
    this.#show(zoomed(this.#view, factor, at));
  }

  /** @param {import('../model/zoom.js').View} view */
  #show(view) {
    this.#view = view;
    const enlarged = view.scale > 1;
    this.#video.style.setProperty('transform', transformOf(view));
    this.#tile.classList.toggle('enlarged', enlarged);
    this.#out.disabled = !enlarged;
    if (!enlarged) this.#pointers.clear();
  }

  /** Where in the tile. @param {{clientX: number, clientY: number}} event */
  #at({ clientX, clientY }) {
    const { left, top, width, height } = this.#tile.getBoundingClientRect();
    return { x: (clientX - left) / width, y: (clientY - top) / height };
  }

  /** @param {WheelEvent} event */
  #onWheel(event) {
    if (!this.#enabled) return;
    event.preventDefault();
    const pixels = event.deltaMode === WheelEvent.DOM_DELTA_PIXEL ? event.deltaY : event.deltaY * 30;
    this.#zoom(PER_PIXEL ** -pixels, this.#at(event));
  }

  /** @param {PointerEvent} event */
  #onDown(event) {
    if (!this.#enabled || (event.target instanceof Element && event.target.closest('button'))) return;
    if (event.button !== 0) return;
    this.#pointers.set(event.pointerId, this.#at(event));
    if (this.#view.scale > 1 || this.#pointers.size === 2) this.#tile.setPointerCapture(event.pointerId);
  }

  /** @param {PointerEvent} event */
  #onMove(event) {
    const before = this.#pointers.get(event.pointerId);
    if (!before) return;
    const now = this.#at(event);
    this.#pointers.set(event.pointerId, now);
    const [other] = [...this.#pointers].filter(([id]) => id !== event.pointerId).map(([, at]) => at);
    if (other) {
      const apart = Math.hypot(now.x - other.x, now.y - other.y);
      const was = Math.hypot(before.x - other.x, before.y - other.y);
      if (was > 0) this.#zoom(apart / was, { x: (now.x + other.x) / 2, y: (now.y + other.y) / 2 });
    } else if (this.#view.scale > 1) this.#show(dragged(this.#view, now.x - before.x, now.y - before.y));
  }

  /** @param {KeyboardEvent} event */
  #onKey(event) {
    /** @type {Record<string, () => void>} */
    const keys = {
      '+': () => this.#zoom(STEP),
      '-': () => this.#zoom(1 / STEP),
      0: () => this.#show({ ...WHOLE }),
      ArrowLeft: () => this.#show(dragged(this.#view, NUDGE, 0)),
      ArrowRight: () => this.#show(dragged(this.#view, -NUDGE, 0)),
      ArrowUp: () => this.#show(dragged(this.#view, 0, NUDGE)),
      ArrowDown: () => this.#show(dragged(this.#view, 0, -NUDGE)),
    };
    const action = keys[event.key];
    if (!action || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    event.stopPropagation();
    action();
  }
}
