/**
 * Decides what may leave: the one place that keeps raw pictures in. Pure; time comes in as milliseconds.
 *
 * Once a filter that needs the person's outline has been chosen, the answer is never `open` again until the
 * person chooses otherwise, whatever fails: loading, worker, camera, tab. Owns nothing but a few numbers.
 */

/** An outline may serve for frames that came so much later than its own, while the worker was busy. */
export const REUSE_MS = 250;
/** The last composited frame stays for so long before a blurred picture takes its place. */
export const HOLD_MS = 500;

/**
 * - `open`: no outline is needed, any frame may leave
 * - `fresh`: frames composited with the last outline may leave
 * - `hold`: nothing new; the last composited frame stays
 * - `veil`: only a fully blurred picture
 * @typedef {'open' | 'fresh' | 'hold' | 'veil'} View
 */

/**
 * What a picture is: the camera's own, one with its background covered, or one blurred beyond recognition.
 * @typedef {'open' | 'covered' | 'veil'} Kind
 */

export class Gate {
  constructor() {
    this.required = false;
    /** @type {number | undefined} when the frame came of which the last outline was made, for this choice */
    this.maskAt = undefined;
    /** When a composited frame last left. */
    this.shownAt = -Infinity;
    /** @type {string} why it stays closed for good; '' when it does not */
    this.broken = '';
  }

  /** The person chose a filter that needs an outline. */
  require() {
    if (this.required) return;
    this.required = true;
    this.forget();
    this.broken = '';
  }

  /** The person chose to do without: the only way to open it. */
  release() {
    this.required = false;
    this.forget();
    this.broken = '';
  }

  /**
   * The rule: as it is, a picture leaves only while no outline is needed; covered, if the last outline is of that
   * moment or shortly before; veiled in any case.
   * @param {Kind} kind
   * @param {number} time when the camera's frame came that it shows
   */
  permits(kind, time) {
    if (!this.required) return kind === 'open';
    return kind === 'veil' || (kind === 'covered' && this.view(time) === 'fresh');
  }

  /**
   * An outline was made.
   * @param {number} at when the frame came that it was made of: however long it took, people have moved since
   */
  masked(at) {
    this.maskAt = at;
    this.broken = '';
  }

  /**
   * A composited frame left.
   * @param {number} now
   */
  shown(now) {
    this.shownAt = now;
  }

  /** The picture's size or source changed: what was composited last is no picture of this camera. */
  forget() {
    this.maskAt = undefined;
    this.shownAt = -Infinity;
  }

  /**
   * Segmentation gave up; it stays closed until an outline comes after all.
   * @param {string} reason
   */
  fail(reason) {
    this.broken = reason;
  }

  /**
   * @param {number} now
   * @returns {View}
   */
  view(now) {
    if (!this.required) return 'open';
    if (this.maskAt === undefined) return 'veil';
    if (now - this.maskAt <= REUSE_MS) return 'fresh';
    return now - this.shownAt <= HOLD_MS ? 'hold' : 'veil';
  }
}
