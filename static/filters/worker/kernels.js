// @ts-check
/// <reference path="planes.js" />
/**
 * Planes of pictures in the memory of WebAssembly, and what is done with them there: shrunk for the model, covered
 * with a background. A classic script, loaded by main.js. The functions are kernels/planes.wasm, made of
 * kernels/planes.ts; this owns their memory and the tables that they work by.
 */

/**
 * A plane in the memory.
 * @typedef {object} Plane
 * @property {number} at address of its first value
 * @property {number} stride values between two rows
 * @property {number} width
 * @property {number} height
 */

/**
 * The background's opacity where a rectangle of the frame is concerned; outside the background is opaque.
 * @typedef {object} Alpha
 * @property {Uint8ClampedArray} rgba opacity in each fourth value
 * @property {number} width
 * @property {number} height
 * @property {Rect} rect fractions of the frame
 */

/** Bytes of one page of WebAssembly's memory. */
const PAGE = 65536;

/** Owns one instance of the functions, its memory, and the scratch in it. */
class PlaneKernels {
  /**
   * @param {BufferSource} code planes.wasm
   * @throws {WebAssembly.CompileError} without SIMD
   */
  static async from(code) {
    const { instance } = await WebAssembly.instantiate(code);
    return new PlaneKernels(instance.exports);
  }

  /** @param {any} functions */
  constructor(functions) {
    this.functions = functions;
    /** @type {WebAssembly.Memory} */
    this.memory = functions.memory;
    this.end = functions.base();
    /** @type {Map<string, {at: number, capacity: number}>} */
    this.rooms = new Map();
    /** @type {Map<string, {key: string, value: any}>} */
    this.tables = new Map();
  }

  /**
   * A part of the memory under a name. What was in it is lost when it has to be larger than ever before; other
   * parts keep their contents, but views of the memory made before may be void.
   * @param {string} name
   * @param {number} bytes
   * @returns {number} address
   * @throws {RangeError} there is no more memory
   */
  room(name, bytes) {
    let room = this.rooms.get(name);
    if (room === undefined || room.capacity < bytes) {
      // Powers of two: what growing leaves behind is less than what is in use.
      const capacity = 2 ** Math.ceil(Math.log2(Math.max(bytes, 64)));
      room = { at: this.end, capacity };
      this.end += Math.ceil((capacity + this.functions.SLACK.value) / 16) * 16;
      const missing = this.end - this.memory.buffer.byteLength;
      if (missing > 0) this.memory.grow(Math.ceil(missing / PAGE));
      this.rooms.set(name, room);
    }
    return room.at;
  }

  /**
   * @param {number} at address
   * @param {number} length bytes
   * @returns {Uint8Array} a view; void after the next call of `room`
   */
  bytes(at, length) {
    return new Uint8Array(this.memory.buffer, at, length);
  }

  /**
   * @param {string} name
   * @param {Int32Array | Int16Array | Uint8Array | Uint8ClampedArray} values
   * @returns {number} address of a copy
   */
  put(name, values) {
    const at = this.room(name, values.byteLength);
    this.bytes(at, values.byteLength).set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
    return at;
  }

  /**
   * What is made again only when it depends on something else than last time.
   * @template T
   * @param {string} name
   * @param {string} key of what it depends on
   * @param {() => T} make
   * @returns {T}
   */
  table(name, key, make) {
    const known = this.tables.get(name);
    if (known?.key === key) return known.value;
    const value = make();
    this.tables.set(name, { key, value });
    return value;
  }

  /**
   * @param {string} name
   * @param {Values} values
   * @returns {Plane}
   */
  keep(name, { data, width, height }) {
    return { at: this.put(name, data), stride: width, width, height };
  }

  /**
   * A picture's planes, wherever a frame's pixels were copied to. Alternating ones are split.
   * @param {number} at address of the pixels
   * @param {readonly {offset: number, stride: number}[]} layout as VideoFrame.copyTo returns it
   * @param {string} format one of PLANE_FORMATS
   * @param {number} width of the picture, pixels
   * @param {number} height
   * @returns {[Plane, Plane, Plane]} Y, U, V
   */
  planesOf(at, layout, format, width, height) {
    const [across, down] = [(width + 1) >> 1, (height + 1) >> 1];
    const [y, u, v] = layout.map(({ offset, stride }) => ({ at: at + offset, stride, width: across, height: down }));
    const luma = { ...y, width, height };
    if (format === 'I420') return [luma, u, v];
    const [forU, forV] = ['u', 'v'].map((name) => this.room(name, across * down));
    this.functions.split(u.at, u.stride, across, down, forU, forV);
    const both = { stride: across, width: across, height: down };
    return [luma, { ...both, at: forU }, { ...both, at: forV }];
  }

