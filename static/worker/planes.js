// @ts-check
/**
 * Pictures as planes of brightness and colour (Y, U, V), as cameras deliver them and encoders want them: shrinks
 * them for the model, and lays a background over them in place. A classic script, loaded by segmenter.js; pure
 * arithmetic on typed arrays, no canvas, no frame, no clock.
 *
 * Colour planes have half the size, rounded up. A scaled picture's pixels are as large as needed to cover the
 * same area; positions are those of pixel centres.
 */

/**
 * One plane inside a buffer.
 * @typedef {object} Plane
 * @property {Uint8Array} data
 * @property {number} offset of its first value
 * @property {number} stride values between two rows
 * @property {number} step values between two neighbours: 2 where U and V alternate
 * @property {number} width
 * @property {number} height
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

/**
 * @param {Uint8Array} data
 * @param {readonly {offset: number, stride: number}[]} layout as VideoFrame.copyTo returns it
 * @param {string} format one of PLANE_FORMATS
 * @param {number} width of the picture, pixels
 * @param {number} height
 * @returns {[Plane, Plane, Plane]} Y, U, V
 */
function planesOf(data, layout, format, width, height) {
  const half = { width: (width + 1) >> 1, height: (height + 1) >> 1 };
  const [y, u, v] = layout;
  const luma = { data, ...y, step: 1, width, height };
  if (format === 'I420') return [luma, { data, ...u, step: 1, ...half }, { data, ...v, step: 1, ...half }];
  const { offset, stride } = u;
  return [luma, { data, offset, stride, step: 2, ...half }, { data, offset: offset + 1, stride, step: 2, ...half }];
}

/**
 * Which values make each value of a scaled line, and with what weights: averages of all that it covers when the
 * line gets much shorter, interpolation otherwise.
 * @typedef {{index: Int32Array, weight: Int32Array, per: number}} Taps `per` entries for each value; their
 *   weights are 256ths, and 256 together
 */

/**
 * @param {number} from where the part begins, values; may have a fraction
 * @param {number} length of the part
 * @param {number} count values wanted
 * @param {number} size of the whole line; nothing outside is touched
 * @param {number} [most] values averaged for one; evenly picked where it covers more
 * @returns {Taps}
 */
function taps(from, length, count, size, most = Infinity) {
  const ratio = length / count;
  const picked = ratio > most;
  const per = picked ? most : ratio >= 2 ? Math.ceil(ratio) + 1 : 2;
  const index = new Int32Array(count * per);
  const weight = new Int32Array(count * per);
  for (let i = 0; i < count; i++) {
    const [begin, end] = [from + i * ratio, from + (i + 1) * ratio];
    const centre = (begin + end) / 2 - 0.5;
    const first = Math.floor(ratio >= 2 ? begin : centre);
    for (let k = 0, sum = 0, given = 0; k < per; k++) {
      const at = picked ? Math.floor(begin + ((k + 0.5) * ratio) / per) : first + k;
      let share = 1 / per;
      if (ratio < 2) share = 1 - Math.abs(at - centre);
      else if (!picked) share = Math.max(0, Math.min(end, at + 1) - Math.max(begin, at)) / ratio;
      sum = k === per - 1 ? 1 : sum + share;
      index[i * per + k] = Math.min(size - 1, Math.max(0, at));
      weight[i * per + k] = Math.round(256 * sum) - given;
      given = Math.round(256 * sum);
    }
  }
  return { index, weight, per };
}

/** Rows that are averaged for one: more would cost more and not be seen in the mask. */
const MOST_ROWS = 3;

/**
 * A part of a plane, scaled.
 * @param {Plane} plane
 * @param {Rect} rect fractions of the plane
 * @param {number} width wanted
 * @param {number} height
 * @param {Int32Array} line scratch, at least as long as the plane is wide
 * @param {Uint8Array} target receives width × height values
 */
