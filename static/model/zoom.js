// @ts-check
/**
 * Looking at a part of a picture: how many times it is enlarged, and which point of it is in the middle. Pure; points
 * are parts of the picture's width and height, from 0 to 1.
 */

/** @typedef {{scale: number, x: number, y: number}} View  x, y: in the middle of the tile */

export const MOST_ZOOM = 8;
/** @type {Readonly<View>} */
export const WHOLE = { scale: 1, x: 0.5, y: 0.5 };

/**
 * Enlarges (or, with a factor below 1, reduces) around a point of the tile, which stays where it is.
 * @param {View} view @param {number} factor @param {{x: number, y: number}} at  in the tile, from 0 to 1 @returns {View}
 */
export function zoomed(view, factor, at = { x: 0.5, y: 0.5 }) {
  const scale = Math.min(MOST_ZOOM, Math.max(1, view.scale * factor));
  const move = 1 / view.scale - 1 / scale;
  return within({ scale, x: view.x + (at.x - 0.5) * move, y: view.y + (at.y - 0.5) * move });
}

/** Drags the picture by parts of the tile. @param {View} view @param {number} dx @param {number} dy @returns {View} */
export function dragged(view, dx, dy) {
  return within({ scale: view.scale, x: view.x - dx / view.scale, y: view.y - dy / view.scale });
}

/** Never beyond the picture's edges. @param {View} view @returns {View} */
function within({ scale, x, y }) {
  const half = 0.5 / scale;
  /** @param {number} value */
  const bound = (value) => Math.min(1 - half, Math.max(half, value));
  return { scale, x: bound(x), y: bound(y) };
}

/** As a CSS transform of an element that fills the tile. @param {View} view */
export function transformOf({ scale, x, y }) {
  if (scale === 1) return '';
  return `translate(${(0.5 - x) * scale * 100}%, ${(0.5 - y) * scale * 100}%) scale(${scale})`;
}
