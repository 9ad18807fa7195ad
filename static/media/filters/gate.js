/**
 * Decides what may leave: the one place that keeps raw pictures in. Pure; time comes in as milliseconds.
 *
 * Once a filter that needs the person's outline has been chosen, the answer is never `open` again until the
 * person chooses otherwise, whatever fails: loading, worker, camera, tab. Owns nothing but a few numbers.
 */

/** An outline may be used again for so long, for frames that came while the worker was busy. */
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

export class Gate {
  constructor() {
    this.required = false;
    /** @type {number | undefined} time of the last outline made for this choice */
    this.maskAt = undefined;
    /** @type {string} why it stays closed for good; '' when it does not */
    this.broken = '';
  }

  /** The person chose a filter that needs an outline. */
  require() {
    if (this.required) return;
    this.required = true;
    this.maskAt = undefined;
    this.broken = '';
  }

  /** The person chose to do without: the only way to open it. */
  release() {
    this.required = false;
    this.maskAt = undefined;
    this.broken = '';
  }

  /**
   * A frame was composited with its own outline.
   * @param {number} now
   */
  masked(now) {
    this.maskAt = now;
    this.broken = '';
  }

  /** The picture's size or source changed: what was composited last is no picture of this camera. */
  forget() {
    this.maskAt = undefined;
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
    const age = now - this.maskAt;
    if (age <= REUSE_MS) return 'fresh';
    return age <= HOLD_MS ? 'hold' : 'veil';
  }
}
