/**
 * What each track was a moment ago: its last rates and losses, and the line that they make. Pure.
 * @module
 */

/** Readings that are kept: two minutes of one every two seconds. */
export const READINGS = 60;

/** @typedef {{rates: number[], losses: number[]}} Series  bit/s, and 0 to 1; the newest last */

export class History {
  /** @type {Map<string, Series>} */
  #tracks = new Map();
  /** @type {Set<string>} */
  #seen = new Set();

  /**
   * Adds a reading of one track, and returns its series.
   * @param {string} key  of the track, the same at each reading
   * @param {number} rate  bit/s
   * @param {number} loss  0 to 1
   */
  add(key, rate, loss) {
    const series = this.#tracks.get(key) ?? { rates: [], losses: [] };
    this.#tracks.set(key, series);
    this.#seen.add(key);
    for (const [values, value] of /** @type {[number[], number][]} */ ([[series.rates, rate], [series.losses, loss]])) {
      values.push(value);
      if (values.length > READINGS) values.shift();
    }
    return series;
  }

  /** All tracks of this reading were added: forgets those that are gone. */
  read() {
    for (const key of this.#tracks.keys()) if (!this.#seen.has(key)) this.#tracks.delete(key);
    this.#seen.clear();
  }
}

/**
 * The points of an SVG polyline in a box, from the left as time goes by; a full history fills it.
 * @param {number[]} values  none negative
 * @param {number} width
 * @param {number} height
 */
export function points(values, width, height) {
  const top = Math.max(...values, 1e-9);
  const step = width / (READINGS - 1);
  const from = width - step * (values.length - 1);
  return values.map((value, index) => `${(from + step * index).toFixed(1)},${(height * (1 - value / top)).toFixed(1)}`).join(' ');
}
