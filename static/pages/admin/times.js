/**
 * Times in inputs of type datetime-local, which know no zone: the browser's is meant. When clocks are set back an hour
 * comes twice under the same name, and when they are set forward one does not come at all.
 * @module
 */

import { t } from '../../base/texts.js';

/** Seconds that people think of, each with a text. */
export const DURATIONS = [3600, 86_400, 604_800, 2_592_000, 31_536_000];
/** Milliseconds; longer than any step of a clock. */
const NEAR_MS = 24 * 3_600_000;

/** @param {Date} date @returns {string} local time as an input of type datetime-local wants it, to the second */
export function localTime(date) {
  const shifted = new Date(date.getTime() - date.getTimezoneOffset() * 60_000);
  return shifted.toISOString().slice(0, 19);
}

/**
 * The instants that a local time may mean, in order: one as a rule, two when clocks are set back, none when the time is
 * left out or the text is no time.
 * @param {string} text as an input of type datetime-local has it
 * @returns {Date[]}
 */
export function instants(text) {
  const utc = Date.parse(`${text}Z`);
  if (Number.isNaN(utc)) return [];
  const offsets = [utc - NEAR_MS, utc + NEAR_MS].map((near) => new Date(near).getTimezoneOffset());
  const wanted = new Date(utc).toISOString().slice(0, 19);
  const found = new Set(offsets.map((offset) => utc + offset * 60_000));
  return [...found].sort((a, b) => a - b).map((time) => new Date(time)).filter((date) => localTime(date) === wanted);
}

/**
 * What to say beside an input: its distance from UTC, and which of two is meant.
 * @param {string} text what the input holds
 * @param {Date} meant
 * @returns {string}
 */
export function zoneHint(text, meant) {
  if (Number.isNaN(meant.getTime())) return '';
  const minutes = -meant.getTimezoneOffset();
  const hours = [Math.trunc(Math.abs(minutes) / 60), Math.abs(minutes) % 60].map((part) => String(part).padStart(2, '0'));
  const zone = `UTC${minutes < 0 ? '−' : '+'}${hours.join(':')}`;
  const [first, second] = instants(text);
  if (!first) return t('page.timeLeftOut', { zone });
  if (!second) return zone;
  return t(meant.getTime() - first.getTime() < 1000 ? 'page.timeFirst' : 'page.timeSecond', { zone });
}

/**
 * The instant that an input means: the one it was filled with while it shows the same, otherwise the first.
 * @param {string} text
 * @param {string | undefined} stored ISO 8601
 * @returns {Date}
 */
export function meantBy(text, stored) {
  const before = new Date(stored ?? NaN);
  const same = !Number.isNaN(before.getTime()) && instants(text).some((date) => localTime(before) === localTime(date));
  return same ? before : new Date(text);
}
