/**
 * The arithmetic on planes that is worth doing on many values at a time. AssemblyScript, not TypeScript:
 * `npm run kernels` makes planes.wasm of it, which is kept beside it and compared by scripts/lint. Its only caller,
 * planes.js, owns the memory: every address comes from there, and behind each buffer are SLACK bytes that may be
 * read and, unless a function says otherwise, overwritten.
 *
 * Pure: no import, no state, no allocation. Many weights are 128ths: times a value they fit in 16 signed bits.
 */

export const SLACK: i32 = 64;

/** Where the memory that planes.js owns begins. */
export function base(): usize {
  return __heap_base;
}

/**
 * A part of a plane, scaled: rows are averaged to one line, then values of that line.
 * @param plane first value
 * @param stride values between two rows
 * @param length values of a row
 * @param rows i32 (height × rowsPer): numbers of rows
 * @param shares i32 (height × rowsPer): their weights, 128 together
 * @param starts i32 (width): first value of the line that counts
 * @param weights i16 (width × per): 256 together
 * @param per a multiple of 8
 * @param line scratch, i16 (length + per)
 * @param target u8 (width × height)
 */
export function scale(
  plane: usize, stride: i32, length: i32,
  rows: usize, shares: usize, rowsPer: i32, height: i32,
  starts: usize, weights: usize, per: i32, width: i32,
  line: usize, target: usize,
): void {
  for (let y = 0; y < height; y++) {
    for (let k = 0; k < rowsPer; k++, rows += 4, shares += 4) {
      addRow(plane + load<i32>(rows) * stride, load<i32>(shares), length, line, k > 0);
    }
    let weight = weights;
    for (let x = 0; x < width; x++, target++) {
      let value = line + (load<i32>(starts + (x << 2)) << 1);
      let sums = i32x4.splat(0);
      for (let k = 0; k < per; k += 8, value += 16, weight += 16) {
        sums = i32x4.add(sums, i32x4.dot_i16x8_s(v128.load(value), v128.load(weight)));
      }
      sums = i32x4.add(sums, i32x4.shuffle(sums, sums, 2, 3, 0, 1));
      store<u8>(target, (i32x4.extract_lane(sums, 0) + i32x4.extract_lane(sums, 1) + 16384) >> 15);
    }
  }
}

/** Weighted values of a row into the line, or added to it. */
// @ts-ignore: decorator
@inline
function addRow(row: usize, share: i32, length: i32, line: usize, add: bool): void {
  const factor = i8x16.splat(<i8>share);
  for (let x = 0; x < length; x += 16, row += 16, line += 32) {
    const values = v128.load(row);
    let low = i16x8.extmul_low_i8x16_u(values, factor);
    let high = i16x8.extmul_high_i8x16_u(values, factor);
    if (add) {
      low = i16x8.add(low, v128.load(line));
      high = i16x8.add(high, v128.load(line, 16));
    }
    v128.store(line, low);
    v128.store(line, high, 16);
  }
}

/**
 * Opaque RGBA pixels of three planes of one size; factors are 8192ths.
 * @param count values of each plane
 * @param black brightness of black
 * @param rgba u8 (count × 4)
 */
