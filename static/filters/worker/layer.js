// @ts-check
/// <reference path="mask.js" />
/// <reference path="main.js" />
/**
 * Makes the small layer that the page draws over the frame: the background with the person masked out before
 * blurring, so that no colour of the person bleeds into it. A classic script, loaded by main.js.
 *
 * The layer is one bitmap of two parts, side by side in y: the *near* part covers the model's rectangle and
 * carries the mask in its alpha channel; the *far* part, BLUR_WIDTH × BLUR_HEIGHT, covers the whole frame and
 * is opaque: the page needs it outside the rectangle.
 */

/** The picture of the whole frame, in pixels; the page is told. */
const WHOLE_WIDTH = 256;
const WHOLE_HEIGHT = 144;
/** The blurred background, in pixels; it holds no detail that a finer one would show. */
const BLUR_WIDTH = 128;
const BLUR_HEIGHT = 72;
/** Rows between the two parts: each repeats its neighbour's edge, because scaling samples a little beyond. */
const GAP = 2;

/** @typedef {import('../contract.js').LayerSpec} LayerSpec */

/** Standard deviation from which on half the resolution shows the same blur, in pixels of the half. */
const SMOOTH = 1.4;

/** Blurs the frame's background. Owns its buffers; the result is in `image`. */
class Backdrop {
  constructor() {
    this.fine = new ImageData(BLUR_WIDTH, BLUR_HEIGHT);
    this.coarse = new ImageData(BLUR_WIDTH / 2, BLUR_HEIGHT / 2);
    /** The whole frame's background: `fine`, or `coarse` where the blur is so strong that it shows no less. */
    this.image = this.fine;
    this.sums = new Float32Array(BLUR_WIDTH * BLUR_HEIGHT * 4);
    this.line = new Float32Array(3 * Math.max(BLUR_WIDTH, BLUR_HEIGHT) * 4);
  }

  /**
   * @param {Uint8ClampedArray} whole WHOLE_WIDTH × WHOLE_HEIGHT pixels of the frame
   * @param {Covering} outline
   * @param {number} strength 0 to 1
   * @param {number} aspect the frame's width divided by its height
   */
  fill(whole, outline, strength, aspect) {
    // Standard deviation in fractions of the frame's shorter side, then of its width and height.
    const deviation = 0.012 + 0.05 * strength;
    const across = deviation / Math.max(1, aspect);
    const down = deviation * Math.min(1, aspect);
    const halved = Math.min(across * BLUR_WIDTH, down * BLUR_HEIGHT) / 2 >= SMOOTH;
    this.image = halved ? this.coarse : this.fine;
    this.gather(whole, outline);
    this.blur(across * this.image.width, down * this.image.height);
    this.scatter();
  }

  /**
   * Averages pixels, weighted by how surely they are background: each 2 × 2 have one weight.
   * @param {Uint8ClampedArray} whole
   * @param {Covering} outline
   */
  gather(whole, { mask, width, height, rect }) {
    const { sums, image } = this;
    const shift = image === this.fine ? 0 : 1;
    const stride = WHOLE_WIDTH * 4;
    sums.fill(0, 0, image.width * image.height * 4);
    for (let y = 0; y < BLUR_HEIGHT; y++) {
      const v = Math.floor((((y + 0.5) / BLUR_HEIGHT - rect[1]) / rect[3]) * height);
      const row = v >= 0 && v < height ? v * width : -1;
      for (let x = 0; x < BLUR_WIDTH; x++) {
        const u = Math.floor((((x + 0.5) / BLUR_WIDTH - rect[0]) / rect[2]) * width);
        const person = row < 0 || u < 0 || u >= width ? 0 : mask[row + u];
        const weight = person < 0.08 ? 0.25 : person > 0.4 ? 0.00002 : (0.4 - person) * 0.78;
        const i = y * 2 * stride + x * 8;
        const j = i + stride;
        const o = ((y >> shift) * image.width + (x >> shift)) * 4;
        sums[o] += (whole[i] + whole[i + 4] + whole[j] + whole[j + 4]) * weight;
        sums[o + 1] += (whole[i + 1] + whole[i + 5] + whole[j + 1] + whole[j + 5]) * weight;
        sums[o + 2] += (whole[i + 2] + whole[i + 6] + whole[j + 2] + whole[j + 6]) * weight;
        sums[o + 3] += 4 * weight;
      }
    }
  }

