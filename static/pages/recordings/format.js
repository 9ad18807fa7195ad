/**
 * Lengths, sizes, moments and names as people read them, in their language.
 * @module
 */

import { has, list, moment as said, number, t, text } from '../../base/texts.js';

/** `0:45`, `12:03`, `1:02:33`. @param {number} seconds */
export function clock(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  const rest = String(whole % 60).padStart(2, '0');
  return hours ? `${hours}:${String(minutes).padStart(2, '0')}:${rest}` : `${minutes}:${rest}`;
}

const UNITS = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'];

/** Powers of a thousand, as disks are sold. @param {number} bytes */
export function size(bytes) {
  const power = Math.min(UNITS.length - 1, Math.floor(Math.log10(Math.max(1, bytes)) / 3));
  const value = bytes / 1000 ** power;
  return number(value, { style: 'unit', unit: UNITS[power], maximumFractionDigits: value < 10 && power ? 1 : 0 });
}

/** @param {string} iso @returns {{month: string, day: string, full: string}} in the reader's time zone */
export function moment(iso) {
  return {
    month: said(iso, { month: 'long', year: 'numeric' }),
    day: said(iso, { weekday: 'long', day: 'numeric', month: 'long', hour: 'numeric', minute: '2-digit' }),
    full: said(iso, { dateStyle: 'full', timeStyle: 'short' }),
  };
}

/** Some names, and how many more. @param {string[]} names @param {number} all @param {number} [most] */
export function people(names, all, most = 4) {
  const shown = names.slice(0, all > most ? most - 1 : most).map((name) => name || t('recordings.noName'));
  const left = all - shown.length;
  return list(left > 0 ? [...shown, t('recordings.others', { count: left })] : shown);
}

/** @param {string} label of a stream @returns {string} what it shows */
export function streamName(label) {
  return has(`recordings.stream.${label}`) ? text(`recordings.stream.${label}`) : t('recordings.stream.video');
}
