// @ts-check
/**
 * Pictures as planes of brightness and colour (Y, U, V), as cameras deliver them and encoders want them: their
 * colours, and the tables by which they are scaled. A classic script, loaded by main.js; pure arithmetic on
 * typed arrays, no canvas, no frame, no clock, no WebAssembly (which kernels.js has).
 *
 * Colour planes have half the size, rounded up. A scaled picture's pixels are as large as needed to cover the
 * same area; positions are those of pixel centres.
 */

/**
 * A plane by itself, row by row.
 * @typedef {{data: Uint8Array, width: number, height: number}} Values
 */

/**
 * How RGB became YUV.
 * @typedef {object} Colours
 * @property {number} kr weight of red in brightness; ITU-R BT.601, or BT.709
 * @property {number} kb weight of blue
 * @property {boolean} full whether values use all of 0 to 255; otherwise brightness uses 16 to 235
 */

/**
 * @param {{matrix?: string | null, fullRange?: boolean | null} | null} space of a VideoFrame
 * @returns {Colours}
 */
function coloursOf(space) {
  const full = space?.fullRange === true;
  return space?.matrix === 'bt709' ? { kr: 0.2126, kb: 0.0722, full } : { kr: 0.299, kb: 0.114, full };
}

/** Formats that `planesOf` knows. */
const PLANE_FORMATS = ['I420', 'NV12'];

/** What weights of a table make together, by what they are for. */
const ALL = { across: 256, down: 128 };

/**
 * Which values of a line make each value of a scaled one, and with what weights: averages of all that it covers
 * when the line gets much shorter, interpolation otherwise.
 * @typedef {object} Taps
 * @property {number} first value of the line that is needed
 * @property {number} length of what is needed
 * @property {Int32Array} starts for each value the first that counts, from `first`
 * @property {number} per weights for each value, a multiple of 8
 * @property {Int16Array} weights ALL.across together for each value
 */

/**
 * @param {number} from where the part begins, values; may have a fraction
 * @param {number} length of the part
 * @param {number} count values wanted
 * @param {number} size of the whole line; nothing outside counts
 * @returns {Taps}
 */
function taps(from, length, count, size) {
  const ratio = length / count;
  const covered = ratio >= 2 ? Math.ceil(ratio) + 1 : 2;
  const per = Math.ceil(covered / 8) * 8;
  const starts = new Int32Array(count);
  const weights = new Int16Array(count * per);
  for (let i = 0; i < count; i++) {
    const [begin, end] = [from + i * ratio, from + (i + 1) * ratio];
    const centre = (begin + end) / 2 - 0.5;
    const lowest = Math.floor(ratio >= 2 ? begin : centre);
    starts[i] = Math.min(size - 1, Math.max(0, lowest));
    for (let k = 0, sum = 0, given = 0; k < covered; k++) {
      const at = lowest + k;
      const share = ratio < 2 ? 1 - Math.abs(at - centre) : Math.max(0, Math.min(end, at + 1) - Math.max(begin, at)) / ratio;
      sum = k === covered - 1 ? 1 : sum + share;
      const all = Math.round(ALL.across * sum);
      weights[i * per + Math.min(size - 1, Math.max(0, at)) - starts[i]] += all - given;
      given = all;
    }
  }
  const first = starts[0];
  const last = Math.min(size - 1, starts[count - 1] + covered - 1);
  return { first, length: last - first + 1, starts: starts.map((start) => start - first), per, weights };
}

/** Rows that are averaged for one: more would cost more and not be seen in the mask. */
const MOST_ROWS = 3;

/**
 * The same for rows, of which few are evenly picked where many are covered.
 * @param {number} from where the part begins, rows
 * @param {number} length of the part
 * @param {number} count rows wanted
 * @param {number} size rows of the whole
 * @returns {{per: number, rows: Int32Array, shares: Int32Array}} shares: ALL.down together for each row
 */
function rowTaps(from, length, count, size) {
  const ratio = length / count;
  const per = ratio < 2 ? 2 : MOST_ROWS;
  const rows = new Int32Array(count * per);
  const shares = new Int32Array(count * per);
  for (let i = 0, o = 0; i < count; i++) {
    const begin = from + i * ratio;
    const centre = begin + ratio / 2 - 0.5;
    const upper = Math.floor(centre);
    const lower = Math.round((centre - upper) * ALL.down);
    for (let k = 0; k < per; k++, o++) {
      const at = ratio < 2 ? upper + k : Math.floor(begin + ((k + 0.5) * ratio) / per);
      rows[o] = Math.min(size - 1, Math.max(0, at));
      if (ratio < 2) shares[o] = k === 0 ? ALL.down - lower : lower;
      else shares[o] = Math.round((ALL.down * (k + 1)) / per) - Math.round((ALL.down * k) / per);
    }
  }
  return { per, rows, shares };
}

