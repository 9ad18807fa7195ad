/**
 * The only way out: the published track, and the one function that puts a picture on it.
 *
 * Owns the track, the canvas that it may be captured from, and the gate that says what may leave. Nothing is drawn on
 * that canvas before it may be seen: browsers that capture it publish what is there when they paint.
 */
import { Gate } from './gate.js';
import { Outlet } from './outlet.js';

/**
 * Draws itself, opaque, when it is asked to.
 * @typedef {{width: number, height: number, draw: (context: CanvasRenderingContext2D) => void}} Picture
 */

export class Exit {
  /** @type {Outlet} */
  #outlet;

  /** @param {() => void} onLost what was drawn before may be empty now, and cover nothing */
  constructor(onLost) {
    this.gate = new Gate();
    const canvas = document.createElement('canvas');
    const context = canvas.getContext('2d', { alpha: false });
    if (context === null) throw new Error('no 2D canvas');
    this.context = context;
    canvas.addEventListener('contextlost', onLost);
    this.#outlet = new Outlet(canvas);
    /** @type {import('./gate.js').Kind | ''} of what left last */
    this.last = '';
    this.closed = false;
  }

  /** The published track; the same one for all of the exit's life. */
  get track() {
    return this.#outlet.track;
  }

  /** Whether frames can be published, not only pictures. */
  get takesFrames() {
    return this.#outlet.passes;
  }

  /**
   * Publish a picture or a frame, if the gate permits.
   * @param {import('./gate.js').Kind} kind
   * @param {number} time when the camera's frame came that it shows, milliseconds
   * @param {Picture | VideoFrame} image a frame is closed in any case
   * @returns {boolean} whether it left
   */
  publish(kind, time, image) {
    const permitted = !this.closed && this.gate.permits(kind, time);
    const now = performance.now();
    if (permitted) {
      this.last = kind;
      if (kind === 'covered') this.gate.shown(now);
      if ('draw' in image) this.draw(image, now);
      else this.#outlet.pass(image, now);
    }
    if ('close' in image) image.close();
    return permitted;
  }

  /**
   * @param {Picture} picture
   * @param {number} now
   */
  draw({ width, height, draw }, now) {
    const { canvas } = this.context;
    if (canvas.width !== width || canvas.height !== height) [canvas.width, canvas.height] = [width, height];
    draw(this.context);
    this.#outlet.draw(now);
  }

  /** Another camera: its frames' clock may be another one. */
  newClock() {
    this.#outlet.newClock();
  }

  /** End the track. */
  close() {
    this.closed = true;
    this.#outlet.close();
  }
}
