/**
 * By which of two paths pictures are put together. Pure; decides by measured milliseconds, never
 * by the browser's name.
 *
 * - `planes`: the worker gets the camera's frames and gives back finished ones. It goes first, where the browser
 *   can do it.
 * - `canvas`: the page draws on a canvas, the worker sees small pictures only. Works everywhere.
 *
 * What is compared is the cost of a frame besides the model, which is the same for both. While `planes` costs little,
 * that is all; where it is expensive (frames that must first be fetched from a graphics card), `canvas` gets a trial
 * and the cheaper one stays.
 */

/** @typedef {'planes' | 'canvas'} Path */

/** Frames that are not counted after a start: buffers and compiled code are new. */
const WARM = 20;
/** Frames whose mean decides. */
const TRIAL = 40;
/** Share of the time between two frames that is cheap enough to look no further. */
const CHEAP = 0.5;
/** What drawing costs outside the page's thread, which cannot be seen from here, in shares of what it costs inside. */
const UNSEEN = 1;

export class PathChoice {
  /** @param {Path} [fixed] for tests and measurements */
  constructor(fixed) {
    this.fixed = fixed;
    /** @type {Path} */
    this.preferred = fixed ?? 'planes';
    this.settled = fixed !== undefined;
    this.count = 0;
    this.sum = 0;
    /** @type {Partial<Record<Path, number>>} mean milliseconds */
    this.means = {};
  }

  /**
   * One frame was put together.
   * @param {Path} path
   * @param {number} page milliseconds of the page
   * @param {number} worker milliseconds of the worker, without the model
   * @param {number} interval milliseconds between two frames
   */
  measured(path, page, worker, interval) {
    if (this.settled || path !== this.preferred) return;
    this.count++;
    if (this.count <= WARM) return;
    this.sum += worker + page * (path === 'canvas' ? 1 + UNSEEN : 1);
    if (this.count < WARM + TRIAL) return;
    this.means[path] = this.sum / TRIAL;
    [this.count, this.sum] = [0, 0];
    const { planes = Infinity, canvas } = this.means;
    this.settled = canvas !== undefined || planes < CHEAP * interval;
    this.preferred = planes <= (canvas ?? (this.settled ? Infinity : 0)) ? 'planes' : 'canvas';
  }
}