/**
 * For a line that is enlarged by interpolation: where on it each pair of neighbours ends (the first pair is the
 * first value twice, the last one the last), and the weight of the right one, ALL.down at most.
 * @param {number} count values of the line before
 * @param {number} width of the enlarged line
 * @returns {{ends: Int32Array, weights: Int16Array}} count + 1 ends, width weights
 */
function pairs(count, width) {
  const ends = Int32Array.from({ length: count + 1 }, (_, i) =>
    i === count ? width : Math.min(width, Math.max(0, Math.ceil(((i + 0.5) * width) / count - 0.5))),
  );
  const weights = Int16Array.from({ length: width }, (_, x) => {
    const at = ((x + 0.5) * count) / width - 0.5;
    return Math.round((at - Math.floor(at)) * ALL.down);
  });
  return { ends, weights };
}

/**
 * Between which rows each row of an enlarged picture lies.
 * @param {number} count rows before
 * @param {number} height of the enlarged picture
 * @returns {Int32Array} for each row the upper one, and the weight of the lower one, of ALL.down
 */
function rowPairs(count, height) {
  const table = new Int32Array(2 * height);
  for (let y = 0; y < height; y++) {
    const at = Math.min(count - 1, Math.max(0, ((y + 0.5) * count) / height - 0.5));
    table[2 * y] = Math.floor(at);
    table[2 * y + 1] = Math.round((at - Math.floor(at)) * ALL.down);
  }
  return table;
}

/**
 * What makes RGB of YUV: factors in 8192ths.
 * @param {Colours} colours
 */
function factorsOf({ kr, kb, full }) {
  const [black, gain, chroma] = full ? [0, 1, 1] : [16, 255 / 219, 255 / 224];
  const kg = 1 - kr - kb;
  const [forRed, forBlue] = [2 * (1 - kr) * chroma * 8192, 2 * (1 - kb) * chroma * 8192];
  return {
    black, bright: Math.round(gain * 8192),
    red: Math.round(forRed), greenRed: Math.round((forRed * kr) / kg),
    blue: Math.round(forBlue), greenBlue: Math.round((forBlue * kb) / kg),
  };
}

/**
 * Planes of a picture: what is laid behind the person.
 * @param {Uint8ClampedArray} rgba
 * @param {number} width
 * @param {number} height
 * @param {Colours} colours
 * @param {1 | 2} divide of the colour planes: 2 as in frames, 1 for small pictures that are enlarged anyway
 * @returns {[Values, Values, Values]}
 */
function fromRgba(rgba, width, height, { kr, kb, full }, divide) {
  const [base, gain, chroma] = full ? [0, 1, 1] : [16, 219 / 255, 224 / 255];
  const kg = 1 - kr - kb;
  const luma = newValues(width, height);
  for (let i = 0, o = 0; i < luma.data.length; i++, o += 4) {
    luma.data[i] = base + gain * (kr * rgba[o] + kg * rgba[o + 1] + kb * rgba[o + 2]) + 0.5;
  }
  const [w, h] = [Math.ceil(width / divide), Math.ceil(height / divide)];
  const [u, v] = [newValues(w, h), newValues(w, h)];
  const [forBlue, forRed] = [chroma / (8 * (1 - kb)), chroma / (8 * (1 - kr))];
  for (let y = 0, i = 0; y < h; y++) {
    const below = divide === 2 && y * 2 < height - 1 ? width * 4 : 0;
    for (let x = 0; x < w; x++, i++) {
      const right = divide === 2 && x * 2 < width - 1 ? 4 : 0;
      const a = (y * divide * width + x * divide) * 4;
      const b = a + right;
      const c = a + below;
      const d = b + below;
      const red = rgba[a] + rgba[b] + rgba[c] + rgba[d];
      const green = rgba[a + 1] + rgba[b + 1] + rgba[c + 1] + rgba[d + 1];
      const blue = rgba[a + 2] + rgba[b + 2] + rgba[c + 2] + rgba[d + 2];
      const bright = kr * red + kg * green + kb * blue;
      u.data[i] = Math.min(255, 128.5 + (blue - bright) * forBlue);
      v.data[i] = Math.min(255, 128.5 + (red - bright) * forRed);
    }
  }
  return [luma, u, v];
}

/**
 * @param {number} width
 * @param {number} height
 * @returns {Values}
 */
function newValues(width, height) {
  return { data: new Uint8Array(width * height), width, height };
}
