/**
 * The way by planes: the camera's frames go to the worker as a stream, the page orders one after the other and
 * passes on what comes back. No picture is touched on the page.
 *
 * Needs the outlet to take frames and the camera to be a stream of them; knows nothing of orientation and paint,
 * which need the canvas. Owns the stream and the copy of the camera's track that feeds it.
 */

/** @typedef {import('./pipeline.js').Pipeline} Pipeline */
/** @typedef {import('./segmenter.js').CoveredAnswer} CoveredAnswer */

/** Share of the time between two frames that an outline and a look may take together. */
const TIGHT = 0.9;

export class PlanesWay {
  /** @param {Pipeline} pipeline */
  constructor(pipeline) {
    this.pipeline = pipeline;
    /** @type {MediaStreamTrack | null} */
    this.camera = null;
    /** @type {MediaStreamTrack | null} */
    this.feed = null;
    /** The camera whose frames turned out to be of the wrong kind. @type {MediaStreamTrack | null} */
    this.unfit = null;
    /** @type {{id: number, generation: number, rect: import('./crop.js').Rect, width: number, height: number} | null} */
    this.pending = null;
    this.number = 0;
    this.interval = 1000 / 30; // milliseconds between two frames of the camera, as far as it says
    /** Whether an outline and a look at the whole frame are too much between two frames. */
    this.tight = false;
    this.sentBehind = '';
    /** @type {import('./registry.js').Effects | null} what the last outline was made for */
    this.madeFor = null;
  }

  /** Whether this way can do what the person chose, with this camera. */
  get fits() {
    const { outlet, effects } = this.pipeline;
    if (effects?.layer == null || !outlet.passes || !('MediaStreamTrackProcessor' in globalThis)) return false;
    const { mirrorX, mirrorY, rotate } = effects.orientation;
    const turned = mirrorX || mirrorY || rotate !== 0;
    return !turned && effects.paints.length === 0 && this.camera !== null && this.unfit !== this.camera;
  }

  /** @param {MediaStreamTrack | null} camera */
  setCamera(camera) {
    this.camera = camera;
    if (this.feed !== null) this.start();
  }

  /** Let the worker have the frames; again whenever it or the camera is a new one. */
  start() {
    this.stop();
    const { client, outlet } = this.pipeline;
    if (this.camera === null || client.state !== 'ready') return;
    outlet.forget();
    // A copy, whose end ends the stream, wherever the worker is then.
    this.feed = this.camera.clone();
    this.interval = 1000 / (this.feed.getSettings().frameRate || 30);
    const maker = /** @type {any} */ (globalThis).MediaStreamTrackProcessor;
    const { readable } = new maker({ track: this.feed, maxBufferSize: 1 });
    client.give({ type: 'camera', readable }, [readable]);
    this.sentBehind = '';
    this.madeFor = null;
    this.order(performance.now());
  }

  /** Take the frames away from the worker. */
  stop() {
    if (this.feed === null) return;
    this.feed.stop();
    this.feed = null;
    this.pending = null;
    this.pipeline.client.give({ type: 'camera', readable: null });
  }

  /**
   * Ask for the next frame, if nothing is under way.
   * @param {number} now
   */
  order(now) {
    const { pipeline } = this;
    const { client, follower, pace, effects, compositor, generation } = pipeline;
    if (this.feed === null || !client.free || effects?.layer == null) return;
    const { stride } = pace.level;
    const id = ++this.number;
    const reusable = pipeline.gate.view(now) === 'fresh' && this.madeFor === effects;
    const due = !reusable || id % stride === 0;
    const look = due && follower.takeLook(now, pipeline.models.wide);
    // A look costs as much as an outline. Rather than drop the next frame, use the last outline once more.
    const segment = due && !(look && reusable && this.tight);
    const rect = segment ? follower.next(now) : follower.rect;
    const { model, both, width, height } = pipeline.picture(rect);
    this.pending = { id, generation, rect, width, height };
    this.madeFor = effects;
    client.send(
      {
        type: 'order', id, width, height, rect, model, both, segment,
        rest: reusable && stride === 1,
        frameWidth: compositor.width,
        frameHeight: compositor.height,
        behind: this.behind(effects),
        look,
        reset: pipeline.takeReset(),
        debug: pipeline.debug !== null,
        spec: effects.layer,
      },
      [],
      now,
    );
  }

  /**
   * The key of the picture behind, which the worker has then.
   * @param {import('./registry.js').Effects} effects
   */
  behind(effects) {
    const { pipeline } = this;
    if (effects.layer?.kind !== 'cut') return '';
    const canvas = pipeline.behindCanvas();
    const context = canvas?.getContext('2d');
    if (canvas === null || context == null) throw new Error('no picture behind');
    const key = pipeline.behind?.key ?? '';
    if (this.sentBehind !== key) {
      const { width, height } = canvas;
      const { data: rgba } = context.getImageData(0, 0, width, height);
      pipeline.client.give({ type: 'behind', key, rgba, width, height }, [rgba.buffer]);
      this.sentBehind = key;
    }
    return key;
  }

  /** @param {CoveredAnswer} answer */
  covered(answer) {
    const { pipeline, pending } = this;
    const now = performance.now();
    const { read, segment, rest } = answer.times;
    const outdated = pending === null || pending.id !== answer.id || pending.generation !== pipeline.generation;
    const at = now - (read + segment + rest);
    if (outdated || this.feed === null || !pipeline.mayPass(answer.found !== undefined, at)) {
      answer.frame.close();
      return;
    }
    pipeline.gate.shown(now);
    pipeline.outlet.pass(answer.frame, now);
    if (segment > 0) this.tight = read + 2 * segment + rest > TIGHT * this.interval;
    const { rect, width, height } = pending;
    pipeline.passed(answer, read + segment + rest, this.interval, { rect, width, height }, now);
  }

  /**
   * The frames of the camera that an order was for are of another kind than this way can handle, or have ended.
   * @param {number} id of the order
   */
  refuse(id) {
    // An end that overtook the news of the next camera says nothing about that one.
    if (this.pending?.id === id) this.unfit = this.camera;
    else this.order(performance.now());
  }
}
