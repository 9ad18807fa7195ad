/**
 * The few pictures of the player's buttons.
 * @module
 */

const SVG = 'http://www.w3.org/2000/svg';

/** Paths of 24 by 24; filled. */
const PATHS = {
  play: 'M7 4.5v15l12.5-7.5z',
  pause: 'M6.5 4.5h4v15h-4zM13.5 4.5h4v15h-4z',
  back: 'M12 5.5V1.5L6 7l6 5.5v-4a5.5 5.5 0 1 1-5.5 5.5h-3A8.5 8.5 0 1 0 12 5.5z',
  forward: 'M12 5.5V1.5L18 7l-6 5.5v-4a5.5 5.5 0 1 0 5.5 5.5h3A8.5 8.5 0 1 1 12 5.5z',
  sound: 'M3 9.5v5h4l5 4.5v-14l-5 4.5zM15 8.2v7.6a4.2 4.2 0 0 0 0-7.6zM15 4v2.2a6 6 0 0 1 0 11.6V20a8.2 8.2 0 0 0 0-16z',
  silent: 'M3 9.5v5h4l5 4.5v-14l-5 4.5zM21.5 9.4 20.1 8l-2.6 2.6L14.9 8l-1.4 1.4 2.6 2.6-2.6 2.6 1.4 1.4 2.6-2.6 2.6 2.6 1.4-1.4-2.6-2.6z',
  full: 'M4 4h6v2.2H6.2V10H4zM14 4h6v6h-2.2V6.2H14zM4 14h2.2v3.8H10V20H4zM17.8 14H20v6h-6v-2.2h3.8z',
};
/** @typedef {keyof typeof PATHS} Name */

/** @param {Name} name @returns {SVGElement} */
export function icon(name) {
  const picture = document.createElementNS(SVG, 'svg');
  picture.setAttribute('viewBox', '0 0 24 24');
  picture.setAttribute('aria-hidden', 'true');
  const path = document.createElementNS(SVG, 'path');
  path.setAttribute('d', PATHS[name]);
  picture.append(path);
  return picture;
}