function scalePlane(plane, rect, width, height, line, target) {
  const { data, offset, stride, step } = plane;
  const { index, weight, per } = taps(rect[0] * plane.width, rect[2] * plane.width, width, plane.width);
  const down = taps(rect[1] * plane.height, rect[3] * plane.height, height, plane.height, MOST_ROWS);
  const first = index[0];
  const last = index[index.length - 1];
  for (let y = 0, o = 0; y < height; y++) {
    for (let k = y * down.per, begun = false; k < (y + 1) * down.per; k++) {
      const share = down.weight[k];
      if (share === 0) continue;
      let p = offset + down.index[k] * stride + first * step;
      if (begun) for (let x = first; x <= last; x++, p += step) line[x] += share * data[p];
      else for (let x = first; x <= last; x++, p += step) line[x] = share * data[p];
      begun = true;
    }
    for (let x = 0, t = 0; x < width; x++, o++) {
      let sum = 32768;
      for (let k = 0; k < per; k++, t++) sum += weight[t] * line[index[t]];
      target[o] = sum >> 16;
    }
  }
}

/**
 * A part of a plane, scaled quickly: of what a value covers only four points are averaged.
 * @param {Plane} plane
 * @param {Rect} rect fractions of the plane
 * @param {number} width wanted
 * @param {number} height
 * @param {Uint8Array} target receives width × height values
 */
function samplePlane(plane, rect, width, height, target) {
  const { data, offset, stride, step } = plane;
  const columns = new Int32Array(2 * width);
  const across = (rect[2] * plane.width) / columns.length;
  for (let i = 0; i < columns.length; i++) {
    columns[i] = Math.min(plane.width - 1, Math.floor(rect[0] * plane.width + (i + 0.5) * across)) * step;
  }
  const down = (rect[3] * plane.height) / (2 * height);
  const row = (/** @type {number} */ i) =>
    offset + Math.min(plane.height - 1, Math.floor(rect[1] * plane.height + (i + 0.5) * down)) * stride;
  for (let y = 0, o = 0; y < height; y++) {
    const [above, below] = [row(2 * y), row(2 * y + 1)];
    for (let x = 0; x < columns.length; x += 2, o++) {
      const [a, b] = [columns[x], columns[x + 1]];
      target[o] = (data[above + a] + data[above + b] + data[below + a] + data[below + b] + 2) >> 2;
    }
  }
}

/**
 * @param {Uint8Array} luma values of equal number
 * @param {Uint8Array} u
 * @param {Uint8Array} v
 * @param {Colours} colours
 * @param {Uint8ClampedArray} rgba receives opaque pixels
 */
function toRgba(luma, u, v, { kr, kb, full }, rgba) {
  const [base, gain, chroma] = full ? [0, 1, 1] : [16, 255 / 219, 255 / 224];
  const kg = 1 - kr - kb;
  const fixed = (/** @type {number} */ factor) => Math.round(factor * 65536);
  const bright = fixed(gain);
  const [red, blue] = [fixed(2 * (1 - kr) * chroma), fixed(2 * (1 - kb) * chroma)];
  const [greenRed, greenBlue] = [Math.round((red * kr) / kg), Math.round((blue * kb) / kg)];
  for (let i = 0, o = 0; i < luma.length; i++, o += 4) {
    const grey = (luma[i] - base) * bright + 32768;
    const cb = u[i] - 128;
    const cr = v[i] - 128;
    rgba[o] = (grey + red * cr) >> 16;
    rgba[o + 1] = (grey - greenRed * cr - greenBlue * cb) >> 16;
    rgba[o + 2] = (grey + blue * cb) >> 16;
    rgba[o + 3] = 255;
  }
}

/**
 * Planes of a picture: what `layOver` lays behind the person.
 * @param {Uint8ClampedArray} rgba
 * @param {number} width
 * @param {number} height
 * @param {Colours} colours
 * @param {1 | 2} divide of the colour planes: 2 as in frames, 1 for small pictures that are enlarged anyway
 * @returns {[Plane, Plane, Plane]}
 */
