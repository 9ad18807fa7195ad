/**
 * A small plot of one track's last two minutes: its rate as a line, in red where packets were lost.
 * @module
 */

import { number, percent, t } from '../../base/texts.js';
import { points } from './history.js';

const SVG = 'http://www.w3.org/2000/svg';
const WIDTH = 120;
const HEIGHT = 22;
/** From here on people notice. */
const LOSSY = 0.02;

/** @param {import('./history.js').Series} series @returns {SVGSVGElement} */
export function spark({ rates, losses }) {
  const image = document.createElementNS(SVG, 'svg');
  const worst = Math.max(0, ...losses);
  const kilobits = (/** @type {number} */ rate) => number(Math.round(rate / 1000));
  const values = { low: kilobits(Math.min(...rates)), high: kilobits(Math.max(...rates)), loss: percent(worst) };
  for (const [name, value] of Object.entries({
    class: 'spark', viewBox: `0 -2 ${WIDTH} ${HEIGHT + 4}`, role: 'img', 'aria-label': t('page.spark', values),
  })) image.setAttribute(name, value);
  const title = document.createElementNS(SVG, 'title');
  title.textContent = t('page.spark', values);
  const line = document.createElementNS(SVG, 'polyline');
  line.setAttribute('points', points(rates, WIDTH, HEIGHT));
  image.append(title, line);
  if (worst > LOSSY) {
    const lost = document.createElementNS(SVG, 'polyline');
    lost.setAttribute('class', 'lost');
    lost.setAttribute('points', points(losses, WIDTH, HEIGHT));
    image.append(lost);
  }
  return image;
}
