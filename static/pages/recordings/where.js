/**
 * Where the player is, in words.
 * @module
 */

import { t } from '../../base/texts.js';
import { clock } from './format.js';

/** @param {import('./step.js').Step} step @returns {string} */
export function where(step) {
  return t('recordings.positionOf', { position: clock(step.position), duration: clock(step.duration) });
}
