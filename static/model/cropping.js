// @ts-check
/** Whether a video fills its tile or is shown whole, with bars beside it. Pure. */

/** @typedef {import('./layout.js').Size} Size */

/** How much of a wide picture's length may be cut off: in a small tile nobody misses the edges. */
const MOST = 1.6;
const MOST_SMALL = 2.6;
/** The same for pictures that are upright or square: heads are near their edges. */
const MOST_UPRIGHT = 1.12;
/** From this ratio of width to height on, a picture is wide. 5:4 is the least wide that cameras have. */
const WIDE = 1.2;

/**
 * @param {Size} video @param {Size} tile  in any unit, not 0
 * @param {{screen: boolean, small: boolean}} what  screen: of which nothing may be missing
 */
export function shownWhole(video, tile, { screen, small }) {
  if (screen) return true;
  const shape = video.width / video.height;
  const ratio = shape / (tile.width / tile.height);
  const most = shape < WIDE ? MOST_UPRIGHT : small ? MOST_SMALL : MOST;
  return ratio > most || ratio < 1 / most;
}
