// @ts-check
/// <reference path="mask.js" />
/// <reference path="tidy.js" />
/**
 * Masks over time: when the network need not look, and what of two looks in a row is kept. A classic script, loaded
 * by main.js; pure arithmetic on typed arrays, no canvas, no clock.
 */

/**
 * Brightness of an RGBA pixel, 0 to 255.
 * @param {Uint8ClampedArray} rgba
 * @param {number} at first value of the pixel
 */
function brightness(rgba, at) {
  return (rgba[at] * 77 + rgba[at + 1] * 150 + rgba[at + 2] * 29) >> 8;
}

/** A change of brightness that is no noise of the camera. */
const MOTION = 10;
/** So small a fraction of the pixels may change in a picture in which nothing moves. */
const MOVING = 0.0005;
/** How often in a row a mask may serve once more: what moves without being seen here is seen by the next look. */
const RESTS = 1;
/** So many looks at a new part of the frame come first: by then its mask has settled. */
const SETTLED = 10;

/** Share of the last look in a still picture: with equal parts, both directions count alike. */
const LAST_LOOK = 0.5;

/**
 * Smooths masks over time: strongly where neither picture nor mask changes (no flicker), not at all where the
 * picture moves (no dragging). Owns the last mask and its picture.
 *
 * The network errs differently on a picture and on its mirror image. Every other frame is therefore to be shown
 * to it mirrored (`mirrored`), and two looks in a row are averaged where nothing moves: the errors of one
 * direction are halved, and it costs nothing.
 */
class Steadier {
  constructor() {
    /** Whether the network is to see the next picture mirrored; its mask is to be mirrored back. */
    this.mirrored = false;
    /** @type {Float32Array | null} the network's last mask, of the same rectangle */
    this.last = null;
    this.width = 0;
    this.height = 0;
    /** @type {Rect} */
    this.rect = [0, 0, 1, 1];
    this.mask = new Float32Array(0);
    this.spareMask = this.mask;
    this.picture = new Uint8ClampedArray(0);
    this.fresh = true;
    /** How often in a row the mask has served once more. */
    this.rested = 0;
    /** Looks at this part of the frame. */
    this.looks = 0;
  }

  /** Forget everything: another camera, another filter. */
  reset() {
    this.fresh = true;
  }

  /**
   * Whether the last mask serves for this picture too, because nothing has moved since, inside people apart, who
   * may well talk. Not for long: after RESTS pictures the network has to look again.
   * @param {Uint8ClampedArray} rgba
   * @param {number} width
   * @param {number} height
   * @param {Rect} rect what part of the frame it shows
   */
  rests(rgba, width, height, rect) {
    const same = !this.fresh && this.width === width && this.height === height && sameRect(this.rect, rect);
    if (!same || this.looks < SETTLED || this.rested >= RESTS) return false;
    const { mask, picture } = this;
    let left = MOVING * mask.length;
    for (let i = 0; i < mask.length; i++) {
      if (mask[i] > SURE[1]) continue;
      const change = brightness(rgba, i * 4) - brightness(picture, i * 4);
      if ((change > MOTION || change < -MOTION) && --left < 0) return false;
    }
    this.rested++;
    return true;
  }

  /**
   * @param {Float32Array} found the network's mask; read only, and kept until the next call
   * @param {Uint8ClampedArray} rgba the picture it was made from
   * @param {number} width
   * @param {number} height
   * @param {Rect} rect what part of the frame it shows
   * @returns {Float32Array} the steady mask; valid until the next call
   */
  steady(found, rgba, width, height, rect) {
    const count = width * height;
    const same = this.width === width && this.height === height && sameRect(this.rect, rect);
    const last = same && !this.fresh ? this.last : null;
    this.last = found;
    this.rested = 0;
    this.looks = same && !this.fresh ? this.looks + 1 : 1;
    this.mirrored = !this.mirrored;
    if (same && !this.fresh) {
      this.blend(found, last ?? found, rgba);
    } else {
      if (this.spareMask.length !== count) this.spareMask = new Float32Array(count);
      if (this.fresh) this.spareMask.set(found);
      else this.carry(found, width, height, rect);
      [this.mask, this.spareMask] = [this.spareMask, this.mask];
      [this.width, this.height, this.rect, this.fresh] = [width, height, rect, false];
    }
    if (this.picture.length !== rgba.length) this.picture = new Uint8ClampedArray(rgba.length);
    this.picture.set(rgba);
    tidy(this);
    return this.mask;
  }

  /**
   * The usual case: the same rectangle as last time.
   * @param {Float32Array} found
   * @param {Float32Array} last what was found before, in the other direction
   * @param {Uint8ClampedArray} rgba
   */
  blend(found, last, rgba) {
    const { mask, picture } = this;
    for (let i = 0; i < mask.length; i++) {
      let difference = found[i] - mask[i];
      const other = last[i] - found[i];
      if (difference > -0.004 && difference < 0.004 && other > -0.004 && other < 0.004) continue;
      const moved = Math.abs(brightness(rgba, i * 4) - brightness(picture, i * 4));
      if (moved < 15) difference += (moved > 5 ? 0.1 * LAST_LOOK * (15 - moved) : LAST_LOOK) * other;
      const gain = 0.3 + 0.7 * Math.abs(difference) + (moved > 5 ? (moved - 5) * 0.06 : 0);
      mask[i] += gain < 1 ? gain * difference : difference;
    }
  }

  /**
   * The rectangle moved: bring the last mask into the new one, then blend half and half; what was not covered
   * before is taken as found.
   * @param {Float32Array} found
   * @param {number} width
   * @param {number} height
   * @param {Rect} rect
   */
  carry(found, width, height, rect) {
    const [ox, oy, ow, oh] = this.rect;
    const target = this.spareMask;
    for (let y = 0; y < height; y++) {
      const v = ((rect[1] + ((y + 0.5) * rect[3]) / height - oy) / oh) * this.height - 0.5;
      for (let x = 0; x < width; x++) {
        const u = ((rect[0] + ((x + 0.5) * rect[2]) / width - ox) / ow) * this.width - 0.5;
        const i = y * width + x;
        const before = bilinear(this.mask, this.width, this.height, u, v);
        target[i] = before < 0 ? found[i] : 0.35 * before + 0.65 * found[i];
      }
    }
  }
}

/**
 * @param {Float32Array} mask
 * @param {number} width
 * @param {number} height
 * @param {number} u
 * @param {number} v
 * @returns {number} the interpolated value, or -1 outside
 */
function bilinear(mask, width, height, u, v) {
  if (!(u > -0.5 && v > -0.5 && u < width - 0.5 && v < height - 0.5)) return -1;
  const x = u < 0 ? 0 : u > width - 1.001 ? width - 1.001 : u;
  const y = v < 0 ? 0 : v > height - 1.001 ? height - 1.001 : v;
  const i = (y | 0) * width + (x | 0);
  const fx = x - (x | 0);
  const fy = y - (y | 0);
  const top = mask[i] + (mask[i + 1] - mask[i]) * fx;
  const bottom = mask[i + width] + (mask[i + width + 1] - mask[i + width]) * fx;
  return top + (bottom - top) * fy;
}

/**
 * @param {Rect} a
 * @param {Rect} b
 */
function sameRect(a, b) {
  return a[0] === b[0] && a[1] === b[1] && a[2] === b[2] && a[3] === b[3];
}
