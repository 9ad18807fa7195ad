/**
 * Canvas work of the pipeline: stage, grab, composite, veil.
 *
 * The camera's picture is drawn on the *stage*, a canvas that is never published. The *output* canvas is
 * published, and only three methods draw on it: `composite` (stage plus layer), `veil` (blurred beyond
 * recognition) and `open` (no outline needed). Each finishes the picture before it returns, so that between two
 * tasks the output never holds a picture that must not leave. Who calls which is not decided here.
 *
 * Owns its canvases.
 */

import { veiled } from './veil.js';

/**
 * @typedef {object} Orientation
 * @property {boolean} mirrorX left and right exchanged
 * @property {boolean} mirrorY up and down exchanged
 * @property {0 | 90 | 180 | 270} rotate degrees clockwise
 */

/** @typedef {import('./crop.js').Rect} Rect */
/** @typedef {CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D} Context */

/** The picture of the whole frame that accompanies the model's, pixels; as in worker/layer.js. */
const WHOLE_WIDTH = 256;
const WHOLE_HEIGHT = 144;
/** The blurred background in a layer, pixels; as in worker/layer.js. */
const BLUR_WIDTH = 128;
const BLUR_HEIGHT = 72;
const GAP = 2;
/** A smaller picture is used when it has at least this many of the pixels that are wanted, in each direction. */
const ENOUGH = 0.9;

/**
 * A layer together with what it covers.
 * @typedef {object} Layer
 * @property {ImageBitmap} bitmap
 * @property {Rect} rect
 * @property {number} width of the near part, pixels
 * @property {number} height
 * @property {'blur' | 'cut'} kind
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
    this.output = document.createElement('canvas');
    const context = this.output.getContext('2d', { alpha: false });
    if (context === null) throw new Error('no 2D canvas');
    this.context = context;
    this.stage = new OffscreenCanvas(1, 1);
    this.staged = context2d(this.stage, { alpha: false });
    this.small = new OffscreenCanvas(WHOLE_WIDTH, WHOLE_WIDTH + WHOLE_HEIGHT);
    this.smallContext = context2d(this.small, { alpha: false });
    this.shrunk = [2, 4].map(() => {
      const canvas = new OffscreenCanvas(1, 1);
      return { canvas, context: context2d(canvas, { alpha: false }) };
    });
    /** @type {OffscreenCanvas | null} the person cut out, only for pictures behind */
    this.person = null;
  }

  get width() {
    return this.output.width;
  }

  get height() {
    return this.output.height;
  }

  /**
   * Give all canvases the frame's size. The output is black until something is drawn.
   * @param {number} width
   * @param {number} height
   * @returns {boolean} whether anything changed
   */
  fit(width, height) {
    if (this.output.width === width && this.output.height === height) return false;
    [this.output.width, this.output.height] = [width, height];
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
   * @returns {ImageBitmap}
   */
  grab(rect, width, height) {
    const { small, smallContext: context } = this;
    const across = Math.max(width, WHOLE_WIDTH);
    if (small.width !== across || small.height !== height + WHOLE_HEIGHT) {
      [small.width, small.height] = [across, height + WHOLE_HEIGHT];
    }
    this.shrink();
    this.part(context, rect, 0, width, height);
    this.part(context, [0, 0, 1, 1], height, WHOLE_WIDTH, WHOLE_HEIGHT);
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
   * Publishable: the staged picture with its background covered.
   * @param {Layer} layer
   * @param {OffscreenCanvas | null} behind a picture of the frame's size, for layers of kind `cut`
   */
  composite(layer, behind) {
    if (layer.kind === 'cut' && behind !== null) this.compositeCut(layer, behind);
    else if (layer.kind === 'blur') this.compositeBlur(layer);
    else throw new Error('a cut layer needs a picture behind');
  }

  /** @param {Layer} layer */
  compositeBlur(layer) {
    const { context, width, height } = this;
    const [x, y, w, h] = pixelRect(layer.rect, width, height);
    context.drawImage(this.stage, x, y, w, h, x, y, w, h);
    context.drawImage(layer.bitmap, 0, 0, layer.width, layer.height, x, y, w, h);
    this.far(layer, 0, 0, width, y);
    this.far(layer, 0, y + h, width, height - y - h);
    this.far(layer, 0, y, x, h);
    this.far(layer, x + w, y, width - x - w, h);
  }

  /**
   * One rectangle of blurred background outside the model's.
   * @param {Layer} layer
   * @param {number} x
   * @param {number} y
   * @param {number} w
   * @param {number} h
   */
  far(layer, x, y, w, h) {
    if (w <= 0 || h <= 0) return;
    const [sx, sy] = [BLUR_WIDTH / this.width, BLUR_HEIGHT / this.height];
    const top = layer.height + GAP;
    this.context.drawImage(layer.bitmap, x * sx, top + y * sy, w * sx, h * sy, x, y, w, h);
  }

  /**
   * @param {Layer} layer
   * @param {OffscreenCanvas} behind
   */
  compositeCut(layer, behind) {
    const { context, width, height } = this;
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
   * Publishable: a picture blurred beyond recognition.
   * @param {HTMLVideoElement} video
   * @param {Orientation} orientation
   */
  veil(video, orientation) {
    const { context, width, height } = this;
    if (video.videoWidth === 0) {
      context.fillStyle = '#333';
      context.fillRect(0, 0, width, height);
      return;
    }
    // Not by the stage, whose picture may wait for its outline: with a later one it would not fit.
    const half = new OffscreenCanvas(Math.ceil(width / 2), Math.ceil(height / 2));
    drawOriented(context2d(half, { alpha: false }), video, half.width, half.height, orientation);
    context.drawImage(veiled(half), 0, 0, width, height);
  }

  /**
   * Publishable only when no outline is needed.
   * @param {HTMLVideoElement} video
   * @param {Orientation} orientation
   */
  open(video, orientation) {
    drawOriented(this.context, video, this.width, this.height, orientation);
  }

  /** Give the pixels back; the compositor is of no use afterwards. */
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
export function pixelRect(rect, width, height) {
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
