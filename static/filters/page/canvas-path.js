/**
 * The path by canvas: the camera's picture is staged, the worker gets a small picture of it and gives back a small
 * layer, which is drawn over the stage. Works in every browser and with every filter. Takes pictures and layers,
 * returns pictures; publishes nothing. Owns the last layer.
 */
/** @typedef {import('./exit.js').Picture} Picture */

export class CanvasPath {
  /** @param {import('./compositor.js').Compositor} compositor */
  constructor(compositor) {
    this.compositor = compositor;
    /** For the layer that was asked for. @type {OffscreenCanvas | null} */
    this.behind = null;
    /** @type {import('./compositor.js').Layer | null} */
    this.layer = null;
  }

  /**
   * @param {import('../contract.js').Ask} ask for the frame on the stage
   * @param {import('../contract.js').Size} whole of the whole frame's picture
   * @param {ReturnType<import('./behind.js').BehindPicture['of']>} behind
   * @returns {import('../contract.js').FrameRequest}
   */
  request(ask, whole, behind) {
    const { compositor } = this;
    this.behind = behind?.context.canvas ?? null;
    const bitmap = compositor.grab(ask.rect, ask.width, ask.height, whole);
    return { ...ask, type: 'frame', bitmap, aspect: compositor.aspect };
  }

  /**
   * Keep what the worker made.
   * @param {import('../contract.js').LayerAnswer} answer
   * @param {import('../contract.js').Ask} ask that it answers
   */
  keep({ bitmap, far }, { rect, width, height, spec }) {
    if (bitmap === null) return;
    this.drop();
    this.layer = { bitmap, far, rect, width, height, kind: spec.kind, behind: this.behind };
  }

  /** The staged picture with the last layer over it. @returns {Picture | null} */
  covered() {
    return this.layer === null ? null : this.compositor.covered(this.layer);
  }

  /** Forget the last layer. */
  drop() {
    this.layer?.bitmap.close();
    this.layer = null;
  }
}
