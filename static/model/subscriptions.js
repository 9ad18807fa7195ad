// @ts-check
/**
 * What to ask the server for, stream by stream, so that nothing travels that nobody sees: the small picture
 * for small tiles, sound alone for tiles that are not shown. Pure.
 */

/** Tiles up to this size, in device pixels, are well served by the small picture. */
export const LOW_WIDTH = 320;
export const LOW_HEIGHT = 240;

/**
 * @param {string} receive  the person's choice of what to receive
 * @param {{label: string, visible: boolean, audio: boolean, width: number, height: number}} tile  audio: whether the
 *   stream has any; size in device pixels
 * @returns {('audio' | 'video' | 'video-low')[]}
 */
export function wanted(receive, { label, visible, audio, width, height }) {
  if (receive === 'nothing') return [];
  const screen = label === 'screenshare';
  if (receive === 'audio' || (receive === 'screenshare' && !screen)) return ['audio'];
  // Of which nothing is wanted, a stream ends; it could not be asked for again.
  if (!visible) return [audio ? 'audio' : 'video-low'];
  if (screen) return ['audio', 'video'];
  const small = width <= LOW_WIDTH && height <= LOW_HEIGHT;
  return ['audio', receive === 'low' || small ? 'video-low' : 'video'];
}
