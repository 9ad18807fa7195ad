// @ts-check
/**
 * The meeting in a small window above all others (W3C Document Picture-in-Picture), where browsers have it: who is
 * large or speaks, and the controls that one needs. Shows the stage's streams in elements of its own, without sound;
 * owns the window.
 */
import { t } from '../base/texts.js';
import { el } from '../base/dom.js';
import { grid } from '../model/layout.js';
import { iconButton, relabel } from './icons.js';

/** @typedef {import('./context.js').App} App */
/** @typedef {import('./tile.js').Tile} Tile */

/** Seen at once at most. */
const MOST = 4;
/** Milliseconds between two looks at who is to be seen. */
const LOOK_MS = 500;

/** @returns {{requestWindow: (options: {width: number, height: number}) => Promise<Window>, window: Window | null} | undefined} */
function pictureInPicture() {
  return /** @type {any} */ (globalThis).documentPictureInPicture;
}

export function canOpenWindow() {
  return pictureInPicture() !== undefined;
}

/**
 * Opens it, or brings it to an end if it is open.
 * @param {App} app
 * @param {{tiles: () => Tile[], toggleMic: () => unknown, toggleCamera: () => unknown, leave: () => void}} meeting
 *   tiles: those worth seeing, the best first
 */
export async function toggleWindow(app, meeting) {
  const api = pictureInPicture();
  if (!api) return;
  if (api.window) {
    api.window.close();
    return;
  }
  const small = await api.requestWindow({ width: 380, height: 320 }).catch(() => null);
  if (!small) return; // refused: there was no click
  fillWindow(small, app, meeting);
}

/** @param {Window} small @param {App} app @param {Parameters<typeof toggleWindow>[1]} meeting */
function fillWindow(small, app, meeting) {
  const { document: page } = small;
  page.title = app.config.title;
  page.documentElement.lang = document.documentElement.lang;
  page.documentElement.dir = document.documentElement.dir;
  const { theme } = document.documentElement.dataset;
  if (theme) page.documentElement.dataset.theme = theme;
  for (const { href } of document.querySelectorAll('link'))
    if (href.endsWith('.css')) page.head.append(el('link', { rel: 'stylesheet', href }));
  page.body.className = 'page-group small-window';
  const stage = el('div', { class: 'stage' });
  const mic = iconButton('mic', t('control.mic.off'), { class: 'control', onclick: meeting.toggleMic });
  const camera = iconButton('camera', t('control.camera.off'), { class: 'control', onclick: meeting.toggleCamera });
  const leave = iconButton('leave', t('control.leave'), { class: 'control leave', onclick: meeting.leave });
  page.body.append(stage, el('div', { class: 'controls', role: 'group', 'aria-label': t('control.bar') }, mic, camera, leave));
  /** @type {Map<string, {element: HTMLElement, video: HTMLVideoElement, name: HTMLElement}>} */
  const shown = new Map();
  const look = () => {
    const { publisher, room } = app;
    relabel(mic, publisher.microphoneOn ? 'mic' : 'micOff', t(publisher.microphoneOn ? 'control.mic.off' : 'control.mic.on'));
    relabel(camera, publisher.cameraOn ? 'camera' : 'cameraOff', t(publisher.cameraOn ? 'control.camera.off' : 'control.camera.on'));
    mic.classList.toggle('off', !publisher.microphoneOn);
    camera.classList.toggle('off', !publisher.cameraOn);
    if (room.phase === 'out' || room.phase === 'ended') small.close();
    else arrange(meeting.tiles().slice(0, MOST), stage, shown);
  };
  const timer = setInterval(look, LOOK_MS);
  small.addEventListener('resize', look);
  small.addEventListener('pagehide', () => {
    clearInterval(timer);
    for (const { video } of shown.values()) video.srcObject = null;
  });
  look();
}

/**
 * @param {Tile[]} tiles @param {HTMLElement} stage
 * @param {Map<string, {element: HTMLElement, video: HTMLVideoElement, name: HTMLElement}>} shown
 */
function arrange(tiles, stage, shown) {
  const there = new Set(tiles.map(({ key }) => key));
  for (const [key, { element, video }] of shown) {
    if (there.has(key)) continue;
    video.srcObject = null;
    element.remove();
    shown.delete(key);
  }
  const rects = grid({ width: stage.clientWidth, height: stage.clientHeight }, tiles.length, 6);
  tiles.forEach((tile, at) => {
    const { element, video, name } = shown.get(tile.key) ?? make(tile, stage, shown);
    if (video.srcObject !== tile.video.srcObject) {
      video.srcObject = tile.video.srcObject;
      void video.play().catch(() => {});
    }
    video.classList.toggle('mirrored', tile.video.classList.contains('mirrored'));
    element.classList.toggle('has-video', tile.hasVideo);
    element.classList.toggle('speaking', tile.element.classList.contains('speaking'));
    if (name.textContent !== tile.label) name.textContent = tile.label;
    const rect = rects[at];
    if (!rect) return;
    const lengths = { '--x': rect.x, '--y': rect.y, '--w': rect.width, '--h': rect.height };
    for (const [property, value] of Object.entries(lengths)) element.style.setProperty(property, `${value}px`);
  });
}

/**
 * @param {Tile} tile @param {HTMLElement} stage
 * @param {Map<string, {element: HTMLElement, video: HTMLVideoElement, name: HTMLElement}>} shown
 */
function make(tile, stage, shown) {
  const video = el('video', { class: 'tile-video whole', autoplay: true, playsinline: true });
  video.muted = true;
  const name = el('span', { class: 'tile-name', dir: 'auto' });
  const element = el('article', { class: 'tile' }, tile.avatar(), video, el('div', { class: 'tile-caption' }, name));
  stage.append(element);
  const made = { element, video, name };
  shown.set(tile.key, made);
  return made;
}
