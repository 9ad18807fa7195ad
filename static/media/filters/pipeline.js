/**
 * From the camera to the published track. One pipeline whose parameters change: choosing another filter starts
 * nothing anew and lets no raw frame through.
 *
 * `Gate` decides what may leave, `Outlet` has the published track, `Compositor` draws, `SegmenterClient` has the
 * worker, `CropFollower` and `Pace` decide what the worker is given; `PlanesWay` and `CanvasWay` are two ways from
 * a camera frame to a finished one, and `Ways` says which. This module connects them; all that leaves passes
 * through `emit`, or through `PlanesWay` after `mayPass`.
 *
 * Until the worker is ready, while it is gone, and for whatever the planes cannot do, the way is by canvas; so the
 * veil is the canvas's in any case.
 */
import { CanvasWay } from './canvas-way.js';
import { Compositor } from './compositor.js';
import { CropFollower } from './crop.js';
import { Gate } from './gate.js';
import { Meter } from './meter.js';
import { ModelChoice } from './model-choice.js';
import { Outlet } from './outlet.js';
import { Pace } from './pace.js';
import { PlanesWay } from './planes-way.js';
import { SegmenterClient } from './segmenter.js';
import { VideoSource } from './video-source.js';
import { Ways } from './ways.js';

/** @typedef {import('./registry.js').Effects} Effects */

/**
 * @typedef {object} PipelineStatus
 * @property {'loading' | 'running' | 'closed' | 'failed'} state closed: blurred or held for the moment
 * @property {string} reason key below `filter.reason.`, or ''
 */

/**
 * What the debug view gets for each outline.
 * @typedef {object} Seen
 * @property {Float32Array} mask width × height
 * @property {number} width
 * @property {number} height
 * @property {import('./crop.js').Rect} rect what of the frame the mask covers
 * @property {import('./crop.js').Found | null} found
 * @property {number} aspect of the frame
 */

/** Milliseconds between two frames of the veil: it shows that somebody is there, no more. */
const VEIL_MS = 66;

export class Pipeline {
  /**
   * @param {object} options
   * @param {string} options.root where the site begins
   * @param {() => Promise<import('./support.js').Support>} options.support
   * @param {(status: PipelineStatus) => void} options.onStatus
   * @param {number} [options.level] fixed level of work
   * @param {import('./ways.js').Way} [options.way] fixed way, as far as it is possible
   */
  constructor({ root, support, onStatus, level, way }) {
    this.support = support;
    this.onStatus = onStatus;
    this.gate = new Gate();
    this.follower = new CropFollower();
    this.pace = new Pace(level);
    this.models = new ModelChoice();
    this.meter = new Meter();
    this.compositor = new Compositor();
    this.compositor.fit(640, 360);
    // A layer that was made before may be empty now, and cover nothing.
    this.compositor.output.addEventListener('contextlost', () => this.disturb());
    this.outlet = new Outlet(this.compositor.output);
    this.source = new VideoSource(
      new URL('worker/ticker.js', root),
      (now) => this.onFrame(now),
      (now) => this.onWatch(now),
    );
    this.client = new SegmenterClient(new URL('worker/segmenter.js', root), {
      ready: () => this.choose(),
      layer: (answer) => this.canvas.answered(answer, this.way === 'canvas'),
      covered: (answer) => this.planes.covered(answer),
      size: (width, height) => this.onSize(width, height),
      unfit: (detail, id) => this.onUnfit(detail, id),
      idle: (people) => this.onIdle(people),
      trouble: (reason, detail, final) => this.onTrouble(reason, detail, final),
    });
    this.canvas = new CanvasWay(this);
    this.planes = new PlanesWay(this);
    this.ways = new Ways(way);
    /** @type {import('./ways.js').Way} the way in use */
    this.way = 'canvas';
    /** @type {Effects | null} */
    this.effects = null;
    /** @type {{key: string, canvas: OffscreenCanvas} | null} */
    this.behind = null;
    this.model = ''; // that made the last outline
    this.generation = 0;
    this.veiledAt = -Infinity;
    this.trouble = '';
    this.detail = '';
    this.resetMask = true;
    /** @type {((seen: Seen) => void) | null} */
    this.debug = null;
    this.closed = false;
    /** @type {PipelineStatus} */
    this.status = { state: 'loading', reason: '' };
  }

  /** The published track; the same one for all of the pipeline's life. */
  get track() {
    return this.outlet.track;
  }

  /** @param {MediaStreamTrack | null} track of the camera */
  setSource(track) {
    this.source.attach(track);
    this.disturb();
    this.planes.setCamera(track);
    this.choose();
  }

