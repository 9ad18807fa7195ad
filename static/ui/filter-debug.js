/** The debug view: the outline as the model found it, and the rectangle of the frame that it looks at. */
import { el } from '../base/dom.js';
import { t } from '../base/texts.js';

/** @typedef {import('../media/camera.js').Camera} Camera */

const WIDTH = 320;

/**
 * @param {Camera} camera
 * @param {AbortSignal} signal
 * @returns {HTMLElement}
 */
export function debugView(camera, signal) {
  const canvas = el('canvas', { class: 'filter-mask', role: 'img', width: `${WIDTH}`, height: '180' });
  canvas.setAttribute('aria-label', t('filter.debug.label'));
  canvas.hidden = true;
  const input = el('input', { type: 'checkbox', role: 'switch' });
  const apply = () => {
    canvas.hidden = !input.checked;
    camera.debug(input.checked ? (seen) => draw(canvas, seen) : null);
  };
  input.addEventListener('change', apply);
  camera.addEventListener('track', apply, { signal });
  signal.addEventListener('abort', () => camera.debug(null));
  return el('div', {}, [
    el('label', { class: 'filter-row filter-switch' }, [el('span', {}, [t('filter.debug')]), input]),
    canvas,
  ]);
}

/**
 * @param {HTMLCanvasElement} canvas
 * @param {import('../filters/page/pipeline.js').Seen} seen
 */
function draw(canvas, { mask, width, height, rect, found, aspect }) {
  const context = canvas.getContext('2d');
  if (context === null) return;
  const tall = Math.round(WIDTH / aspect);
  if (canvas.height !== tall) canvas.height = tall;
  const pixels = new ImageData(width, height);
  mask.forEach((value, index) => {
    pixels.data.fill(value * 255, index * 4, index * 4 + 3);
    pixels.data[index * 4 + 3] = 255;
  });
  const small = new OffscreenCanvas(width, height);
  small.getContext('2d')?.putImageData(pixels, 0, 0);
  context.fillStyle = '#223';
  context.fillRect(0, 0, WIDTH, tall);
  context.drawImage(small, rect[0] * WIDTH, rect[1] * tall, rect[2] * WIDTH, rect[3] * tall);
  outline(context, rect, tall, '#4a9eff');
  if (found !== null) outline(context, found.box, tall, '#ffb02e');
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {import('../filters/contract.js').Rect} rect
 * @param {number} tall
 * @param {string} colour
 */
function outline(context, [x, y, w, h], tall, colour) {
  context.strokeStyle = colour;
  context.lineWidth = 2;
  context.strokeRect(x * WIDTH + 1, y * tall + 1, w * WIDTH - 2, h * tall - 2);
}