  /**
   * A part of each plane, scaled, as opaque pixels.
   * @param {string} name of the part: tables are kept for each
   * @param {readonly [Plane, Plane, Plane]} planes
   * @param {Rect} rect fractions of the picture
   * @param {number} width wanted
   * @param {number} height
   * @param {Colours} colours
   * @returns {Uint8Array} RGBA; a view, to be copied before anything else is done
   */
  picture(name, planes, rect, width, height, colours) {
    const count = width * height;
    const [y, u, v] = planes.map((plane, i) => {
      const target = this.room(`scaled ${i}`, count);
      this.scale(`${name} ${i === 0 ? 'luma' : 'chroma'}`, plane, rect, width, height, target);
      return target;
    });
    const rgba = this.room('rgba', 4 * count);
    const { black, bright, red, greenRed, greenBlue, blue } = factorsOf(colours);
    this.functions.toRgba(y, u, v, count, rgba, black, bright, red, greenRed, greenBlue, blue);
    return this.bytes(rgba, 4 * count);
  }

  /**
   * @param {string} name
   * @param {Plane} plane
   * @param {Rect} rect fractions of the plane
   * @param {number} width wanted
   * @param {number} height
   * @param {number} target address of width × height values
   */
  scale(name, plane, rect, width, height, target) {
    const key = [plane.width, plane.height, ...rect, width, height].join();
    const table = this.table(name, key, () => {
      const across = taps(rect[0] * plane.width, rect[2] * plane.width, width, plane.width);
      const down = rowTaps(rect[1] * plane.height, rect[3] * plane.height, height, plane.height);
      return {
        ...across, rowsPer: down.per,
        rows: this.put(`${name} rows`, down.rows), shares: this.put(`${name} shares`, down.shares),
        starts: this.put(`${name} starts`, across.starts), weights: this.put(`${name} weights`, across.weights),
        line: this.room(`${name} line`, 2 * (across.length + across.per)),
      };
    });
    this.functions.scale(
      plane.at + table.first, plane.stride, table.length, table.rows, table.shares, table.rowsPer, height,
      table.starts, table.weights, table.per, width, table.line, target,
    );
  }

  /**
   * Change planes in place: where the opacity is 0 nothing is written, where it is full the background alone
   * remains.
   * @param {readonly Plane[]} planes
   * @param {readonly Plane[]} backgrounds the same sizes, or smaller: then they are enlarged smoothly
   * @param {Alpha} alpha
   */
  layOver(planes, backgrounds, { rgba, width: across, height: down, rect }) {
    const opacity = this.put('opacity', rgba) + 3;
    /** @type {Map<number, Enlarged>} */
    const widened = new Map();
    planes.forEach((plane, i) => {
      const { at, stride, width, height } = plane;
      const kind = i === 0 ? 'luma' : 'chroma';
      const behind = this.enlarged(`behind ${kind}`, backgrounds[i], 1, width, height);
      const [left, right] = [rect[0], rect[0] + rect[2]].map((x) => Math.round(x * width));
      const [top, bottom] = [rect[1], rect[1] + rect[3]].map((y) => Math.round(y * height));
      const from = { at: opacity, stride: 4 * across, width: across, height: down };
      const over = widened.get(width) ?? this.enlarged(`opacity ${kind}`, from, 4, right - left, bottom - top);
      widened.set(width, over);
      this.functions.layOver(
        at, stride, width, height, behind.rows, behind.at, behind.stride,
        left, top, right, bottom, over.rows, over.at, over.stride,
      );
    });
  }

  /**
   * A plane whose rows have been enlarged, and between which of them the rows of the enlarged plane lie.
   * @typedef {{at: number, stride: number, rows: number}} Enlarged
   *
   * @param {string} name
   * @param {Plane} plane
   * @param {number} step bytes between two values
   * @param {number} width wanted
   * @param {number} height
   * @returns {Enlarged}
   */
  enlarged(name, plane, step, width, height) {
    const rows = this.table(`${name} rows`, `${plane.height} ${height}`, () =>
      this.put(`${name} rows`, rowPairs(plane.height, height)),
    );
    if (plane.width === width && plane.height === height) return { at: plane.at, stride: plane.stride, rows };
    const stride = width + 16;
    const { ends, weights } = this.table(`${name} pairs`, `${plane.width} ${width}`, () => {
      const table = pairs(plane.width, width);
      return { ends: this.put(`${name} ends`, table.ends), weights: this.put(`${name} weights`, table.weights) };
    });
    const at = this.room(name, stride * plane.height);
    this.functions.widen(plane.at, step, plane.width, plane.height, width, stride, ends, weights, at);
    return { at, stride, rows };
  }
}