  /**
   * Three box filters in each direction: close to a Gaussian.
   * @param {number} sx standard deviation in pixels
   * @param {number} sy
   */
  blur(sx, sy) {
    const { width, height } = this.image;
    const [rx, ry] = [boxRadius(sx), boxRadius(sy)];
    for (let pass = 0; pass < 3; pass++) {
      for (let y = 0; y < height; y++) this.box(y * width * 4, 4, width, rx);
      for (let x = 0; x < width; x++) this.box(x * 4, width * 4, height, ry);
    }
  }

  /**
   * Running sums of one row or column of four channels, in place. Edges repeat.
   * @param {number} start
   * @param {number} step
   * @param {number} length
   * @param {number} radius pixels, may have a fraction: the outermost pixels then count in part
   */
  box(start, step, length, radius) {
    const { sums, line } = this;
    const whole = Math.floor(radius);
    const part = radius - whole;
    const scale = 1 / (2 * radius + 1);
    const margin = whole + 1;
    const last = start + (length - 1) * step;
    for (let i = -margin, o = 0; i < length + margin; i++, o += 4) {
      const p = i < 0 ? start : i < length ? start + i * step : last;
      line[o] = sums[p];
      line[o + 1] = sums[p + 1];
      line[o + 2] = sums[p + 2];
      line[o + 3] = sums[p + 3];
    }
    let [r, g, b, a] = [0, 0, 0, 0];
    for (let o = 4; o < (2 * whole + 2) * 4; o += 4) {
      r += line[o];
      g += line[o + 1];
      b += line[o + 2];
      a += line[o + 3];
    }
    const ahead = (2 * whole + 2) * 4;
    for (let p = start, before = 0, after = ahead; p !== last + step; p += step, before += 4, after += 4) {
      sums[p] = (r + part * (line[before] + line[after])) * scale;
      sums[p + 1] = (g + part * (line[before + 1] + line[after + 1])) * scale;
      sums[p + 2] = (b + part * (line[before + 2] + line[after + 2])) * scale;
      sums[p + 3] = (a + part * (line[before + 3] + line[after + 3])) * scale;
      r += line[after] - line[before + 4];
      g += line[after + 1] - line[before + 5];
      b += line[after + 2] - line[before + 6];
      a += line[after + 3] - line[before + 7];
    }
  }

  /** Divides by the weights. */
  scatter() {
    const { sums } = this;
    const pixels = this.image.data;
    for (let o = 0; o < pixels.length; o += 4) {
      const scale = 1 / (sums[o + 3] + 1e-9);
      pixels[o] = sums[o] * scale;
      pixels[o + 1] = sums[o + 1] * scale;
      pixels[o + 2] = sums[o + 2] * scale;
      pixels[o + 3] = 255;
    }
  }
}

/**
 * Half width of each of three boxes that together have this standard deviation: 3 (w² - 1) / 12 = σ².
 * @param {number} deviation
 */
function boxRadius(deviation) {
  return (Math.sqrt(4 * deviation * deviation + 1) - 1) / 2;
}

/**
 * @param {OffscreenCanvas} canvas
 * @param {boolean} [reads] whether pixels are read back often
 * @returns {OffscreenCanvasRenderingContext2D}
 */
function context2d(canvas, reads = false) {
  const context = canvas.getContext('2d', { willReadFrequently: reads });
  if (context === null) throw new Error('no 2D canvas in workers');
  return context;
}

/** How opaque the background is around the person. Owns the pixels that say it, in their alpha. */
class Outline {
  constructor() {
    this.near = new ImageData(1, 1);
    this.refined = new Float32Array(0);
    this.table = opacity(0);
    this.tightness = 0;
  }

