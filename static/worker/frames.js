// @ts-check
/// <reference path="planes.js" />
/// <reference path="mask.js" />
/// <reference path="layer.js" />
/**
 * The camera's own frames in the worker: read when asked, one at a time, and given back with the background
 * laid over their planes. A classic script, loaded by segmenter.js.
 *
 * A camera frame never leaves here: `take` copies its pixels and closes it; `give` makes a new frame, and only
 * after `cover` has been at it.
 */

/** A frame that this way cannot handle: the page then uses the canvas. */
class Unfit extends Error {}

/** Reads frames. Owns the reader; keeps none of the frames. */
class FrameSource {
  constructor() {
    /** @type {ReadableStreamDefaultReader<VideoFrame> | null} */
    this.reader = null;
  }

  /** @param {ReadableStream<VideoFrame> | null} readable */
  attach(readable) {
    this.reader?.cancel().catch(() => undefined);
    this.reader = readable?.getReader() ?? null;
  }

  /**
   * The next frame, or the newest that came meanwhile; the stream itself drops older ones.
   * @returns {Promise<VideoFrame | null>} null when no camera is attached any more
   * @throws {Unfit} the camera ended
   */
  async next() {
    for (;;) {
      const { reader } = this;
      if (reader === null) return null;
      const { value, done } = await reader.read();
      if (reader !== this.reader) value?.close();
      else if (done) throw new Unfit('the camera ended');
      else return value;
    }
  }
}

/** One frame's planes. Owns its buffers. */
class FrameStage {
  constructor() {
    this.data = new Uint8Array(0);
    /** @type {PlaneLayout[]} */
    this.layout = [];
    /** @type {Plane[]} */
    this.planes = [];
    this.colours = coloursOf(null);
    /** @type {VideoFrameBufferInit & {displayWidth: number, displayHeight: number}} */
    this.init = { format: 'I420', codedWidth: 2, codedHeight: 2, displayWidth: 2, displayHeight: 2, timestamp: 0 };
    this.covered = false;
    this.line = new Int32Array(0);
    this.parts = [0, 1, 2].map(() => new Uint8Array(0));
    this.composer = new PlaneComposer();
    this.whole = new ImageData(WHOLE_WIDTH, WHOLE_HEIGHT);
    this.picture = new ImageData(1, 1);
    /** @type {{key: string, width: number, height: number, planes: Plane[]} | null} the picture behind */
    this.behind = null;
  }

  /**
   * Copy a frame's pixels and close it.
   * @param {VideoFrame} frame
   * @throws {Unfit}
   */
  async take(frame) {
    this.covered = false;
    try {
      const { format, visibleRect, timestamp, duration, displayWidth, displayHeight, colorSpace } = frame;
      const { rotation, flip } = /** @type {any} */ (frame);
      if (format === null || visibleRect === null || !PLANE_FORMATS.includes(format)) throw new Unfit(`format ${format}`);
      if (rotation || flip) throw new Unfit('the frame is turned');
      const size = frame.allocationSize();
      if (this.data.length !== size) this.data = new Uint8Array(size);
      this.layout = await frame.copyTo(this.data);
      const { width, height } = visibleRect;
      this.planes = planesOf(this.data, this.layout, format, width, height);
      this.colours = coloursOf(colorSpace);
      if (this.line.length < width) this.line = new Int32Array(width);
      this.init = {
        format, codedWidth: width, codedHeight: height, timestamp, displayWidth, displayHeight, colorSpace,
        duration: duration ?? undefined, layout: this.layout,
      };
    } catch (error) {
      throw error instanceof Unfit ? error : new Unfit(String(error));
    } finally {
      frame.close();
    }
  }

  /**
   * A part of the frame for the model.
   * @param {Rect} rect
   * @param {number} width
   * @param {number} height
   */
  modelPicture(rect, width, height) {
    if (this.picture.width !== width || this.picture.height !== height) this.picture = new ImageData(width, height);
    const parts = this.partsOf(width * height);
    const [luma, u, v] = this.planes;
    scalePlane(luma, rect, width, height, this.line, parts[0]);
    // Few colours for many pixels must be interpolated: the model would see their edges.
    const few = rect[2] * u.width < 2 * width || rect[3] * u.height < 2 * height;
    for (const [i, plane] of [u, v].entries()) {
      if (few) scalePlane(plane, rect, width, height, this.line, parts[i + 1]);
      else samplePlane(plane, rect, width, height, parts[i + 1]);
    }
    toRgba(parts[0], parts[1], parts[2], this.colours, this.picture.data);
    return this.picture;
  }

  /**
   * The whole frame into `whole`; to be asked for before `cover`.
   * @param {boolean} fine for the model; otherwise for a blur
   */
  wholePicture(fine) {
    const parts = this.partsOf(WHOLE_WIDTH * WHOLE_HEIGHT);
    /** @type {Rect} */
    const all = [0, 0, 1, 1];
    this.planes.forEach((plane, i) => {
      if (fine) scalePlane(plane, all, WHOLE_WIDTH, WHOLE_HEIGHT, this.line, parts[i]);
      else samplePlane(plane, all, WHOLE_WIDTH, WHOLE_HEIGHT, parts[i]);
    });
    toRgba(parts[0], parts[1], parts[2], this.colours, this.whole.data);
  }

  /** @param {number} count values of each plane */
  partsOf(count) {
    if (this.parts[0].length < count) this.parts = this.parts.map(() => new Uint8Array(count));
    return this.parts.map((part) => part.subarray(0, count));
  }

  /**
   * Keep a picture to lay behind the person.
   * @param {string} key
   * @param {Uint8ClampedArray} rgba
   * @param {number} width
   * @param {number} height
   */
  keepBehind(key, rgba, width, height) {
    this.behind = { key, width, height, planes: fromRgba(rgba, width, height, this.colours, 2) };
  }

  /**
   * Lay the background over the frame.
   * @param {Alpha} alpha
   * @param {ImageData | null} blurred null: the picture behind
   */
  cover(alpha, blurred) {
    const planes =
      blurred !== null ? fromRgba(blurred.data, blurred.width, blurred.height, this.colours, 1) : this.behind?.planes;
    if (planes === undefined) throw new Error('there is no picture behind');
    this.planes.forEach((plane, i) => this.composer.layOver(plane, planes[i], alpha));
    this.covered = true;
  }

  /**
   * @returns {VideoFrame} with the background laid over, and the camera's timestamp
   * @throws {Unfit}
   */
  give() {
    if (!this.covered) throw new Error('a frame without background must not leave');
    this.covered = false;
    try {
      return new VideoFrame(this.data, this.init);
    } catch (error) {
      throw new Unfit(String(error));
    }
  }
}
