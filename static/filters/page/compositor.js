/**
 * Canvas work: stage, grab, and the pictures that may be published.
 *
 * The camera's picture is drawn on the *stage*, a canvas that nobody publishes. What is made of it is a `Picture`: it
 * draws itself, opaque, when the exit lets it, and not before.
 *
 * Owns its canvases; the published one is the exit's.
 */

import { veiled } from './veil.js';

/** @typedef {import('../contract.js').Rect} Rect */
/** @typedef {import('../effects/filter.js').Orientation} Orientation */
/** @typedef {import('../contract.js').Size} Size */
/** @typedef {import('./exit.js').Picture} Picture */
/** @typedef {CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D} Context */

/** A smaller picture is used when it has at least this many of the pixels that are wanted, in each direction. */
const ENOUGH = 0.9;

/**
 * A layer together with what it covers.
 * @typedef {object} Layer
 * @property {ImageBitmap} bitmap
 * @property {Rect} rect
 * @property {number} width of the near part, pixels
 * @property {number} height
 * @property {Size & {top: number}} far where in the bitmap the far part is
 * @property {'blur' | 'cut'} kind
 * @property {OffscreenCanvas | null} behind a picture of the frame's size, for layers of kind `cut`
 */

/**
 * @param {OffscreenCanvas} canvas
 * @param {CanvasRenderingContext2DSettings} [settings]
 */
function context2d(canvas, settings) {
  const context = canvas.getContext('2d', settings);
  if (context === null) throw new Error('no 2D canvas');
  return context;
}

export class Compositor {
  constructor() {
    this.stage = new OffscreenCanvas(1, 1);
    this.staged = context2d(this.stage, { alpha: false });
    this.small = new OffscreenCanvas(1, 1);
    this.smallContext = context2d(this.small, { alpha: false });
    this.shrunk = [2, 4].map(() => {
      const canvas = new OffscreenCanvas(1, 1);
      return { canvas, context: context2d(canvas, { alpha: false }) };
    });
    /** @type {OffscreenCanvas | null} the person cut out, only for pictures behind */
    this.person = null;
    /** @type {import('../effects/registry.js').Effects['paints']} */
    this.paints = [];
  }

  get width() {
    return this.stage.width;
  }

  get height() {
    return this.stage.height;
  }

  get aspect() {
    return this.width / this.height;
  }

  /**
   * Take on the frame's size.
   * @param {number} width
   * @param {number} height
   * @returns {boolean} whether anything changed
   */
  fit(width, height) {
    if (this.width === width && this.height === height) return false;
    [this.stage.width, this.stage.height] = [width, height];
    this.person = null;
    return true;
  }

  /**
   * Take the camera's picture.
   * @param {HTMLVideoElement} video
   * @param {Orientation} orientation
   */
  capture(video, orientation) {
    drawOriented(this.staged, video, this.width, this.height, orientation);
  }

  /**
   * The small picture for the worker: the model's part of the frame above the whole frame.
   * @param {Rect} rect
   * @param {number} width of the model's picture, pixels
   * @param {number} height
   * @param {Size} whole of the whole frame's picture
   * @returns {ImageBitmap}
   */
  grab(rect, width, height, whole) {
    const { small, smallContext: context } = this;
    const [across, down] = [Math.max(width, whole.width), height + whole.height];
    if (small.width !== across || small.height !== down) [small.width, small.height] = [across, down];
    this.shrink();
    this.part(context, rect, 0, width, height);
    this.part(context, [0, 0, 1, 1], height, whole.width, whole.height);
    return small.transferToImageBitmap();
  }

  /**
   * The stage at half and at quarter size: exact halves are averages, where one large step would pick single
   * pixels; fine patterns would then flicker in the blur and mislead the model.
   */
  shrink() {
    let from = this.stage;
    for (const { canvas, context } of this.shrunk) {
      const [w, h] = [Math.max(1, from.width >> 1), Math.max(1, from.height >> 1)];
      if (canvas.width !== w || canvas.height !== h) [canvas.width, canvas.height] = [w, h];
      context.drawImage(from, 0, 0, w, h);
      from = canvas;
    }
  }

  /**
   * Draw a part of the frame from the smallest picture that is not enlarged by it.
   * @param {Context} context
   * @param {Rect} rect
   * @param {number} top where in the small picture
   * @param {number} width
   * @param {number} height
   */
  part(context, rect, top, width, height) {
    let from = this.stage;
    for (const { canvas } of this.shrunk) {
      if (rect[2] * canvas.width >= width * ENOUGH && rect[3] * canvas.height >= height * ENOUGH) from = canvas;
    }
    const [w, h] = [from.width, from.height];
    context.drawImage(from, rect[0] * w, rect[1] * h, rect[2] * w, rect[3] * h, 0, top, width, height);
  }

  /**
   * @param {(context: CanvasRenderingContext2D) => void} draw fills the whole canvas
   * @returns {Picture} of the frame's size, with what is painted over it
   */
  picture(draw) {
    const { width, height, paints } = this;
    return { width, height, draw: (context) => [draw, ...paints].forEach((each) => each(context, width, height)) };
  }

