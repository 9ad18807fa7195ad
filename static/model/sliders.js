// @ts-check
/**
 * Which part of a slider is filled, in per cent of its length: from its neutral value, which is 0 or its nearest end,
 * to its value. Pure.
 * @param {number} min
 * @param {number} max
 * @param {number} value
 */
export function filled(min, max, value) {
  const place = (/** @type {number} */ at) => (100 * (at - min)) / (max - min);
  const neutral = place(Math.min(max, Math.max(min, 0)));
  return [Math.min(neutral, place(value)), Math.max(neutral, place(value))];
}
