/**
 * Which network looks at a part of the frame, and at how many pixels of it. Each was trained on pictures of its own
 * proportions: in a wide part that is squeezed into a square, people are often missed, or taken for one with what
 * is beside them. Pure.
 */

/**
 * @typedef {object} Picture
 * @property {'square' | 'landscape'} model the network that fits
 * @property {boolean} both whether the other one is asked, too, where that one is in doubt
 * @property {number} width pixels
 * @property {number} height
 */

/** Proportions, width divided by height, at or above which a part counts as wide, and below which it no longer does. */
const WIDE = { from: 1.5, until: 1.33 };
/** Pictures in a row that must ask for the other network: to exchange it costs more than one picture. */
const IN_A_ROW = 3;
/** Height of the landscape network's picture, in fractions of its width. */
const LANDSCAPE = 144 / 256;

export class ModelChoice {
  constructor() {
    /** Whether the last part was shown to the landscape network in about that network's proportions. */
    this.wide = true;
    this.others = 0;
  }

  /**
   * @param {import('./pace.js').Level} level what this machine can do
   * @param {import('../../contract.js').Rect} rect the part, fractions of the frame
   * @param {number} aspect of the frame, width divided by height
   * @returns {Picture}
   */
  next({ model, both = false, width, height }, rect, aspect) {
    const proportions = (aspect * rect[2]) / rect[3];
    const same = proportions >= (this.wide ? WIDE.until : WIDE.from) === this.wide;
    this.others = same ? 0 : this.others + 1;
    if (this.others >= IN_A_ROW) {
      this.wide = !this.wide;
      this.others = 0;
    }
    if (model === 'landscape' || !this.wide) return { model, both, width, height };
    return { model: 'landscape', both, width, height: Math.round(width * LANDSCAPE) };
  }

  /** Something else is shown from now on. @param {number} aspect of the frame */
  reset(aspect) {
    this.wide = aspect >= WIDE.from;
    this.others = 0;
  }
}
