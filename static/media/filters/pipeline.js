/**
 * From the camera to the published track. One pipeline whose parameters change: choosing another filter starts
 * nothing anew and lets no raw frame through.
 *
 * `Gate` decides what may leave, `Compositor` draws, `SegmenterClient` has the worker, `CropFollower` and `Pace`
 * decide what the worker is given; this module connects them. Owns the published track.
 */
import { Compositor } from './compositor.js';
import { CropFollower } from './crop.js';
import { Gate } from './gate.js';
import { Meter } from './meter.js';
import { Pace } from './pace.js';
import { SegmenterClient } from './segmenter.js';
import { VideoSource } from './video-source.js';

/** @typedef {import('./registry.js').Effects} Effects */

/**
 * @typedef {object} PipelineStatus
 * @property {'loading' | 'running' | 'closed' | 'failed'} state closed: blurred or held for the moment
 * @property {string} reason key below `filter.reason.`, or ''
 */

/**
 * What the debug view gets for each outline.
 * @typedef {import('./segmenter.js').LayerAnswer & {rect: import('./crop.js').Rect, width: number,
 *   height: number, aspect: number}} Seen
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
   */
  constructor({ root, support, onStatus, level }) {
    this.support = support;
    this.onStatus = onStatus;
    this.gate = new Gate();
    this.follower = new CropFollower();
    this.pace = new Pace(level);
    this.meter = new Meter();
    this.compositor = new Compositor();
    this.compositor.fit(640, 360);
    this.source = new VideoSource(
      new URL('worker/ticker.js', root),
      (now) => this.onFrame(now),
      (now) => this.onWatch(now),
    );
    this.client = new SegmenterClient(new URL('worker/segmenter.js', root), {
      ready: () => this.report(),
      layer: (answer) => this.onLayer(answer),
      idle: (people) => this.onIdle(people),
      trouble: (reason, detail, final) => this.onTrouble(reason, detail, final),
    });
    const stream = this.compositor.output.captureStream(0);
    this.stream = stream;
    this.track = stream.getVideoTracks()[0];
    /** @type {Effects | null} */
    this.effects = null;
    /** @type {(import('./compositor.js').Layer & {behind: OffscreenCanvas | null}) | null} */
    this.layer = null;
    /** @type {{id: number, at: number, generation: number, stage: number, paired: boolean, layer: Omit<import('./compositor.js').Layer, 'bitmap'> & {behind: OffscreenCanvas | null}} | null} */
    this.pending = null;
    /** @type {{key: string, canvas: OffscreenCanvas} | null} */
    this.behind = null;
    this.model = ''; // that made the last outline
    this.generation = 0;
    this.frameNumber = 0;
    this.stageNumber = 0;
    this.veiledAt = -Infinity;
    this.trouble = '';
    this.detail = '';
    this.resetMask = true;
    this.waiting = false; // a camera frame came while the worker was busy
    /** @type {((seen: Seen) => void) | null} */
    this.debug = null;
    this.closed = false;
    /** @type {PipelineStatus} */
    this.status = { state: 'loading', reason: '' };
  }

  /** @param {MediaStreamTrack | null} track of the camera */
  setSource(track) {
    this.source.attach(track);
    this.disturb();
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
      this.dropLayer();
    } else if (!this.gate.required) {
      this.gate.require();
      this.dropLayer();
      this.veil(performance.now());
      void this.startWorker();
    }
    if (before !== null && !sameOrientation(before.orientation, effects.orientation)) this.disturb();
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
    if (support.available) this.client.start(support.base, this.pace.level.model, performance.now());
    else this.onTrouble(support.reason, '', true);
    this.report();
  }

  /** What was seen so far says nothing about the next frame: another size, another orientation. */
  disturb() {
    this.generation++;
    this.gate.forget();
    this.follower.reset();
    this.resetMask = true;
    this.dropLayer();
    if (this.gate.required) this.veil(performance.now());
  }

  /** The canvases follow the camera's size and the rotation. */
  fit() {
    const { videoWidth, videoHeight } = this.source.video;
    const across = (this.effects?.orientation.rotate ?? 0) % 180 === 0;
    const changed = this.compositor.fit(across ? videoWidth : videoHeight, across ? videoHeight : videoWidth);
    if (changed) this.disturb();
  }

  /** @param {number} now */
  onFrame(now) {
    if (this.effects === null || this.closed) return;
    this.fit();
    if (this.gate.view(now) === 'open') this.open(now);
    else if (this.client.free) this.feed(now);
    else this.bridge(now);
    this.meter.work(performance.now() - now);
  }

  /** @param {number} now */
  open(now) {
    if (this.effects === null) return;
    this.compositor.open(this.source.video, this.effects.orientation);
    this.emit(now);
  }

  /**
   * The worker is free: give it this frame, unless the last outline serves for it too.
   * @param {number} now
   */
  feed(now) {
    const { compositor, follower, effects } = this;
    const { model, width, height, paired, stride } = this.pace.level;
    if (effects?.layer == null) return;
    this.capture();
    this.waiting = false;
    this.frameNumber++;
    const reusable = this.gate.view(now) === 'fresh' && this.layer !== null;
    if (!paired && reusable) this.compositeLast(now);
    if (reusable && this.frameNumber % stride !== 0) return;
    const rect = follower.next(now);
    const id = this.frameNumber;
    this.pending = {
      id,
      at: now,
      generation: this.generation,
      stage: this.stageNumber,
      paired: paired || !reusable,
      layer: { rect, width, height, kind: effects.layer.kind, behind: this.behindCanvas() },
    };
    this.client.send(
      {
        id,
        bitmap: compositor.grab(rect, width, height),
        width,
        height,
        rect,
        model,
        aspect: compositor.width / compositor.height,
        look: follower.takeLook(now),
        reset: this.resetMask,
        debug: this.debug !== null,
        spec: effects.layer,
      },
      now,
    );
    this.resetMask = false;
    if (this.gate.view(now) === 'veil') this.veil(now);
  }

  /**
   * No outline for this frame: the last one serves, or the last picture stays, or the veil.
   * @param {number} now
   */
  bridge(now) {
    const view = this.gate.view(now);
    this.waiting = true;
    if (view === 'veil') this.veil(now);
    else if (view === 'fresh' && this.layer !== null && this.pending?.paired === false) {
      this.capture();
      this.compositeLast(now);
    }
  }

  /**
   * The worker is free again: a frame that came meanwhile need not wait for the next one.
   * @param {import('./crop.js').Found | null | undefined} people what a look at the whole frame found
   */
  onIdle(people) {
    if (people !== undefined) this.follower.looked(people, performance.now());
    if (this.waiting && this.source.ready) this.onFrame(performance.now());
  }

  capture() {
    if (this.effects === null) return;
    this.stageNumber++;
    this.compositor.capture(this.source.video, this.effects.orientation);
  }

  /** @param {import('./segmenter.js').LayerAnswer} answer */
  onLayer(answer) {
    const started = performance.now();
    const { pending } = this;
    const outdated = pending === null || pending.id !== answer.id || pending.generation !== this.generation;
    if (outdated || !this.gate.required || this.closed) {
      answer.bitmap.close();
      return;
    }
    this.dropLayer();
    this.layer = { ...pending.layer, bitmap: answer.bitmap };
    this.gate.masked(started);
    this.trouble = '';
    this.model = answer.model;
    this.follower.seen(answer.found, started);
    if (pending.paired) {
      // The veil may have used the stage meanwhile; a newer picture then takes its place.
      if (pending.stage !== this.stageNumber) this.capture();
      this.compositeLast(started);
    }
    const now = performance.now();
    this.pace.measured(now - pending.at, this.source.interval, now);
    this.meter.layer(now - pending.at, answer.times);
    this.meter.work(now - started);
    const { rect, width, height } = pending.layer;
    if (answer.mask !== undefined) this.debug?.({ ...answer, rect, width, height, aspect: this.compositor.width / this.compositor.height });
    this.report();
  }

  /** @param {number} now */
  compositeLast(now) {
    if (this.layer === null) return;
    this.compositor.composite(this.layer, this.layer.behind);
    this.emit(now);
  }

  /** @param {number} now */
  veil(now) {
    if (now - this.veiledAt < VEIL_MS && this.effects !== null && this.gate.maskAt === undefined) {
      // Drawn a moment ago; only a change of size asks for it sooner.
      if (this.veiledSize === this.compositor.width * 65536 + this.compositor.height) return;
    }
    this.veiledAt = now;
    this.veiledSize = this.compositor.width * 65536 + this.compositor.height;
    this.stageNumber++;
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
    const track = /** @type {Partial<CanvasCaptureMediaStreamTrack>} */ (this.track);
    if (track.requestFrame !== undefined) track.requestFrame();
    else /** @type {any} */ (this.stream).requestFrame();
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
      this.fit();
      this.veil(now);
    }
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
    this.pending = null;
    this.resetMask = true;
    if (final) this.gate.fail(reason);
    this.report();
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
    if (this.gate.maskAt === undefined) return { state: 'loading', reason: '' };
    return { state: view === 'hold' ? 'running' : 'closed', reason: view === 'hold' ? '' : 'no-picture' };
  }

  dropLayer() {
    this.layer?.bitmap.close();
    this.layer = null;
  }

  /** Release everything: worker, bitmaps, canvases, the published track. */
  close() {
    this.closed = true;
    this.client.close();
    this.source.close();
    this.track.stop();
    this.dropLayer();
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
