// @ts-check
/**
 * The icons of the interface, and buttons that carry one: outlines on a grid of 24, drawn with one width of stroke
 * (css/base.css). Each is a list of path data.
 */
import { el } from '../base/dom.js';

const SVG = 'http://www.w3.org/2000/svg';

const MIC_STAND = ['M5 11.5a7 7 0 0 0 14 0', 'M12 18.5V22', 'M8.5 22h7'];
const SLASH = 'M3.5 3.5l17 17';
const HEAD = 'M9.5 11.5a4 4 0 1 0 0-8 4 4 0 0 0 0 8z';
const BODY = 'M2.5 20.5c.4-3.6 3.3-6 7-6s6.6 2.4 7 6';

const ICONS = {
  mic: ['M12 2.5a3.2 3.2 0 0 0-3.2 3.2v5.6a3.2 3.2 0 0 0 6.4 0V5.7A3.2 3.2 0 0 0 12 2.5z', ...MIC_STAND],
  micOff: [
    'M8.8 8.8v2.5a3.2 3.2 0 0 0 4.9 2.7',
    'M15.2 10.6V5.7a3.2 3.2 0 0 0-6.1-1.4',
    'M5 11.5a7 7 0 0 0 11.3 5.5',
    'M19 11.5a7 7 0 0 1-.8 3.3',
    'M12 18.5V22',
    'M8.5 22h7',
    SLASH,
  ],
  camera: [
    'M4.5 6h8.8a2.2 2.2 0 0 1 2.2 2.2v7.6a2.2 2.2 0 0 1-2.2 2.2H4.5a2.2 2.2 0 0 1-2.2-2.2V8.2A2.2 2.2 0 0 1 4.5 6z',
    'M15.5 10.8l5-3a.8.8 0 0 1 1.2.7v7a.8.8 0 0 1-1.2.7l-5-3z',
  ],
  cameraOff: [
    'M10 6h3.3a2.2 2.2 0 0 1 2.2 2.2v2.6l5-3a.8.8 0 0 1 1.2.7v7.3',
    'M15.5 15.5v.3a2.2 2.2 0 0 1-2.2 2.2H4.5a2.2 2.2 0 0 1-2.2-2.2V8.2A2.2 2.2 0 0 1 4.5 6H6',
    SLASH,
  ],
  screen: [
    'M4.5 4h15a2 2 0 0 1 2 2v9a2 2 0 0 1-2 2h-15a2 2 0 0 1-2-2V6a2 2 0 0 1 2-2z',
    'M8.5 21h7',
    'M12 13.5v-6',
    'M9.2 10L12 7.2l2.8 2.8',
  ],
  screenOff: [
    'M4.5 4h15a2 2 0 0 1 2 2v9a2 2 0 0 1-2 2h-15a2 2 0 0 1-2-2V6a2 2 0 0 1 2-2z',
    'M8.5 21h7',
    'M9.8 8.3l4.4 4.4',
    'M14.2 8.3l-4.4 4.4',
  ],
  filters: [
    'M4 20L15 9',
    'M13.2 7.2l3.6 3.6',
    'M17.5 3l.7 1.8 1.8.7-1.8.7-.7 1.8-.7-1.8-1.8-.7 1.8-.7z',
    'M7 3.5l.6 1.4 1.4.6-1.4.6L7 7.5l-.6-1.4L5 5.5l1.4-.6z',
    'M19.5 14l.5 1.2 1.2.5-1.2.5-.5 1.2-.5-1.2-1.2-.5 1.2-.5z',
  ],
  blur: [
    'M12 12.5a3.7 3.7 0 1 0 0-7.4 3.7 3.7 0 0 0 0 7.4z',
    'M5.5 20.5c.3-3.1 3-5.2 6.5-5.2s6.2 2.1 6.5 5.2',
    'M3 4h.01',
    'M3 9h.01',
    'M3 14h.01',
    'M21 4h.01',
    'M21 9h.01',
    'M21 14h.01',
    'M6.5 2.5h.01',
    'M17.5 2.5h.01',
  ],
  hand: [
    'M8 13V5.5a1.5 1.5 0 0 1 3 0V11',
    'M11 11V4a1.5 1.5 0 0 1 3 0v7',
    'M14 11V5.5a1.5 1.5 0 0 1 3 0V13',
    'M17 10a1.5 1.5 0 0 1 3 0v4.5a7 7 0 0 1-7 7h-1a7 7 0 0 1-5.6-2.8L3.4 15a1.6 1.6 0 0 1 2.4-2.1L8 15',
  ],
  people: [HEAD, BODY, 'M15.5 3.8a4 4 0 0 1 0 7.4', 'M18 14.9c2 .9 3.3 2.9 3.5 5.6'],
  person: ['M12 12a4.2 4.2 0 1 0 0-8.4 4.2 4.2 0 0 0 0 8.4z', 'M4.5 20.5c.4-3.6 3.6-6 7.5-6s7.1 2.4 7.5 6'],
  invite: [HEAD, BODY, 'M19 8v6', 'M16 11h6'],
  keepOut: ['M12 3a9 9 0 1 0 0 18a9 9 0 0 0 0-18', 'M5.6 5.6l12.8 12.8'],
  kick: [HEAD, BODY, 'M16.5 8.5l5 5', 'M21.5 8.5l-5 5'],
  chat: [
    'M5 4h14a2.5 2.5 0 0 1 2.5 2.5v8A2.5 2.5 0 0 1 19 17h-7l-4.6 3.7a.6.6 0 0 1-1-.5V17H5a2.5 2.5 0 0 1-2.5-2.5v-8A2.5 2.5 0 0 1 5 4z',
    'M7.5 9h9',
    'M7.5 12.5h5.5',
  ],
  more: ['M5 12h.01', 'M12 12h.01', 'M19 12h.01'],
  leave: [
    'M3.3 14.6c-.8-1-.9-2.4-.2-3.4C5 8.6 8.2 7 12 7s7 1.6 8.9 4.2c.7 1 .6 2.4-.2 3.4l-.8 1c-.4.5-1.1.7-1.7.4l-2.4-1c-.6-.2-.9-.8-.9-1.4v-1.7c-1.9-.6-3.9-.6-5.8 0v1.7c0 .6-.3 1.2-.9 1.4l-2.4 1c-.6.3-1.3.1-1.7-.4z',
  ],
  settings: [
    'M4 7h9',
    'M17 7h3',
    'M15 9.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5z',
    'M4 17h3',
    'M11 17h9',
    'M9 19.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5z',
  ],
  lock: [
    'M6 10.5h12a1.5 1.5 0 0 1 1.5 1.5v7a1.5 1.5 0 0 1-1.5 1.5H6A1.5 1.5 0 0 1 4.5 19v-7A1.5 1.5 0 0 1 6 10.5z',
    'M8 10.5V7.5a4 4 0 0 1 8 0v3',
  ],
  unlock: [
    'M6 10.5h12a1.5 1.5 0 0 1 1.5 1.5v7a1.5 1.5 0 0 1-1.5 1.5H6A1.5 1.5 0 0 1 4.5 19v-7A1.5 1.5 0 0 1 6 10.5z',
    'M8 10.5V7.5a4 4 0 0 1 7.5-2',
  ],
  pin: ['M9 3.5h6', 'M10 3.5v6L7 13v1.5h10V13l-3-3.5v-6', 'M12 14.5v6'],
  grid: ['M4 4h6.5v6.5H4z', 'M13.5 4H20v6.5h-6.5z', 'M4 13.5h6.5V20H4z', 'M13.5 13.5H20V20h-6.5z'],
  auto: ['M4 4h16v16H4z', 'M4 14h16', 'M12 14v6'],
  speaker: ['M3.5 4h12v16h-12z', 'M18.5 4h2v4h-2z', 'M18.5 10h2v4h-2z', 'M18.5 16h2v4h-2z'],
  presentation: ['M3.5 5h12v14h-12z', 'M18.5 9h2.5v6h-2.5z'],
  unpin: ['M9 3.5h6', 'M10 3.5v3', 'M14 3.5v6L17 13v1.5h-3', 'M11.5 14.5H7V13l2.2-2.6', 'M12 14.5v6', SLASH],
  left: ['M15 6l-6 6 6 6'],
  right: ['M9 6l6 6-6 6'],
  zoomIn: ['M10.5 18a7.5 7.5 0 1 0 0-15 7.5 7.5 0 0 0 0 15z', 'M16 16l5 5', 'M10.5 7.5v6', 'M7.5 10.5h6'],
  zoomOut: ['M10.5 18a7.5 7.5 0 1 0 0-15 7.5 7.5 0 0 0 0 15z', 'M16 16l5 5', 'M7.5 10.5h6'],
  move: ['M12 3v18', 'M3 12h18', 'M9.5 5.5L12 3l2.5 2.5', 'M9.5 18.5L12 21l2.5-2.5', 'M5.5 9.5L3 12l2.5 2.5', 'M18.5 9.5L21 12l-2.5 2.5'],
  file: ['M6 3.5h8l4.5 4.5v12.5H6z', 'M14 3.5V8h4.5'],
  play: ['M8 5.5v13l11-6.5z'],
  pause: ['M8.5 5.5v13', 'M15.5 5.5v13'],
  smile: ['M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18z', 'M8 14c.9 1.6 2.3 2.4 4 2.4s3.1-.8 4-2.4', 'M9 9.5h.01', 'M15 9.5h.01'],
  reply: ['M9.5 6L4 11.5 9.5 17', 'M4 11.5h9.5a6.5 6.5 0 0 1 6.5 6.5v1'],
  edit: ['M4 20l1-4.5L16 4.5a1.8 1.8 0 0 1 2.5 0l1 1a1.8 1.8 0 0 1 0 2.5L8.5 19z', 'M14 6.5l3.5 3.5'],
  search: ['M10.5 18a7.5 7.5 0 1 0 0-15 7.5 7.5 0 0 0 0 15z', 'M16 16l5 5'],
  download: ['M12 4v11', 'M7.5 11l4.5 4.5 4.5-4.5', 'M4.5 20h15'],
  pip: [
    'M21.5 10V6.5a2 2 0 0 0-2-2h-15a2 2 0 0 0-2 2v10a2 2 0 0 0 2 2H10',
    'M14.5 13.5h6a1 1 0 0 1 1 1v4a1 1 0 0 1-1 1h-6a1 1 0 0 1-1-1v-4a1 1 0 0 1 1-1z',
  ],
  fullscreen: [
    'M4 9V5.5A1.5 1.5 0 0 1 5.5 4H9',
    'M15 4h3.5A1.5 1.5 0 0 1 20 5.5V9',
    'M20 15v3.5a1.5 1.5 0 0 1-1.5 1.5H15',
    'M9 20H5.5A1.5 1.5 0 0 1 4 18.5V15',
  ],
  volume: ['M4 9.5v5h3.5L12 18.5v-13L7.5 9.5z', 'M15.5 9a4.2 4.2 0 0 1 0 6', 'M18.3 6.3a8 8 0 0 1 0 11.4'],
  volumeOff: ['M4 9.5v5h3.5L12 18.5v-13L7.5 9.5z', 'M16 9.5l5 5', 'M21 9.5l-5 5'],
  close: ['M6 6l12 12', 'M18 6L6 18'],
  send: ['M20.5 3.5L10.5 13.5', 'M20.5 3.5l-6 17-4-7-7-4z'],
  copy: [
    'M9.5 8.5h9a1.5 1.5 0 0 1 1.5 1.5v9a1.5 1.5 0 0 1-1.5 1.5h-9A1.5 1.5 0 0 1 8 19v-9a1.5 1.5 0 0 1 1.5-1.5z',
    'M16 8.5V5a1.5 1.5 0 0 0-1.5-1.5h-9A1.5 1.5 0 0 0 4 5v9a1.5 1.5 0 0 0 1.5 1.5H8',
  ],
  trash: [
    'M4 6.5h16',
    'M9 6.5V4.5a1 1 0 0 1 1-1h4a1 1 0 0 1 1 1v2',
    'M6 6.5l1 12.6a1.5 1.5 0 0 0 1.5 1.4h7a1.5 1.5 0 0 0 1.5-1.4l1-12.6',
    'M10 10.5v6',
    'M14 10.5v6',
  ],
  check: ['M4.5 12.5l5 5 10-11'],
  up: ['M6 15l6-6 6 6'],
  down: ['M6 9l6 6 6-6'],
  info: ['M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18z', 'M12 11v5.5', 'M12 7.5h.01'],
  warning: ['M12 4L2.8 19.5h18.4z', 'M12 10v4.5', 'M12 17h.01'],
  shield: ['M12 3l7.5 2.8v5.4c0 4.6-3 8-7.5 9.8-4.5-1.8-7.5-5.2-7.5-9.8V5.8z', 'M8.8 12l2.3 2.3 4.2-4.4'],
  eye: [
    'M2.5 12S6 5.5 12 5.5 21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12z',
    'M12 15a3 3 0 1 0 0-6 3 3 0 0 0 0 6z',
  ],
  keyboard: [
    'M4 6h16a1.5 1.5 0 0 1 1.5 1.5v9A1.5 1.5 0 0 1 20 18H4a1.5 1.5 0 0 1-1.5-1.5v-9A1.5 1.5 0 0 1 4 6z',
    'M6.5 10h.01',
    'M10 10h.01',
    'M13.5 10h.01',
    'M17 10h.01',
    'M8 14h8',
  ],
  signal: ['M4 20v-4', 'M9.3 20v-8', 'M14.6 20V8', 'M20 20V4'],
  refresh: [
    'M20 11.5a8 8 0 0 0-14.3-4L3.5 10',
    'M3.5 4.5V10H9',
    'M4 12.5a8 8 0 0 0 14.3 4l2.2-2.5',
    'M20.5 19.5V14H15',
  ],
  key: ['M8 16.5a4.5 4.5 0 1 0 0-9 4.5 4.5 0 0 0 0 9z', 'M12.5 12h9', 'M18 12v3.5', 'M21.5 12v2.5'],
  record: ['M12 20.5a8.5 8.5 0 1 0 0-17 8.5 8.5 0 0 0 0 17z', 'M12 15a3 3 0 1 0 0-6 3 3 0 0 0 0 6z'],
  film: ['M4.5 5h15a1 1 0 0 1 1 1v12a1 1 0 0 1-1 1h-15a1 1 0 0 1-1-1V6a1 1 0 0 1 1-1z', 'M10 9v6l5-3z'],
  palette: ['M12 3.5a8.5 8.5 0 0 0 0 17z', 'M12 3.5a8.5 8.5 0 0 1 0 17'],
  mail: ['M4.5 5h15a2 2 0 0 1 2 2v10a2 2 0 0 1-2 2h-15a2 2 0 0 1-2-2V7a2 2 0 0 1 2-2z', 'M3 7l9 6.5L21 7'],
};

/** @typedef {keyof typeof ICONS} IconName */

/** @param {IconName} name */
export function icon(name) {
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('viewBox', '0 0 24 24');
  svg.setAttribute('class', name === 'more' ? 'icon icon-dots' : 'icon');
  svg.setAttribute('aria-hidden', 'true');
  for (const d of ICONS[name]) {
    const path = document.createElementNS(SVG, 'path');
    path.setAttribute('d', d);
    svg.append(path);
  }
  return svg;
}

/**
 * A round button with an icon and a name for those who do not see it.
 * @param {IconName} name @param {string} label @param {Record<string, any>} [properties]
 */
export function iconButton(name, label, properties = {}) {
  const { class: more = '', ...rest } = properties;
  return el(
    'button',
    { type: 'button', class: `icon-button ${more}`, 'aria-label': label, title: label, ...rest },
    icon(name),
  );
}

/** Exchanges icon and name of an icon button. @param {HTMLElement} button @param {IconName} name @param {string} label */
export function relabel(button, name, label) {
  if (button.getAttribute('aria-label') === label && button.dataset.icon === name) return;
  button.dataset.icon = name;
  button.setAttribute('aria-label', label);
  button.title = label;
  button.querySelector('svg.icon')?.replaceWith(icon(name));
}
