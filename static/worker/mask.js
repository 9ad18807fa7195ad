// @ts-check
/**
 * From the network's confidence to a steady mask with edges that follow the picture. A classic script,
 * loaded by segmenter.js; pure arithmetic on typed arrays, no canvas, no clock.
 *
 * A mask is a Float32Array, row by row, 0 = background, 1 = person.
 */

/**
 * Rectangle of the frame that a mask covers, in fractions of the frame: x, y, width, height.
 * @typedef {[number, number, number, number]} Rect
 */

/** Mask value above which a pixel counts as person. */
const PERSON = 0.5;
/** Mask values below which a pixel surely is background, and above which it surely is a person. */
const SURE = [0.1, 0.9];
/** So much of the person must be sure that only that counts for `core`. */
const SURE_ENOUGH = 0.15;

/**
 * Brightness of an RGBA pixel, 0 to 255.
 * @param {Uint8ClampedArray} rgba
 * @param {number} at first value of the pixel
 */
function brightness(rgba, at) {
  return (rgba[at] * 77 + rgba[at + 1] * 150 + rgba[at + 2] * 29) >> 8;
}

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
  }

  /** Forget everything: another camera, another filter. */
  reset() {
    this.fresh = true;
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
    tidy(this.mask, width, height);
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

/** Weight of a neighbour by the sum of its colour differences (0 to 765). */
const LIKENESS = Float32Array.from({ length: 766 }, (_, d) => Math.exp(-((d / 60) ** 2)) + 0.002);

/**
 * Joint bilateral filter where the mask is undecided: a pixel takes the average of its surroundings, weighted
 * by how alike the colours are, so that the mask's edge moves onto the picture's. Only that narrow band is
 * visited. Where the samples of the 5 × 5 grid are neighbours, every other one is enough, as on a chessboard.
 * @param {Float32Array} mask
 * @param {Uint8ClampedArray} rgba
 * @param {number} width
 * @param {number} height
 * @param {Float32Array} target receives the result
 * @param {number} reach pixels between two samples of the grid
 */
function refine(mask, rgba, width, height, target, reach) {
  target.set(mask);
  const margin = 2 * reach;
  const offsets = grid(reach, width, reach === 1 ? 2 : 1);
  for (let y = margin; y < height - margin; y++) {
    const row = y * width;
    for (let x = margin; x < width - margin; x++) {
      const i = row + x;
      const value = mask[i];
      if (value < 0.03 || value > 0.97) continue;
      const c = i * 4;
      const r = rgba[c];
      const g = rgba[c + 1];
      const b = rgba[c + 2];
      let sum = 0;
      let total = 0;
      for (let k = 0; k < offsets.length; k++) {
        const j = i + offsets[k];
        const n = j * 4;
        const dr = rgba[n] - r;
        const dg = rgba[n + 1] - g;
        const db = rgba[n + 2] - b;
        const weight = LIKENESS[Math.abs(dr) + Math.abs(dg) + Math.abs(db)];
        sum += weight * mask[j];
        total += weight;
      }
      target[i] = sum / total;
    }
  }
}

/**
 * @param {number} reach pixels between two neighbours of a 5 × 5 grid
 * @param {number} width pixels of a row
 * @param {number} every how many of the samples count, row by row: 2 makes a chessboard
 * @returns {Int32Array} how far the samples are from the middle
 */
function grid(reach, width, every) {
  const samples = Array.from({ length: 25 }, (_, k) => k).filter((k) => k % every === 0);
  return Int32Array.from(samples, (k) => (Math.floor(k / 5) - 2) * reach * width + ((k % 5) - 2) * reach);
}

/** Share of the person on each side that `core` leaves out. */
const TRIM = 0.02;

/**
 * What a mask says about people.
 * @typedef {object} Found
 * @property {Rect} box everybody, in fractions of the frame
 * @property {Rect} core the same without what is unsure and without the outermost bits, which often are something else
 * @property {number} area fraction of the frame that is person
 * @property {number} doubt what is neither surely person nor surely background, in fractions of what is person
 * @property {[boolean, boolean, boolean, boolean]} touches whether the mask reaches the rectangle's left, top,
 *   right, bottom edge
 */

/**
 * @param {Float32Array} mask
 * @param {number} width
 * @param {number} height
 * @param {Rect} rect what of the frame the mask covers
 * @returns {Found | null} null when there is nobody
 */
function locate(mask, width, height, rect) {
  const { persons, sure, unsure } = counted(mask, width, height);
  const [across, down] = [extent(persons.columns, persons.total), extent(persons.rows, persons.total)];
  if (across === null || down === null) return null;
  const inner = sure.total < SURE_ENOUGH * persons.total ? persons : sure;
  const coreAcross = extent(inner.columns, inner.total) ?? across;
  const coreDown = extent(inner.rows, inner.total) ?? down;
  const [sx, sy] = [rect[2] / width, rect[3] / height];
  /** @type {(x0: number, x1: number, y0: number, y1: number) => Rect} */
  const framed = (x0, x1, y0, y1) => [rect[0] + x0 * sx, rect[1] + y0 * sy, (x1 - x0) * sx, (y1 - y0) * sy];
  return {
    box: framed(across[0], across[3], down[0], down[3]),
    core: framed(coreAcross[1], coreAcross[2], coreDown[1], coreDown[2]),
    area: persons.total * sx * sy,
    doubt: unsure / persons.total,
    touches: [across[0] <= 1, down[0] <= 1, across[3] >= width - 1, down[3] >= height - 1],
  };
}

/**
 * Pixels of persons and of what surely is persons, by column and row; and how many are unsure.
 * @param {Float32Array} mask
 * @param {number} width
 * @param {number} height
 */
function counted(mask, width, height) {
  const counts = () => ({ columns: new Uint32Array(width), rows: new Uint32Array(height), total: 0 });
  const [persons, sure] = [counts(), counts()];
  let unsure = 0;
  for (let y = 0, i = 0; y < height; y++) {
    let [inRow, sureInRow] = [0, 0];
    for (let x = 0; x < width; x++, i++) {
      const value = mask[i];
      if (value <= SURE[0]) continue;
      if (value > PERSON) {
        inRow++;
        persons.columns[x]++;
      }
      if (value > SURE[1]) {
        sureInRow++;
        sure.columns[x]++;
      } else unsure++;
    }
    persons.rows[y] = inRow;
    sure.rows[y] = sureInRow;
    persons.total += inRow;
    sure.total += sureInRow;
  }
  return { persons, sure, unsure };
}

/**
 * Where counts begin and end: outer begin, inner begin, inner end, outer end; inner without TRIM on each side.
 * @param {Uint32Array} counts of rows or columns
 * @param {number} total their sum
 * @returns {[number, number, number, number] | null}
 */
function extent(counts, total) {
  let [first, begin, end, last, sum] = [-1, 0, counts.length, -1, 0];
  for (let i = 0; i < counts.length; i++) {
    if (counts[i] > 2) {
      if (first < 0) first = i;
      last = i;
    }
    const before = sum;
    sum += counts[i];
    if (before <= TRIM * total && sum > TRIM * total) begin = i;
    if (before < (1 - TRIM) * total && sum >= (1 - TRIM) * total) end = i + 1;
  }
  return first < 0 ? null : [first, Math.max(first, begin), Math.min(last + 1, end), last + 1];
}

/**
 * Opacity of the background by mask value: one table per tightness.
 * @param {number} tightness -1 (keeps more around the person) to 1 (cuts closer)
 * @returns {Uint8Array} 256 entries
 */
function opacity(tightness) {
  const centre = 0.5 + 0.32 * tightness;
  // What is surely background is always opaque, what is surely the person never covered.
  const low = Math.max(0.04, centre - 0.26);
  const high = Math.min(0.96, centre + 0.26);
  return Uint8Array.from({ length: 256 }, (_, index) => {
    const t = Math.min(1, Math.max(0, (index / 255 - low) / (high - low)));
    return Math.round(255 * (1 - t * t * (3 - 2 * t)));
  });
}

/**
 * Writes the background's opacity into the alpha channel of black pixels.
 * @param {Float32Array} mask
 * @param {Uint8Array} table of `opacity`
 * @param {Uint8ClampedArray} rgba receives the pixels
 */
function alphaInto(mask, table, rgba) {
  for (let i = 0, j = 3; i < mask.length; i++, j += 4) {
    rgba[j] = table[(mask[i] * 255 + 0.5) | 0];
  }
}

/**
 * Light wrapping: lets a little of the background shine onto the person's rim, as it would in that place.
 * @param {Uint8ClampedArray} rgba pixels of `alphaInto`; changed in place
 * @param {number} width
 * @param {number} height
 * @param {number} amount 0 (none) to 1
 */
function wrapLight(rgba, width, height, amount) {
  const radius = Math.max(2, Math.round(width / 50));
  const near = new Float32Array(width * height);
  const line = new Float32Array(Math.max(width, height));
  for (let i = 0; i < near.length; i++) near[i] = rgba[i * 4 + 3];
  for (let y = 0; y < height; y++) boxLine(near, y * width, 1, width, radius, line);
  for (let x = 0; x < width; x++) boxLine(near, x, width, height, radius, line);
  for (let i = 0; i < near.length; i++) {
    const light = near[i] * amount * 0.6;
    if (light > rgba[i * 4 + 3]) rgba[i * 4 + 3] = light;
  }
}

/**
 * Running mean of one row or column, in place.
 * @param {Float32Array} data
 * @param {number} start
 * @param {number} step
 * @param {number} length
 * @param {number} radius
 * @param {Float32Array} line scratch
 */
function boxLine(data, start, step, length, radius, line) {
  const scale = 1 / (2 * radius + 1);
  for (let i = 0; i < length; i++) line[i] = data[start + i * step];
  let sum = line[0] * (radius + 1);
  for (let i = 1; i <= radius; i++) sum += line[Math.min(i, length - 1)];
  for (let i = 0; i < length; i++) {
    data[start + i * step] = sum * scale;
    sum += line[Math.min(i + radius + 1, length - 1)] - line[Math.max(i - radius, 0)];
  }
}