  /**
   * Change what is done. From this call on nothing leaves that the new effects do not allow.
   * @param {Effects} effects
   */
  apply(effects) {
    const before = this.effects;
    this.effects = effects;
    if (effects.layer === null) {
      this.gate.release();
      this.client.close();
      this.canvas.drop();
    } else if (!this.gate.required) {
      this.gate.require();
      this.canvas.drop();
      this.veil(performance.now());
      void this.startWorker();
    }
    if (before !== null && !sameOrientation(before.orientation, effects.orientation)) this.disturb();
    this.choose();
  }

  /** Use the way that is best for what is to be done now. */
  choose() {
    const { client, planes, ways } = this;
    const way = client.state === 'ready' && ways.preferred === 'planes' && planes.fits ? 'planes' : 'canvas';
    if (way !== this.way) {
      this.way = way;
      this.canvas.drop();
      this.source.listen(way === 'canvas');
      if (way === 'planes') planes.start();
      else planes.stop();
    }
    this.report();
  }

  /** Try again after segmentation gave up. */
  retry() {
    if (this.gate.required) void this.startWorker();
  }

  async startWorker() {
    this.trouble = '';
    this.gate.fail('');
    const support = await this.support();
    if (!this.gate.required || this.closed) return;
    if (support.available) this.client.start(support.base, this.picture(this.follower.rect).model, performance.now());
    else this.onTrouble(support.reason, '', true);
    this.choose();
  }

  /**
   * How the next part of the frame is looked at.
   * @param {import('./crop.js').Rect} rect
   */
  picture(rect) {
    return this.models.next(this.pace.level, rect, this.compositor.width / this.compositor.height);
  }

  /** What was seen so far says nothing about the next frame: another size, another orientation. */
  disturb() {
    this.generation++;
    this.gate.forget();
    this.follower.reset();
    this.models.reset(this.compositor.width / this.compositor.height);
    this.resetMask = true;
    this.canvas.drop();
    if (this.gate.required) this.veil(performance.now());
  }

  /** Whether the worker shall forget the last mask; asking counts as telling it. */
  takeReset() {
    const reset = this.resetMask;
    this.resetMask = false;
    return reset;
  }

  /** The canvases follow the camera's size and the rotation. */
  fit() {
    const { videoWidth, videoHeight } = this.source.video;
    const across = (this.effects?.orientation.rotate ?? 0) % 180 === 0;
    const changed = this.compositor.fit(across ? videoWidth : videoHeight, across ? videoHeight : videoWidth);
    if (changed) this.disturb();
  }

  /**
   * The frames in the worker have another size.
   * @param {number} width
   * @param {number} height
   */
  onSize(width, height) {
    if (this.way !== 'planes') return;
    if (this.compositor.fit(width, height)) this.disturb();
    this.planes.order(performance.now());
  }

  /**
   * @param {string} detail
   * @param {number} id of the order
   */
  onUnfit(detail, id) {
    this.detail = detail;
    if (this.way === 'planes') this.planes.refuse(id);
    this.choose();
  }

  /** @param {number} now */
  onFrame(now) {
    if (this.effects === null || this.closed || this.way !== 'canvas') return;
    this.fit();
    if (this.gate.view(now) === 'open') this.open(now);
    else this.canvas.frame(now);
    this.meter.work(performance.now() - now);
  }

  /** @param {number} now */
  open(now) {
    if (this.effects === null) return;
    this.compositor.open(this.source.video, this.effects.orientation);
    this.veiledAt = -Infinity; // a veil that is wanted next covers this picture, however short ago the last one was
    this.emit(now);
  }

  /**
   * The worker is free again: a frame that came meanwhile need not wait for the next one.
   * @param {import('./crop.js').Found | null | undefined} people what a look at the whole frame found
   */
  onIdle(people) {
    const now = performance.now();
    if (people !== undefined) this.follower.looked(people, now);
    if (this.way === 'planes') this.planes.order(now);
    else if (this.canvas.waiting && this.source.ready) this.onFrame(now);
  }

  capture() {
    if (this.effects === null) return;
    this.compositor.capture(this.source.video, this.effects.orientation);
  }

  /**
   * Asks the gate whether a frame that was composited may leave.
   * @param {boolean} own whether with its own outline, not the last one
   * @param {number} at when the frame came
   */
  mayPass(own, at) {
    if (!this.gate.required || this.closed) return false;
    if (own) this.gate.masked(at);
    return own || this.gate.view(at) === 'fresh';
  }

