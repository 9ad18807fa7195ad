/** Counts frames and milliseconds for the panel's readout. Pure; time comes in. */

export class Meter {
  constructor() {
    /** @type {number[]} times of the frames of the last second */
    this.frames = [];
    this.latency = 0;
    this.segment = 0;
    this.rest = 0;
    this.main = 0;
  }

  /** @param {number} now */
  frame(now) {
    this.frames.push(now);
    while (this.frames.length > 0 && this.frames[0] < now - 1000) this.frames.shift();
  }

  /**
   * @param {number} latency from grabbing a frame to publishing it, milliseconds
   * @param {import('../contract.js').Times} times the worker's
   */
  layer(latency, times) {
    this.latency = mixed(this.latency, latency);
    this.segment = mixed(this.segment, times.segment);
    this.rest = mixed(this.rest, times.read + times.finish);
  }

  /** @param {number} took milliseconds of the page's own work for one frame */
  work(took) {
    this.main = mixed(this.main, took);
  }

  /** @param {number} now */
  fps(now) {
    return this.frames.filter((time) => time > now - 1000).length;
  }
}

/**
 * @param {number} before
 * @param {number} value
 */
function mixed(before, value) {
  return before === 0 ? value : before + 0.1 * (value - before);
}
