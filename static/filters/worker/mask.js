// @ts-check
/**
 * A mask's edges that follow the picture, what it says about people, and the opacity that comes of it. A classic
 * script, loaded by main.js; pure arithmetic on typed arrays, no canvas, no clock.
 *
 * A mask is a Float32Array, row by row, 0 = background, 1 = person.
 */

/** @typedef {import('../contract.js').Rect} Rect */
/** @typedef {import('../contract.js').Found} Found */

/**
 * @typedef {object} Covering a mask, and what of the frame it covers
 * @property {Float32Array} mask
 * @property {number} width
 * @property {number} height
 * @property {Rect} rect
 */

/** Mask value above which a pixel counts as person. */
const PERSON = 0.5;
/** Mask values below which a pixel surely is background, and above which it surely is a person. */
const SURE = [0.1, 0.9];
/** So much of the person must be sure that only that tells where people are. */
const SURE_ENOUGH = 0.15;

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

/** Width of the rim in which a mask fades, in fractions of its own: people have more room than that. */
const RIM = 0.08;
/** So near to the frame's edge, in fractions of the frame, a side lies on it. */
const TINY = 0.002;
/** A value that shows nothing in any case. */
const NONE = 0.02;
/** Values that go where a mask fades, and those that stay. */
const CERTAIN = [0.75, 0.95];

/**
 * @param {number} value of a mask
 * @param {number} part what remains of it, 0 to 1, if it is not surely a person
 */
function fadedBy(value, part) {
  const certain = Math.min(1, Math.max(0, (value - CERTAIN[0]) / (CERTAIN[1] - CERTAIN[0])));
  return value * (part + (1 - part) * certain);
}

/**
 * Towards sides beyond which there is more of the frame, what is not surely a person fades out: there the background
 * begins in any case, and things that reach beyond would end in a straight line.
 * @param {Covering} outline changed in place
 */
function fadeRim({ mask, width, height, rect: [x, y, w, h] }) {
  const across = fading(width, x > TINY, x + w < 1 - TINY);
  const down = fading(height, y > TINY, y + h < 1 - TINY);
  const [left, right] = [across.indexOf(1), across.lastIndexOf(1)];
  for (let v = 0; v < height; v++) {
    for (let u = 0; u < width; u++) {
      if (u === left && down[v] === 1) u = right + 1;
      const i = v * width + u;
      if (u < width && mask[i] > NONE) mask[i] = fadedBy(mask[i], across[u] * down[v]);
    }
  }
}

/**
 * @param {number} length pixels
 * @param {boolean} begin whether it fades there
 * @param {boolean} end
 * @returns {Float32Array} what remains at each pixel, 0 to 1
 */
function fading(length, begin, end) {
  const rim = RIM * length;
  return Float32Array.from({ length }, (_, i) => {
    const t = Math.min(1, begin ? i / rim : 1, end ? (length - 1 - i) / rim : 1);
    return t * t * (3 - 2 * t);
  });
}

/** Share of the person on each side that `core` leaves out. */
const TRIM = 0.02;
/** People this near to the mask's edge, pixels, reach it: the outermost are never sure. */
const NEAR = 2;

/**
 * @param {Covering} outline
 * @returns {Found | null} null when there is nobody
 */
function locate(outline) {
  const { width, height, rect } = outline;
  const { persons, sure, unsure } = counted(outline);
  const [outerAcross, outerDown] = [extent(persons.columns, persons.total), extent(persons.rows, persons.total)];
  if (outerAcross === null || outerDown === null) return null;
  const certain = sure.total < SURE_ENOUGH * persons.total ? persons : sure;
  const across = extent(certain.columns, certain.total) ?? outerAcross;
  const down = extent(certain.rows, certain.total) ?? outerDown;
  const [sx, sy] = [rect[2] / width, rect[3] / height];
  /** @type {(x0: number, x1: number, y0: number, y1: number) => Rect} */
  const framed = (x0, x1, y0, y1) => [rect[0] + x0 * sx, rect[1] + y0 * sy, (x1 - x0) * sx, (y1 - y0) * sy];
  return {
    box: framed(across[0], across[3], down[0], down[3]),
    core: framed(across[1], across[2], down[1], down[2]),
    area: persons.total * sx * sy,
    doubt: unsure / persons.total,
    touches: [across[0] <= NEAR, down[0] <= NEAR, across[3] >= width - NEAR, down[3] >= height - NEAR],
  };
}

/**
 * Pixels of persons and of what surely is persons, by column and row; and how many are unsure.
 * @param {Covering} outline
 */
function counted({ mask, width, height }) {
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

/** Pixels, in fractions of all, that are added to what is compared: nobody at all is no certainty. */
const NOBODY = 0.01;

/**
 * One mask of two that different networks made of the same picture: the one that leaves less in doubt counts more.
 * @param {Float32Array} one receives the result
 * @param {Float32Array} other of the same size
 * @param {number} lead how many times `one` counts when they are equally sure
 */
function agreed(one, other, lead) {
  const [mine, theirs] = [doubtOf(one), doubtOf(other)];
  const share = mine / (mine + lead * theirs);
  for (let i = 0; i < one.length; i++) one[i] += share * (other[i] - one[i]);
  return one;
}

/** @param {Float32Array} mask @returns {number} what is unsure, in fractions of what is person */
function doubtOf(mask) {
  let [persons, unsure] = [NOBODY * mask.length, NOBODY * mask.length];
  for (let i = 0; i < mask.length; i++) {
    const value = mask[i];
    if (value > PERSON) persons++;
    if (value > SURE[0] && value < SURE[1]) unsure++;
  }
  return unsure / persons;
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
