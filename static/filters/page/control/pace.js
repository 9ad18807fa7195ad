/**
 * How much work per frame this machine can do: model, layer size, how often the model runs. Pure; follows
 * measured milliseconds, never the browser's name.
 *
 * Steps down quickly when frames come too late, up slowly, and ever more slowly after an attempt that failed.
 */

/**
 * @typedef {object} Level
 * @property {'square' | 'landscape'} model
 * @property {boolean} [both] where one model is in doubt, the other one looks as well
 * @property {number} width of the model's picture and of the mask, pixels
 * @property {number} height
 * @property {boolean} paired each frame waits for its own outline; otherwise it takes the last one
 * @property {number} stride the model runs on every n-th frame
 */

/** From the finest to the cheapest. @type {readonly Level[]} */
export const LEVELS = [
  { model: 'square', both: true, width: 256, height: 256, paired: true, stride: 1 },
  { model: 'square', width: 256, height: 256, paired: true, stride: 1 },
  { model: 'landscape', width: 256, height: 144, paired: true, stride: 1 },
  { model: 'landscape', width: 256, height: 144, paired: false, stride: 1 },
  { model: 'landscape', width: 256, height: 144, paired: false, stride: 2 },
  { model: 'landscape', width: 256, height: 144, paired: false, stride: 3 },
];

/** Where a session starts. */
const START = 1;
/** Of the time between two frames: more than this is too slow; less leaves room for the next finer level, which takes
 * 1.6 times as long at most. */
const TOO_SLOW = 0.85;
const ROOM = 0.45;
/** Milliseconds of trouble before stepping down (and UP_MS of ease before stepping up). */
const DOWN_MS = 1000;
/** Much too slow, and the milliseconds that are borne then. */
const HOPELESS = 1.5;
const HOPELESS_MS = 300;
const UP_MS = 5000;
const UP_MAX_MS = 120000;
/** Time after a step in which measurements say nothing yet. */
const SETTLE_MS = 700;

export class Pace {
  /** @param {number} [level] fixed level, for measurements and for people who know better */
  constructor(level) {
    this.fixed = level !== undefined;
    this.index = level ?? START;
    this.smoothed = 0;
    this.patience = UP_MS;
    /** @type {number | undefined} */
    this.slowSince = undefined;
    /** @type {number | undefined} */
    this.easySince = undefined;
    this.steppedAt = -Infinity;
    this.raised = false;
  }

  /** @returns {Level} */
  get level() {
    return LEVELS[this.index];
  }

  /**
   * One outline was made.
   * @param {number} took milliseconds from grabbing the frame to its outline
   * @param {number} interval milliseconds between two camera frames
   * @param {number} now
   */
  measured(took, interval, now) {
    this.smoothed = this.smoothed === 0 ? took : this.smoothed + 0.1 * (took - this.smoothed);
    if (this.fixed || now - this.steppedAt < SETTLE_MS) return;
    const load = this.smoothed / (interval * this.level.stride);
    this.slowSince = load > TOO_SLOW ? (this.slowSince ?? now) : undefined;
    this.easySince = load < ROOM ? (this.easySince ?? now) : undefined;
    const borne = load > HOPELESS ? HOPELESS_MS : DOWN_MS;
    if (this.slowSince !== undefined && now - this.slowSince >= borne) this.down(now);
    else if (this.easySince !== undefined && now - this.easySince >= this.patience) this.up(now);
  }

  /** @param {number} now */
  down(now) {
    if (this.raised) this.patience = Math.min(2 * this.patience, UP_MAX_MS);
    if (this.index < LEVELS.length - 1) this.step(this.index + 1, now, false);
  }

  /** @param {number} now */
  up(now) {
    if (this.index > 0) this.step(this.index - 1, now, true);
  }

  /**
   * @param {number} index
   * @param {number} now
   * @param {boolean} raised
   */
  step(index, now, raised) {
    this.index = index;
    this.raised = raised;
    this.steppedAt = now;
    this.smoothed = 0;
    this.slowSince = this.easySince = undefined;
  }
}