  /**
   * A frame was finished: learn from it.
   * @param {Pick<import('./segmenter.js').CoveredAnswer, 'found' | 'model' | 'times' | 'mask'>} answer
   * @param {number} took milliseconds from taking the frame to its end
   * @param {number} interval milliseconds between two frames of the camera
   * @param {{rect: import('./crop.js').Rect, width: number, height: number}} looked
   * @param {number} started when the page began with it
   */
  passed({ found, model, times, mask }, took, interval, { rect, width, height }, started) {
    const { meter } = this;
    this.trouble = '';
    this.model = model;
    const now = performance.now();
    meter.layer(took, times);
    meter.work(now - started);
    if (this.way === 'planes') meter.frame(now);
    if (found !== undefined) {
      this.follower.seen(found, started);
      this.pace.measured(took, interval, now);
      const aspect = this.compositor.width / this.compositor.height;
      if (mask !== undefined) this.debug?.({ mask, found, rect, width, height, aspect });
    }
    this.ways.measured(this.way, meter.main, times.read + times.rest, interval);
    this.choose();
  }

  /** @param {number} now */
  veil(now) {
    if (now - this.veiledAt < VEIL_MS && this.effects !== null && this.gate.maskAt === undefined) {
      // Drawn a moment ago; only a change of size asks for it sooner.
      if (this.veiledSize === this.compositor.width * 65536 + this.compositor.height) return;
    }
    this.veiledAt = now;
    this.veiledSize = this.compositor.width * 65536 + this.compositor.height;
    const orientation = this.effects?.orientation ?? { mirrorX: false, mirrorY: false, rotate: 0 };
    this.compositor.veil(this.source.video, orientation);
    this.emit(now);
  }

  /**
   * Publish what is on the output canvas.
   * @param {number} now
   */
  emit(now) {
    const { context, width, height } = this.compositor;
    for (const paint of this.effects?.paints ?? []) paint(context, width, height);
    this.outlet.draw(now);
    this.meter.frame(now);
  }

  /** The picture behind the person, drawn once per size. */
  behindCanvas() {
    const behind = this.effects?.behind ?? null;
    if (behind === null) return null;
    const { width, height } = this.compositor;
    const key = `${width} ${height} ${behind.key}`;
    if (this.behind?.key !== key) {
      const canvas = new OffscreenCanvas(width, height);
      const context = canvas.getContext('2d', { alpha: false });
      if (context === null) return null;
      behind.draw(context, width, height);
      this.behind = { key, canvas };
    }
    return this.behind.canvas;
  }

  /** @param {number} now */
  onWatch(now) {
    if (this.closed) return;
    this.client.check(now);
    if (this.gate.required && this.gate.view(now) === 'veil' && this.source.ready) {
      if (this.way === 'canvas') this.fit();
      this.veil(now);
    }
    if (this.way === 'planes') this.planes.order(now);
    this.report();
  }

  /**
   * @param {string} reason
   * @param {string} detail
   * @param {boolean} final
   */
  onTrouble(reason, detail, final) {
    this.trouble = reason;
    this.detail = detail;
    this.canvas.pending = null;
    this.resetMask = true;
    if (final) this.gate.fail(reason);
    this.choose();
  }

  /** Tell when something changed for people. */
  report() {
    const status = this.currentStatus();
    if (status.state === this.status.state && status.reason === this.status.reason) return;
    this.status = status;
    this.onStatus(status);
  }

  /** @returns {PipelineStatus} */
  currentStatus() {
    const view = this.gate.view(performance.now());
    if (view === 'open' || view === 'fresh') return { state: 'running', reason: '' };
    if (this.gate.broken !== '') return { state: 'failed', reason: this.gate.broken };
    if (this.trouble !== '') return { state: 'closed', reason: this.trouble };
    if (view === 'hold') return { state: 'running', reason: '' };
    if (this.gate.maskAt === undefined || this.client.state === 'loading') return { state: 'loading', reason: '' };
    // By planes the worker waits for the camera itself.
    return { state: 'closed', reason: this.way === 'canvas' && this.client.busy ? 'hung' : 'no-picture' };
  }

  /** Release everything: worker, bitmaps, canvases, the published track. */
  close() {
    this.closed = true;
    this.planes.stop();
    this.client.close();
    this.source.close();
    this.outlet.close();
    this.canvas.drop();
    this.behind = null;
    this.compositor.release();
  }
}

/**
 * @param {import('./compositor.js').Orientation} a
 * @param {import('./compositor.js').Orientation} b
 */
function sameOrientation(a, b) {
  return a.mirrorX === b.mirrorX && a.mirrorY === b.mirrorY && a.rotate === b.rotate;
}