function fromRgba(rgba, width, height, { kr, kb, full }, divide) {
  const [base, gain, chroma] = full ? [0, 1, 1] : [16, 219 / 255, 224 / 255];
  const kg = 1 - kr - kb;
  const luma = newPlane(width, height);
  for (let i = 0, o = 0; i < luma.data.length; i++, o += 4) {
    luma.data[i] = base + gain * (kr * rgba[o] + kg * rgba[o + 1] + kb * rgba[o + 2]) + 0.5;
  }
  const [w, h] = [Math.ceil(width / divide), Math.ceil(height / divide)];
  const [u, v] = [newPlane(w, h), newPlane(w, h)];
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
 * @returns {Plane}
 */
function newPlane(width, height) {
  return { data: new Uint8Array(width * height), offset: 0, stride: width, step: 1, width, height };
}

/**
 * The background's opacity where a rectangle of the frame is concerned; outside the background is opaque.
 * @typedef {object} Alpha
 * @property {Uint8ClampedArray} rgba opacity in each fourth value
 * @property {number} width
 * @property {number} height
 * @property {Rect} rect fractions of the frame
 */

/** Full opacity in a row of it. */
const FULL = 65536;

/** Lays a background over a plane. Owns its scratch. */
class PlaneComposer {
  constructor() {
    this.line = new Uint8Array(0); // one row of the background
    this.row = new Int32Array(0); // one row of a smaller background, in 65536ths
    this.alpha = new Int32Array(0); // one row of opacity, 0 to FULL
    /** @type {{cells: number, count: number, ends: Int32Array}[]} */
    this.known = [];
  }

  /**
   * Change the plane in place: where the opacity is 0 nothing is written, where it is full the background alone
   * remains. Costs follow the area of the background.
   * @param {Plane} plane
   * @param {Plane} background the same size, or smaller: then it is enlarged smoothly
   * @param {Alpha} alpha
   */
  layOver(plane, background, alpha) {
    const { width, height } = plane;
    if (this.line.length < width) this.line = new Uint8Array(width);
    if (this.row.length < background.width) this.row = new Int32Array(background.width);
    if (this.alpha.length < alpha.width) this.alpha = new Int32Array(alpha.width);
    const [left, top, right, bottom] = [
      Math.round(alpha.rect[0] * width),
      Math.round(alpha.rect[1] * height),
      Math.round((alpha.rect[0] + alpha.rect[2]) * width),
      Math.round((alpha.rect[1] + alpha.rect[3]) * height),
    ];
    const same = background.width === width && background.height === height;
    for (let y = 0; y < height; y++) {
      // An enlarged background has no detail between two rows.
      if (same) this.line.set(background.data.subarray(y * width, (y + 1) * width));
      else if (y % 2 === 0) this.enlarge(background, y, width, height);
      const start = plane.offset + y * plane.stride;
      if (y < top || y >= bottom || right <= left) {
        this.cover(plane, start, 0, width);
        continue;
      }
      this.cover(plane, start, 0, left);
      this.cover(plane, start, right, width);
      this.opacity(alpha, (y + 0.5 - top) / (bottom - top));
      this.blend(plane, start, left, right - left, alpha.width);
    }
  }

  /**
   * One row of a small background as a row of the plane's width.
   * @param {Plane} background
   * @param {number} y row of the plane
   * @param {number} width of the plane
   * @param {number} height
   */
  enlarge({ data, width: across, height: down }, y, width, height) {
    const { line, row } = this;
    const at = Math.min(down - 1, Math.max(0, ((y + 0.5) * down) / height - 0.5));
    const above = Math.floor(at) * across;
    const below = Math.min(down - 1, Math.floor(at) + 1) * across;
    const share = Math.round((at - Math.floor(at)) * 65536);
    for (let x = 0; x < across; x++) row[x] = (data[above + x] << 16) + (data[below + x] - data[above + x]) * share;
    const scale = across / width;
    const ends = this.ends(across, width);
    for (let cell = -1, x = 0; cell < across; cell++) {
      const from = row[cell < 0 ? 0 : cell];
      const to = row[cell < 0 ? 0 : cell + 1 < across ? cell + 1 : cell];
      const slope = ((to - from) * scale) | 0;
      let value = (from + (to - from) * ((x + 0.5) * scale - 0.5 - cell) + 32768) | 0;
      for (const end = ends[cell + 1]; x < end; x++, value += slope) line[x] = value >> 16;
    }
  }

  /**
   * Where cells end on a line: the first one ends at the centre of the first value, the last one at the line's end.
   * @param {number} cells values of the line before it was enlarged
   * @param {number} count of the enlarged line
   * @returns {Int32Array} cells + 1 positions
   */
  ends(cells, count) {
    const known = this.known.find((each) => each.cells === cells && each.count === count);
    if (known !== undefined) return known.ends;
    const ends = Int32Array.from({ length: cells + 1 }, (_, i) =>
      i === cells ? count : Math.min(count, Math.max(0, Math.ceil(((i + 0.5) * count) / cells - 0.5))),
    );
    this.known.push({ cells, count, ends });
    if (this.known.length > 8) this.known.shift();
    return ends;
  }

  /**
   * One row of opacity.
   * @param {Alpha} alpha
   * @param {number} position 0 to 1, from top to bottom
   */
  opacity({ rgba, width, height }, position) {
    const at = Math.min(height - 1, Math.max(0, position * height - 0.5));
    let above = Math.floor(at) * width * 4 + 3;
    let below = Math.min(height - 1, Math.floor(at) + 1) * width * 4 + 3;
    const share = at - Math.floor(at);
    for (let x = 0; x < width; x++, above += 4, below += 4) {
      const [a, b] = [rgba[above], rgba[below]];
      this.alpha[x] = ((a + (b - a) * share) * FULL) / 255;
    }
  }

  /**
   * Lay the row over the plane as opaque as `alpha` says.
   * @param {Plane} plane
   * @param {number} start where the plane's row begins
   * @param {number} left first pixel that the opacity is for
   * @param {number} count of pixels that it is for
   * @param {number} cells of opacity
   */
  blend(plane, start, left, count, cells) {
    const { alpha, line } = this;
    const { data, step } = plane;
    const scale = cells / count;
    const ends = this.ends(cells, count);
    let x = 0;
    for (let cell = -1; cell < cells; cell++) {
      const from = alpha[cell < 0 ? 0 : cell];
      const to = alpha[cell < 0 ? 0 : cell + 1 < cells ? cell + 1 : cell];
      if (from === to && (from === 0 || from === FULL)) {
        // As many cells as are alike.
        while (cell + 2 < cells && alpha[cell + 2] === from) cell++;
        if (cell + 2 === cells) cell++;
        const end = ends[cell + 1];
        if (from === FULL) this.cover(plane, start, left + x, left + end);
        x = end;
      } else {
        const slope = ((to - from) * scale) | 0;
        let value = (from + (to - from) * ((x + 0.5) * scale - 0.5 - cell)) | 0;
        let p = start + (left + x) * step;
        for (const end = ends[cell + 1]; x < end; x++, p += step, value += slope) {
          const old = data[p];
          data[p] = old + (((line[left + x] - old) * (value >> 8) + 128) >> 8);
        }
      }
    }
  }

  /**
   * Copy pixels of the row.
   * @param {Plane} plane
   * @param {number} start where the plane's row begins
   * @param {number} from
   * @param {number} to
   */
  cover({ data, step }, start, from, to) {
    const { line } = this;
    if (step === 1 && to - from > 16) data.set(line.subarray(from, to), start + from);
    else for (let x = from, p = start + from * step; x < to; x++, p += step) data[p] = line[x];
  }
}
