// @ts-check
/**
 * What to say on somebody's tile when their video is not what one would expect there: blurred as a whole, or small
 * where there is room for a large one. Keys of the table of texts. Pure.
 */
import { LOW_HEIGHT, LOW_WIDTH } from './subscriptions.js';

/** Milliseconds in which a larger video usually comes. */
export const PATIENCE_MS = 1500;

/** @type {Readonly<Record<string, string>>} */
const FILTER = {
  'filter-loading': 'stage.blurred.loading',
  'filter-closed': 'stage.blurred.closed',
  'filter-failed': 'stage.blurred.failed',
};

/**
 * @param {object} video
 * @param {unknown} video.told    what its sender says is the matter, see `media/shortcomings.js`
 * @param {unknown} video.height  of the sender's camera, pixels; anything else if it is not told
 * @param {{width: number, height: number}} video.got   pixels
 * @param {{width: number, height: number}} video.room  device pixels that there are for it
 * @param {number} video.since    milliseconds that there has been so much room
 * @returns {string} '' when there is nothing to say
 */
export function shortcoming({ told, height, got, room, since }) {
  if (typeof told === 'string' && Object.hasOwn(FILTER, told)) return FILTER[told];
  const small = got.height > 0 && got.width <= LOW_WIDTH && got.height <= LOW_HEIGHT;
  const large = room.width > 2 * LOW_WIDTH && room.height > 2 * LOW_HEIGHT;
  const could = typeof height === 'number' && height > 1.5 * got.height;
  if (!small || !large || !could || since < PATIENCE_MS) return '';
  return told === 'cpu' || told === 'bandwidth' ? `stage.small.${told}` : 'stage.small.own';
}
