/**
 * The published track, and the two things that can be published through it: what is on a canvas now, and a
 * finished frame. One track for both, so that changing between them is nothing that a receiver or a sender sees.
 *
 * Where the browser has track generators, both go through one, which is also cheaper than capturing a canvas.
 * Elsewhere the canvas is captured and frames cannot be published (`passes`). Never decides what may leave:
 * only exit.js may use it. Owns the track.
 */

/** @typedef {MediaStreamTrack & {readonly writable: WritableStream<VideoFrame>}} Generator */

/** Frames that the track has not taken yet; more are dropped. */
const UNTAKEN = 2;
/** A camera's clock that is so far from the page's has jumped, or stood still; microseconds. */
const APART = 1_000_000;

export class Outlet {
  /** @param {HTMLCanvasElement} canvas */
  constructor(canvas) {
    this.canvas = canvas;
    /** @type {MediaStream | null} */
    this.stream = null;
    /** @type {WritableStreamDefaultWriter<VideoFrame> | null} */
    this.writer = null;
    const { MediaStreamTrackGenerator: maker, VideoFrame: frames } = /** @type {any} */ (globalThis);
    if (maker !== undefined && frames !== undefined) {
      const generator = /** @type {Generator} */ (new maker({ kind: 'video' }));
      this.writer = generator.writable.getWriter();
      /** @type {MediaStreamTrack} */
      this.track = generator;
    } else {
      this.stream = canvas.captureStream(0);
      this.track = this.stream.getVideoTracks()[0];
    }
    this.last = 0; // timestamp of the last frame, microseconds
    /** @type {number | undefined} from the camera's clock to the page's, microseconds */
    this.offset = undefined;
  }

  /** Whether `pass` works. */
  get passes() {
    return this.writer !== null;
  }

  /** Another camera: its clock may be another one. */
  newClock() {
    this.offset = undefined;
  }

  /** Publish what is on the canvas. @param {number} now milliseconds */
  draw(now) {
    if (this.writer !== null) this.write(this.canvas, now * 1000);
    else if ('requestFrame' in this.track) /** @type {CanvasCaptureMediaStreamTrack} */ (this.track).requestFrame();
    else /** @type {any} */ (this.stream).requestFrame();
  }

  /**
   * Publish a frame; it is copied, not closed.
   * @param {VideoFrame} frame
   * @param {number} now milliseconds
   */
  pass(frame, now) {
    const apart = now * 1000 - frame.timestamp;
    // Frames whose time does not pass are not sent.
    if (this.offset === undefined || Math.abs(apart - this.offset) > APART) this.offset = apart;
    this.write(frame, frame.timestamp + this.offset);
  }

  /**
   * Frames that were drawn and frames of cameras follow one clock, which rises.
   * @param {CanvasImageSource} image
   * @param {number} at microseconds
   */
  write(image, at) {
    const { writer } = this;
    // Of the one frame that a stream's queue is made for, what is left; null: the track has ended.
    const room = writer?.desiredSize ?? null;
    if (writer === null || room === null || room <= 1 - UNTAKEN) return;
    this.last = Math.max(this.last + 1, Math.round(at));
    const frame = new VideoFrame(image, { timestamp: this.last });
    writer.write(frame).catch(() => frame.close());
  }

  /** End the track. */
  close() {
    this.track.stop();
  }
}
