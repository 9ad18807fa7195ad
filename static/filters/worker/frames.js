// @ts-check
/// <reference path="planes.js" />
/// <reference path="kernels.js" />
/// <reference path="mask.js" />
/// <reference path="layer.js" />
/**
 * The camera's own frames in the worker: read when asked, one at a time, and given back with the background
 * laid over their planes. A classic script, loaded by main.js.
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

/** One frame's planes. Owns them, and the picture behind. */
class FrameStage {
  /** @param {PlaneKernels} kernels */
  constructor(kernels) {
    this.kernels = kernels;
    /** @type {[Plane, Plane, Plane] | null} */
    this.planes = null;
    this.colours = coloursOf(null);
    /** @type {Omit<VideoFrameBufferInit, 'layout'> & {displayWidth: number, displayHeight: number}} */
    this.init = { format: 'I420', codedWidth: 2, codedHeight: 2, displayWidth: 2, displayHeight: 2, timestamp: 0 };
    this.covered = false;
    this.whole = new ImageData(WHOLE_WIDTH, WHOLE_HEIGHT);
    this.picture = new ImageData(1, 1);
    /** @type {{key: string, planes: Plane[]} | null} the picture behind */
    this.behind = null;
  }

  /**
   * Copy a frame's pixels and close it.
   * @param {VideoFrame} frame
   * @throws {Unfit}
   */
  async take(frame) {
    const { kernels } = this;
    this.covered = false;
    this.planes = null;
    try {
      const { format, visibleRect, timestamp, duration, displayWidth, displayHeight, colorSpace } = frame;
      const { rotation, flip } = /** @type {any} */ (frame);
      if (format === null || visibleRect === null || !PLANE_FORMATS.includes(format)) throw new Unfit(`format ${format}`);
      if (rotation || flip) throw new Unfit('the frame is turned');
      const size = frame.allocationSize();
      const at = kernels.room('frame', size);
      const layout = await frame.copyTo(kernels.bytes(at, size));
      const { width, height } = visibleRect;
      this.planes = kernels.planesOf(at, layout, format, width, height);
      this.colours = coloursOf(colorSpace);
      this.init = {
        format: 'I420', codedWidth: width, codedHeight: height, timestamp, displayWidth, displayHeight, colorSpace,
        duration: duration ?? undefined,
      };
    } catch (error) {
      throw error instanceof Unfit ? error : new Unfit(String(error));
    } finally {
      frame.close();
    }
  }

  /** @returns {[Plane, Plane, Plane]} of the frame that was taken */
  taken() {
    if (this.planes === null) throw new Error('no frame was taken');
    return this.planes;
  }

  /**
   * A part of the frame for the model.
   * @param {Rect} rect
   * @param {number} width
   * @param {number} height
   */
  modelPicture(rect, width, height) {
    if (this.picture.width !== width || this.picture.height !== height) this.picture = new ImageData(width, height);
    this.picture.data.set(this.kernels.picture('part', this.taken(), rect, width, height, this.colours));
    return this.picture;
  }

  /** The whole frame into `whole`; to be asked for before `cover`. */
  wholePicture() {
    /** @type {Rect} */
    const all = [0, 0, 1, 1];
    this.whole.data.set(
      this.kernels.picture('whole', this.taken(), all, WHOLE_WIDTH, WHOLE_HEIGHT, this.colours),
    );
  }

  /**
   * Keep a picture to lay behind the person.
   * @param {string} key
   * @param {Uint8ClampedArray} rgba
   * @param {number} width
   * @param {number} height
   */
  keepBehind(key, rgba, width, height) {
    this.behind = { key, planes: this.kept('picture', fromRgba(rgba, width, height, this.colours, 2)) };
  }

  /**
   * @param {string} name
   * @param {[Values, Values, Values]} planes
   */
  kept(name, planes) {
    return planes.map((values, i) => this.kernels.keep(`${name} ${i}`, values));
  }

  /**
   * Lay the background over the frame.
   * @param {Alpha} alpha
   * @param {ImageData | null} blurred null: the picture behind
   */
  cover(alpha, blurred) {
    const planes =
      blurred === null
        ? this.behind?.planes
        : this.kept('blurred', fromRgba(blurred.data, blurred.width, blurred.height, this.colours, 1));
    if (planes === undefined) throw new Error('there is no picture behind');
    this.kernels.layOver(this.taken(), planes, alpha);
    this.covered = true;
  }

  /**
   * @returns {VideoFrame} with the background laid over, and the camera's timestamp
   * @throws {Unfit}
   */
  give() {
    if (!this.covered) throw new Error('a frame without background must not leave');
    this.covered = false;
    const layout = this.taken().map(({ at, stride }) => ({ offset: at, stride }));
    try {
      return new VideoFrame(this.kernels.memory.buffer, { ...this.init, layout });
    } catch (error) {
      throw new Unfit(String(error));
    }
  }
}