  /**
   * @param {Covering} outline steady, not yet refined
   * @param {Uint8ClampedArray} picture the model's picture, of the same size
   * @param {LayerSpec} spec
   */
  make({ mask, width, height, rect }, picture, spec) {
    if (this.near.width !== width || this.near.height !== height) {
      this.near = new ImageData(width, height);
      this.refined = new Float32Array(width * height);
    }
    refine(mask, picture, width, height, this.refined, width > 300 ? 2 : 1);
    fadeRim({ mask: this.refined, width, height, rect });
    if (spec.tightness !== this.tightness) {
      this.table = opacity(spec.tightness);
      this.tightness = spec.tightness;
    }
    alphaInto(this.refined, this.table, this.near.data);
    if (spec.wrap > 0) wrapLight(this.near.data, width, height, spec.wrap);
  }
}

/** Puts the two parts together. Owns the canvas that becomes the bitmap. */
class LayerMaker {
  /**
   * @param {Outline} outline
   * @param {Backdrop} backdrop
   */
  constructor(outline, backdrop) {
    this.outline = outline;
    this.backdrop = backdrop;
    this.blurred = new OffscreenCanvas(BLUR_WIDTH, BLUR_HEIGHT);
    this.blurredContext = context2d(this.blurred);
    this.canvas = new OffscreenCanvas(1, 1);
    this.context = context2d(this.canvas);
  }

  /**
   * The outline and the backdrop as they are now.
   * @param {Rect} rect what the outline covers
   * @param {LayerSpec['kind']} kind
   * @returns {{bitmap: ImageBitmap, far: {top: number, width: number, height: number}}}
   */
  make(rect, kind) {
    const { width, height } = this.outline.near;
    this.resize(width, height);
    const { context } = this;
    context.globalCompositeOperation = 'copy';
    context.putImageData(this.outline.near, 0, 0);
    if (kind === 'blur') {
      this.paint(this.backdrop.image);
      this.colour(width, height, rect);
    }
    context.globalCompositeOperation = 'source-over';
    context.drawImage(this.canvas, 0, height - 1, width, 1, 0, height, width, 1);
    context.drawImage(this.canvas, 0, height + GAP, BLUR_WIDTH, 1, 0, height + 1, BLUR_WIDTH, 1);
    // An empty layer would cover nothing. Older browsers do not say whether it is one.
    const lost = context.isContextLost?.() || this.blurredContext.isContextLost?.();
    if (lost) throw new KnownError('graphics', 'a canvas was lost');
    return { bitmap: this.canvas.transferToImageBitmap(), far: this.far };
  }

  /** Where the far part is. */
  get far() {
    return { top: this.canvas.height - BLUR_HEIGHT, width: BLUR_WIDTH, height: BLUR_HEIGHT };
  }

  /** @param {ImageData} image */
  paint(image) {
    const { blurred } = this;
    if (blurred.width !== image.width) [blurred.width, blurred.height] = [image.width, image.height];
    this.blurredContext.putImageData(image, 0, 0);
  }

  /**
   * Fills both parts with the blurred background.
   * @param {number} width
   * @param {number} height
   * @param {Rect} rect
   */
  colour(width, height, rect) {
    const { context, blurred } = this;
    const { width: across, height: down } = blurred;
    context.save();
    context.beginPath();
    context.rect(0, 0, width, height);
    context.clip();
    context.globalCompositeOperation = 'source-in';
    context.drawImage(
      blurred,
      rect[0] * across, rect[1] * down, rect[2] * across, rect[3] * down,
      0, 0, width, height,
    );
    context.restore();
    context.globalCompositeOperation = 'source-over';
    context.drawImage(blurred, 0, 0, across, down, 0, height + GAP, BLUR_WIDTH, BLUR_HEIGHT);
  }

  /**
   * @param {number} width
   * @param {number} height
   */
  resize(width, height) {
    const total = height + GAP + BLUR_HEIGHT;
    if (this.canvas.width === width && this.canvas.height === total) return;
    this.canvas.width = width;
    this.canvas.height = total;
  }
}
