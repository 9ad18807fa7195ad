/**
 * The path by planes: the camera's frames go to the worker as a stream, each order gives one back with its background
 * covered. No picture is touched on the page. Takes orders, returns frames; publishes nothing.
 *
 * Needs the camera to be a stream of frames; knows nothing of orientation and paint, which need the canvas. Owns the
 * stream and the copy of the camera's track that feeds it.
 */

/** @typedef {import('../contract.js').OrderRequest} OrderRequest */

/** Share of the time between two frames that an outline and a look may take together. */
const TIGHT = 0.9;

export class PlanesPath {
  /** @param {(message: import('../contract.js').Request, transfer: Transferable[]) => void} give to the worker */
  constructor(give) {
    this.give = give;
    /** @type {MediaStreamTrack | null} */
    this.camera = null;
    /** @type {MediaStreamTrack | null} */
    this.feed = null;
    /** The camera whose frames turned out to be of the wrong kind. @type {MediaStreamTrack | null} */
    this.unfit = null;
    this.interval = 1000 / 30; // milliseconds between two frames of the camera, as far as it says
    /** Whether an outline and a look at the whole frame are too much between two frames. */
    this.tight = false;
    this.sentBehind = '';
  }

  /**
   * Whether this path can do what the person chose, with this camera.
   * @param {import('../effects/registry.js').Effects | null} effects
   */
  fits(effects) {
    if (effects?.layer == null || !('MediaStreamTrackProcessor' in globalThis)) return false;
    const { mirrorX, mirrorY, rotate } = effects.orientation;
    const turned = mirrorX || mirrorY || rotate !== 0;
    return !turned && effects.paints.length === 0 && this.camera !== null && this.unfit !== this.camera;
  }

  /** Let the worker have the frames; again whenever it or the camera is a new one. */
  start() {
    this.stop();
    if (this.camera === null) return;
    // A copy, whose end ends the stream, wherever the worker is then.
    this.feed = this.camera.clone();
    this.interval = 1000 / (this.feed.getSettings().frameRate || 30);
    const maker = /** @type {any} */ (globalThis).MediaStreamTrackProcessor;
    const { readable } = new maker({ track: this.feed, maxBufferSize: 1 });
    this.give({ type: 'camera', readable }, [readable]);
    this.sentBehind = '';
  }

  /** Take the frames away from the worker. */
  stop() {
    if (this.feed === null) return;
    this.feed.stop();
    this.feed = null;
    this.give({ type: 'camera', readable: null }, []);
  }

  /**
   * @param {import('../contract.js').Ask} ask for the next frame
   * @param {boolean} segment whether it gets an outline of its own
   * @param {import('../contract.js').Size} size of the frame
   * @param {ReturnType<import('./behind.js').BehindPicture['of']>} behind
   * @returns {OrderRequest}
   */
  request(ask, segment, { width, height }, behind) {
    if (behind !== null && this.sentBehind !== behind.key) {
      const { data: rgba } = behind.context.getImageData(0, 0, width, height);
      this.give({ type: 'behind', key: behind.key, rgba, width, height }, [rgba.buffer]);
      this.sentBehind = behind.key;
    }
    return { ...ask, type: 'order', segment, frameWidth: width, frameHeight: height, behind: behind?.key ?? '' };
  }

  /** What the last frame took. @param {import('../contract.js').Times} times */
  took({ read, segment, finish }) {
    if (segment > 0) this.tight = read + 2 * segment + finish > TIGHT * this.interval;
  }
}
