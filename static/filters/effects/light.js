/**
 * Brighter or darker, warmer or cooler light: for dim rooms and cold screens. Also the example of a small filter: nothing else in
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
    { key: 'brightness', kind: 'range', min: -1, max: 1, step: 0.05 },
    { key: 'warmth', kind: 'range', min: -1, max: 1, step: 0.05 },
  ],
  active: (params) => numberOf(params, 'brightness', -1, 1) !== 0 || numberOf(params, 'warmth', -1, 1) !== 0,
  paint(context, width, height, params) {
    const [brightness, warmth] = [numberOf(params, 'brightness', -1, 1), numberOf(params, 'warmth', -1, 1)];
    const light = brightness > 0 ? '255 255 255' : '0 0 0';
    const tint = warmth > 0 ? '255 140 40' : '40 140 255';
    wash(context, width, height, 'soft-light', `rgb(${light} / ${0.8 * Math.abs(brightness)})`);
    wash(context, width, height, 'soft-light', `rgb(${tint} / ${0.6 * Math.abs(warmth)})`);
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