  /**
   * The staged picture with its background covered.
   * @param {Layer} layer
   * @returns {Picture}
   */
  covered(layer) {
    const { behind } = layer;
    if (layer.kind === 'blur') return this.picture((context) => this.drawBlurred(context, layer));
    if (behind === null) throw new Error('a cut layer needs a picture behind');
    return this.picture((context) => this.drawCut(context, layer, behind));
  }

  /**
   * @param {Context} context
   * @param {Layer} layer
   */
  drawBlurred(context, layer) {
    const { width, height } = this;
    const [x, y, w, h] = pixelRect(layer.rect, width, height);
    context.drawImage(this.stage, x, y, w, h, x, y, w, h);
    context.drawImage(layer.bitmap, 0, 0, layer.width, layer.height, x, y, w, h);
    this.far(context, layer, 0, 0, width, y);
    this.far(context, layer, 0, y + h, width, height - y - h);
    this.far(context, layer, 0, y, x, h);
    this.far(context, layer, x + w, y, width - x - w, h);
  }

  /**
   * One rectangle of blurred background outside the model's.
   * @param {Context} context
   * @param {Layer} layer
   * @param {number} x
   * @param {number} y
   * @param {number} w
   * @param {number} h
   */
  far(context, { bitmap, far }, x, y, w, h) {
    if (w <= 0 || h <= 0) return;
    const [sx, sy] = [far.width / this.width, far.height / this.height];
    context.drawImage(bitmap, x * sx, far.top + y * sy, w * sx, h * sy, x, y, w, h);
  }

  /**
   * @param {Context} context
   * @param {Layer} layer
   * @param {OffscreenCanvas} behind
   */
  drawCut(context, layer, behind) {
    const { width, height } = this;
    const [x, y, w, h] = pixelRect(layer.rect, width, height);
    this.person ??= new OffscreenCanvas(width, height);
    const cut = context2d(this.person);
    cut.globalCompositeOperation = 'copy';
    cut.drawImage(this.stage, x, y, w, h, 0, 0, w, h);
    cut.globalCompositeOperation = 'destination-out';
    cut.drawImage(layer.bitmap, 0, 0, layer.width, layer.height, 0, 0, w, h);
    context.drawImage(behind, 0, 0, width, height);
    context.drawImage(this.person, 0, 0, w, h, x, y, w, h);
  }

  /**
   * A picture blurred beyond recognition. Not by the stage, whose picture may wait for its outline: with a later one
   * it would not fit.
   * @param {HTMLVideoElement} video
   * @param {Orientation} orientation
   */
  veil(video, orientation) {
    const { width, height } = this;
    return this.picture((context) => {
      context.fillStyle = '#333';
      context.fillRect(0, 0, width, height);
      if (video.videoWidth === 0) return;
      const half = new OffscreenCanvas(Math.ceil(width / 2), Math.ceil(height / 2));
      drawOriented(context2d(half, { alpha: false }), video, half.width, half.height, orientation);
      context.drawImage(veiled(half), 0, 0, width, height);
    });
  }

  /**
   * The camera's picture as it is.
   * @param {HTMLVideoElement} video
   * @param {Orientation} orientation
   */
  open(video, orientation) {
    return this.picture((context) => drawOriented(context, video, this.width, this.height, orientation));
  }

  /** Give the pixels back; the compositor cannot be used afterwards. */
  release() {
    for (const canvas of [this.stage, this.small, ...this.shrunk.map((step) => step.canvas), this.person]) {
      if (canvas !== null) [canvas.width, canvas.height] = [1, 1];
    }
    this.person = null;
  }
}

/**
 * Whole pixels, at least one, inside the frame.
 * @param {Rect} rect
 * @param {number} width
 * @param {number} height
 * @returns {Rect}
 */
function pixelRect(rect, width, height) {
  const x = Math.min(width - 1, Math.round(rect[0] * width));
  const y = Math.min(height - 1, Math.round(rect[1] * height));
  const right = Math.max(x + 1, Math.round((rect[0] + rect[2]) * width));
  const bottom = Math.max(y + 1, Math.round((rect[1] + rect[3]) * height));
  return [x, y, Math.min(right, width) - x, Math.min(bottom, height) - y];
}

/**
 * @param {Context} context
 * @param {HTMLVideoElement} video
 * @param {number} width of the canvas
 * @param {number} height
 * @param {Orientation} orientation
 */
function drawOriented(context, video, width, height, { mirrorX, mirrorY, rotate }) {
  if (!mirrorX && !mirrorY && rotate === 0) {
    context.drawImage(video, 0, 0, width, height);
    return;
  }
  const across = rotate % 180 === 0;
  const [w, h] = across ? [width, height] : [height, width];
  context.save();
  context.translate(width / 2, height / 2);
  context.scale(mirrorX ? -1 : 1, mirrorY ? -1 : 1);
  context.rotate((rotate * Math.PI) / 180);
  context.drawImage(video, -w / 2, -h / 2, w, h);
  context.restore();
}
