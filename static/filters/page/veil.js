/**
 * A picture blurred beyond recognition, smoothly: what others see while there is no outline.
 *
 * Everything happens at a few pixels across. Halving averages; halving and doubling again, pixel centres in place,
 * spreads each pixel over its neighbours by (1 3 3 1)/8, and repeated doubling converges to a quadratic spline, in
 * which no grid shows. (A 2D context's own `filter` would do it at once, but Safari has none.) Keeps nothing.
 */

/** Longer side, in pixels, to which the picture is averaged: a face is one or two of them. */
const VEIL_SIZE = 14;
/** How often what is left is spread over its neighbours. */
const PASSES = 1;
/** Longer side, in pixels, up to which it is doubled; from there to the frame, one step shows no edges. */
const SMOOTH_SIZE = 100;

/**
 * @param {OffscreenCanvas} picture
 * @returns {OffscreenCanvas} small, to be enlarged to the frame
 */
export function veiled(picture) {
  let from = shrunk(picture);
  for (let pass = 0; pass < PASSES; pass++) from = resized(resized(from, 0.5), 2, from);
  while (Math.max(from.width, from.height) < SMOOTH_SIZE) from = resized(from, 2);
  return from;
}

/** Halved until its longer side is small: averages, where one step would pick pixels. @param {OffscreenCanvas} source */
function shrunk(source) {
  let from = source;
  while (Math.max(from.width, from.height) > VEIL_SIZE) from = resized(from, 0.5);
  return from;
}

/**
 * @param {OffscreenCanvas} from
 * @param {number} factor 0.5 or 2
 * @param {{width: number, height: number}} [size] in its place, where halving has rounded up
 */
function resized(from, factor, size) {
  const { width, height } = size ?? { width: Math.ceil(from.width * factor), height: Math.ceil(from.height * factor) };
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext('2d', { alpha: false });
  if (context === null) throw new Error('no 2D canvas');
  context.drawImage(from, 0, 0, from.width, from.height, 0, 0, width, height);
  return canvas;
}
