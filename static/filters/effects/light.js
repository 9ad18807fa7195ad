/**
 * Softer, warmer light: for dim rooms and cold screens. Also the example of a small filter: nothing else in
 * the client knows it but the list in `registry.js` and the table of texts.
 */
import { numberOf } from './filter.js';

/** @type {import('./filter.js').Filter} */
export const light = {
  id: 'light',
  slot: 'look',
  segments: false,
  defaults: { brightness: 0, warmth: 0 },
  controls: [
    { key: 'brightness', kind: 'range', min: 0, max: 1, step: 0.05 },
    { key: 'warmth', kind: 'range', min: 0, max: 1, step: 0.05 },
  ],
  active: (params) => numberOf(params, 'brightness', 0, 1) + numberOf(params, 'warmth', 0, 1) > 0,
  paint(context, width, height, params) {
    wash(context, width, height, 'soft-light', `rgb(255 255 255 / ${0.8 * numberOf(params, 'brightness', 0, 1)})`);
    wash(context, width, height, 'soft-light', `rgb(255 140 40 / ${0.6 * numberOf(params, 'warmth', 0, 1)})`);
  },
};

/**
 * Lay one colour over the picture.
 * @param {CanvasRenderingContext2D} context
 * @param {number} width
 * @param {number} height
 * @param {GlobalCompositeOperation} operation
 * @param {string} colour
 */
function wash(context, width, height, operation, colour) {
  context.save();
  context.globalCompositeOperation = operation;
  context.fillStyle = colour;
  context.fillRect(0, 0, width, height);
  context.restore();
}