export function toRgba(
  luma: usize, u: usize, v: usize, count: i32, rgba: usize,
  black: i32, bright: i32, red: i32, greenRed: i32, greenBlue: i32, blue: i32,
): void {
  const centre = i16x8.splat(128);
  // Pairs of 16-bit numbers, as the dot product takes them: brightness and one, blue and red colour.
  const forGrey = i32x4.splat((bright & 0xffff) | (4096 << 16));
  const forRed = i32x4.splat(red << 16);
  const forGreen = i32x4.splat((-greenBlue & 0xffff) | (-greenRed << 16));
  const forBlue = i32x4.splat(blue & 0xffff);
  for (let i = 0; i < count; i += 8, luma += 8, u += 8, v += 8, rgba += 32) {
    const y = i16x8.sub(v128.load_ext<u8>(luma), i16x8.splat(<i16>black));
    const cb = i16x8.sub(v128.load_ext<u8>(u), centre);
    const cr = i16x8.sub(v128.load_ext<u8>(v), centre);
    const one = i16x8.splat(1);
    const grey0 = i32x4.dot_i16x8_s(i16x8.shuffle(y, one, 0, 8, 1, 9, 2, 10, 3, 11), forGrey);
    const grey1 = i32x4.dot_i16x8_s(i16x8.shuffle(y, one, 4, 12, 5, 13, 6, 14, 7, 15), forGrey);
    const colour0 = i16x8.shuffle(cb, cr, 0, 8, 1, 9, 2, 10, 3, 11);
    const colour1 = i16x8.shuffle(cb, cr, 4, 12, 5, 13, 6, 14, 7, 15);
    const r = channel(grey0, grey1, colour0, colour1, forRed);
    const g = channel(grey0, grey1, colour0, colour1, forGreen);
    const b = channel(grey0, grey1, colour0, colour1, forBlue);
    const rg = i8x16.shuffle(r, g, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
    const ba = i8x16.shuffle(b, i8x16.splat(-1), 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
    v128.store(rgba, i16x8.shuffle(rg, ba, 0, 8, 1, 9, 2, 10, 3, 11));
    v128.store(rgba, i16x8.shuffle(rg, ba, 4, 12, 5, 13, 6, 14, 7, 15), 16);
  }
}

/** One channel of eight pixels, in the lower eight bytes. */
// @ts-ignore: decorator
@inline
function channel(grey0: v128, grey1: v128, colour0: v128, colour1: v128, factors: v128): v128 {
  const low = i32x4.shr_s(i32x4.add(grey0, i32x4.dot_i16x8_s(colour0, factors)), 13);
  const high = i32x4.shr_s(i32x4.add(grey1, i32x4.dot_i16x8_s(colour1, factors)), 13);
  const values = i16x8.narrow_i32x4_s(low, high);
  return i8x16.narrow_i16x8_u(values, values);
}

/**
 * Two planes of one whose values alternate.
 * @param both first value of the one
 * @param stride bytes between two rows of both
 * @param u u8 (width × height)
 * @param v the same
 */
export function split(both: usize, stride: i32, width: i32, height: i32, u: usize, v: usize): void {
  for (let y = 0; y < height; y++, both += stride, u += width, v += width) {
    for (let x = 0; x < width; x += 16) {
      const a = v128.load(both + (x << 1));
      const b = v128.load(both + (x << 1), 16);
      v128.store(u + x, i8x16.shuffle(a, b, 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30));
      v128.store(v + x, i8x16.shuffle(a, b, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31));
    }
  }
}

/**
 * Each row enlarged by interpolation; what is beyond the outermost values repeats them.
 * @param source first value
 * @param step bytes between two values
 * @param count values of a row; rows follow each other
 * @param width of an enlarged row
 * @param stride of the enlarged rows, at least width + 16
 * @param ends i32 (count + 1): where on the enlarged row each pair of neighbours ends
 * @param weights i16 (width): of the right one of the two, 128ths
 * @param target u8 (height × stride)
 */
export function widen(
  source: usize, step: i32, count: i32, height: i32,
  width: i32, stride: i32, ends: usize, weights: usize, target: usize,
): void {
  const half = i16x8.splat(64);
  for (let y = 0; y < height; y++, target += stride) {
    let right: i32 = load<u8>(source);
    for (let pair = 0, x = 0; pair <= count; pair++) {
      const left = right;
      if (pair < count) right = load<u8>(source + pair * step);
      const from = i16x8.add(i16x8.splat(<i16>(left << 7)), half);
      const difference = i16x8.splat(<i16>(right - left));
      const end = load<i32>(ends + (pair << 2));
      // What is written beyond the end is the next pair's.
      for (let p = x; p < end; p += 8) {
        const values = i16x8.add(from, i16x8.mul(difference, v128.load(weights + (p << 1))));
        const bytes = i16x8.shr_s(values, 7);
        v128.store64_lane(target + p, i8x16.narrow_i16x8_u(bytes, bytes), 0);
      }
      x = end;
    }
    source += count * step;
  }
}

/** Sixteen values between those of two rows: `share` 128ths of the lower one. */
// @ts-ignore: decorator
@inline
function between(above: usize, below: usize, share: i32): v128 {
  const a = v128.load(above);
  const b = v128.load(below);
  const forA = i8x16.splat(<i8>(128 - share));
  const forB = i8x16.splat(<i8>share);
  const half = i16x8.splat(64);
  const low = i16x8.add(i16x8.extmul_low_i8x16_u(a, forA), i16x8.extmul_low_i8x16_u(b, forB));
  const high = i16x8.add(i16x8.extmul_high_i8x16_u(a, forA), i16x8.extmul_high_i8x16_u(b, forB));
  return i8x16.narrow_i16x8_u(
    i16x8.shr_u(i16x8.add(low, half), 7),
    i16x8.shr_u(i16x8.add(high, half), 7),
  );
}

/**
 * Background over values, as opaque as said. Exact at both ends: 0 keeps the value, 255 replaces it.
 * @param old eight values, 16 bits each; the same for the others
 */
// @ts-ignore: decorator
@inline
function blend(old: v128, background: v128, opacity: v128): v128 {
  // 0 to 32767 for 0 to 255.
  const part = i16x8.add(i16x8.shl(opacity, 7), i16x8.shr_u(opacity, 1));
  const change = i16x8.q15mulr_sat_s(i16x8.shl(i16x8.sub(background, old), 7), part);
  return i16x8.add(old, i16x8.shr_s(i16x8.add(change, i16x8.splat(64)), 7));
}

/** The same for sixteen values of 8 bits. */
// @ts-ignore: decorator
@inline
function blend16(old: v128, background: v128, opacity: v128): v128 {
  return i8x16.narrow_i16x8_u(
    blend(
      i16x8.extend_low_i8x16_u(old), i16x8.extend_low_i8x16_u(background), i16x8.extend_low_i8x16_u(opacity),
    ),
    blend(
      i16x8.extend_high_i8x16_u(old), i16x8.extend_high_i8x16_u(background), i16x8.extend_high_i8x16_u(opacity),
    ),
  );
}

/** As a mask, which of sixteen lanes are below `count`. */
// @ts-ignore: decorator
@inline
function first(count: i32): v128 {
  return i8x16.gt_s(i8x16.splat(<i8>min(count, 16)), i8x16(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15));
}

/** `count` values of a row; behind them nothing changes. */
// @ts-ignore: decorator
@inline
function copyRow(target: usize, above: usize, below: usize, share: i32, count: i32): void {
  for (let x = 0; x < count; x += 16) {
    const values = between(above + x, below + x, share);
    if (x + 16 <= count) v128.store(target + x, values);
    else v128.store(target + x, v128.bitselect(values, v128.load(target + x), first(count - x)));
  }
}

/**
 * A background over a plane in place: between `left` and `right`, `top` and `bottom` as opaque as said, elsewhere
 * opaque. Behind a row nothing changes.
 * @param plane first value
 * @param stride values between two rows
 * @param rows i32 (height × 2): row of the background, and 128ths of the one below it
 * @param background as `widen` made it, or rows of the plane's size
 * @param across bytes between two rows of the background
 * @param opacityRows like rows, for the rows from top to bottom
 * @param opacity as `widen` made it, right - left wide
 * @param opacityAcross bytes between two rows of opacity
 */
export function layOver(
  plane: usize, stride: i32, width: i32, height: i32,
  rows: usize, background: usize, across: i32,
  left: i32, top: i32, right: i32, bottom: i32,
  opacityRows: usize, opacity: usize, opacityAcross: i32,
): void {
  for (let y = 0; y < height; y++, plane += stride, rows += 8) {
    const above = background + load<i32>(rows) * across;
    const share = load<i32>(rows, 4);
    const below = share > 0 ? above + across : above;
    if (y < top || y >= bottom || right <= left) {
      copyRow(plane, above, below, share, width);
      continue;
    }
    copyRow(plane, above, below, share, left);
    copyRow(plane + right, above + right, below + right, share, width - right);
    const over = opacity + load<i32>(opacityRows) * opacityAcross;
    const overShare = load<i32>(opacityRows, 4);
    const under = overShare > 0 ? over + opacityAcross : over;
    opacityRows += 8;
    for (let x = left; x < right; x += 16) {
      let opaque = between(over + (x - left), under + (x - left), overShare);
      if (x + 16 > right) opaque = v128.and(opaque, first(right - x));
      if (!v128.any_true(opaque)) continue;
      const values = blend16(v128.load(plane + x), between(above + x, below + x, share), opaque);
      v128.store(plane + x, values);
    }
  }
}
