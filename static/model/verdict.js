// @ts-check
/** What a connection test's figures mean for a meeting, in one word and some warnings. Pure. */

/**
 * @typedef {'udp' | 'tcp' | 'relay'} Path
 *
 * @typedef {object} Figures
 * @property {Path[]} open       the paths by which the server was reached
 * @property {number} roundTrip  seconds; 0: not known
 * @property {number} rate       bit/s that arrived, of the 3 Mbit/s that were tried; 0: not measured
 * @property {number} loss       0 to 1
 *
 * @typedef {'none' | 'unmeasured' | 'sound' | 'small' | 'good' | 'best'} Quality
 * @typedef {'noUdp' | 'loss' | 'far'} Warning
 */

/** Bit/s from which on a picture can be sent at all, at half its size, and in its whole size to everybody. */
const RATES = { small: 150_000, good: 600_000, best: 1_500_000 };
/** Share of packets that sound does not survive unheard. */
const LOSSY = 0.05;
/** Seconds from which on people begin to speak at the same time (ITU-T G.114: 150 ms one way). */
const FAR = 0.3;

/** @param {Figures} figures @returns {{quality: Quality, warnings: Warning[]}} */
export function verdict({ open, roundTrip, rate, loss }) {
  if (!open.length) return { quality: 'none', warnings: [] };
  /** @type {Warning[]} */
  const warnings = [];
  if (!open.includes('udp')) warnings.push('noUdp');
  if (loss > LOSSY) warnings.push('loss');
  if (roundTrip > FAR) warnings.push('far');
  return { quality: qualityOf(rate), warnings };
}

/** @param {number} rate @returns {Quality} */
function qualityOf(rate) {
  if (!rate) return 'unmeasured';
  if (rate < RATES.small) return 'sound';
  if (rate < RATES.good) return 'small';
  return rate < RATES.best ? 'good' : 'best';
}
