/**
 * Looks at every frame of a track and says how much of the camera's background pattern it shows.
 *
 * Contrast of a block: mean difference of brightness between neighbours. The pattern has about 60; what a
 * filter leaves of it, below 3.
 */
const BLOCK = 16;

/**
 * Mean contrast per block of 16 × 16 pixels.
 * @param {Uint8Array} luma
 * @param {number} stride
 * @param {number} width
 * @param {number} height
 */
export function contrasts(luma, stride, width, height) {
  const [across, down] = [Math.floor(width / BLOCK), Math.floor(height / BLOCK)];
  const found = new Float32Array(across * down);
  for (let by = 0; by < down; by++) {
    for (let bx = 0; bx < across; bx++) {
      let sum = 0;
      for (let y = by * BLOCK; y < by * BLOCK + BLOCK; y += 2) {
        for (let x = bx * BLOCK; x < bx * BLOCK + BLOCK - 1; x++) {
          sum += Math.abs(luma[y * stride + x] - luma[y * stride + x + 1]);
        }
      }
      found[by * across + bx] = sum / ((BLOCK / 2) * (BLOCK - 1));
    }
  }
  return { found, across, down };
}

export class Watch {
  /**
   * @param {MediaStreamTrack} track
   * @param {number[]} person rectangle (fractions: left, top, right, bottom) that is not judged
   */
  constructor(track, person) {
    this.person = person;
    this.frames = 0;
    /** @type {number[]} share of the judged blocks that show the pattern, per frame */
    this.shares = [];
    /** @type {number[]} arrival, milliseconds */
    this.times = [];
    /** @type {string[]} */
    this.sizes = [];
    this.flat = 0;
    this.track = track;
    this.reader = new MediaStreamTrackProcessor({ track }).readable.getReader();
    this.done = this.run();
  }

  async run() {
    for (;;) {
      const { value, done } = await this.reader.read();
      if (done) return;
      await this.judge(value);
      value.close();
    }
  }

  /** @param {VideoFrame} frame */
  async judge(frame) {
    const { width, height } = frame.visibleRect;
    const data = new Uint8Array(frame.allocationSize());
    const [luma] = await frame.copyTo(data);
    const rgb = frame.format.startsWith('RGB') || frame.format.startsWith('BGR');
    const plane = rgb ? data.filter((_, index) => index % 4 === 1) : data.subarray(luma.offset);
    this.add(plane, rgb ? width : luma.stride, width, height);
    this.sizes.push(`${frame.displayWidth}x${frame.displayHeight}`);
  }

  add(luma, stride, width, height) {
    const { found, across, down } = contrasts(luma, stride, width, height);
    let [judged, raw, inside] = [0, 0, 0];
    for (let i = 0; i < found.length; i++) {
      const [x, y] = [((i % across) + 0.5) / across, (Math.floor(i / across) + 0.5) / down];
      const [left, top, right, bottom] = this.person;
      if (x > left && x < right && y > top && y < bottom) {
        inside = Math.max(inside, found[i]);
        continue;
      }
      judged++;
      if (found[i] > 12) raw++;
    }
    this.frames++;
    this.shares.push(raw / judged);
    this.times.push(performance.now());
    if (inside < 4) this.flat++;
  }

  report() {
    const { shares, frames, flat, times } = this;
    return { frames, flat, worst: Math.max(0, ...shares), leaked: shares.filter((s) => s > 0).length, sizes: [...new Set(this.sizes)], first: shares.findIndex((s) => s > 0), span: times.length ? times[times.length - 1] - times[0] : 0 };
  }
}

/** Keep hold of every worker, so that a test can kill one. */
export const workers = [];
const Plain = globalThis.Worker;
globalThis.Worker = class extends Plain {
  constructor(script, options) {
    super(script, options);
    if (String(script).endsWith('worker/main.js')) workers.push(this);
  }
};
