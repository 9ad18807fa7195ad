// @ts-check
/** Lengths of time as people write them: `30`, `45min`, `2h`, `3 d`, `1 mon`, `1yr`. Pure. */

/** Seconds. @type {Record<string, number>} */
const UNITS = { s: 1, min: 60, h: 3600, d: 86_400, mon: 30 * 86_400, yr: 365 * 86_400 };

/**
 * @param {string} text
 * @returns {number | null} milliseconds; null if it is no duration
 */
export function parseDuration(text) {
  const match = /^\s*(\d+(?:\.\d+)?)\s*(s|min|h|d|mon|yr)\s*$/.exec(text);
  if (!match) return null;
  const milliseconds = Number(match[1]) * UNITS[match[2]] * 1000;
  return Number.isFinite(milliseconds) ? milliseconds : null;
}

/**
 * When something expires: a duration from now, or a date.
 * @param {string} text
 * @param {Date} now
 * @returns {Date | null}
 */
export function parseExpiry(text, now) {
  const duration = parseDuration(text);
  const time = duration === null ? Date.parse(text) : now.getTime() + duration;
  const date = new Date(time);
  return Number.isNaN(date.getTime()) ? null : date;
}
