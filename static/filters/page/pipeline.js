/**
 * From the camera to the published track: the order of work. One pipeline whose parameters change: choosing another
 * filter restarts nothing and lets no raw frame through.
 *
 * `Exit` has the published track and says what may leave, `Control` what the worker is asked for, `WorkerClient` has
 * the worker; `PlanesPath` and `CanvasPath` are two paths from a camera frame to a finished one. None of them knows
 * this module. Until the worker is ready, while it is gone, and for whatever the planes cannot do, the path is by
 * canvas; so the veil is the canvas's in any case.
 */
import { Asked } from './asked.js';
import { BehindPicture } from './behind.js';
import { CanvasPath } from './canvas-path.js';
import { Compositor } from './compositor.js';
import { Control } from './control/control.js';
import { Exit } from './exit.js';
import { Meter } from './meter.js';
import { PlanesPath } from './planes-path.js';
import { VideoSource } from './source.js';
import { statusOf } from './status.js';
import { WorkerClient } from './worker-client.js';

/** @typedef {import('../effects/registry.js').Effects} Effects */
/** @typedef {import('../contract.js').Ask} Ask */
/** @typedef {import('../contract.js').Found} Found */

/**
 * What the debug view gets for each outline; aspect: of the frame.
 * @typedef {Pick<Ask, 'rect' | 'width' | 'height'> & {mask: Float32Array, found: Found | null, aspect: number}} Seen
 */

/** Milliseconds between two frames of the veil: it only shows that somebody is there. */
const VEIL_MS = 66;

export class Pipeline {
  /**
   * @param {object} options
   * @param {string} options.root where the site begins
   * @param {() => Promise<import('./support.js').Support>} options.support
   * @param {(status: import('./status.js').PipelineStatus) => void} options.onStatus
   * @param {number} [options.level] fixed level of work
   * @param {import('./control/path-choice.js').Path} [options.path] fixed path, as far as it is possible
   */
  constructor({ root, support, onStatus, level, path }) {
    this.support = support;
    this.onStatus = onStatus;
    this.exit = new Exit(() => this.disturb());
    this.track = this.exit.track; // the same one for all of the pipeline's life
    this.control = new Control(level, path);
    this.meter = new Meter();
    this.compositor = new Compositor();
    this.compositor.fit(640, 360);
    this.canvas = new CanvasPath(this.compositor);
    this.behind = new BehindPicture();
    this.source = new VideoSource(
      new URL('worker/ticker.js', root),
      (now) => this.onFrame(now),
      (now) => this.onWatch(now),
    );
    this.client = new WorkerClient(new URL('worker/main.js', root), {
      ready: () => this.choose(),
      picture: (answer) => this.onPicture(answer),
      size: (answer) => this.onSize(answer),
      unfit: ({ id }) => this.onUnfit(id),
      idle: ({ people }) => this.onIdle(people),
      trouble: (reason, final) => this.onTrouble(reason, final),
    });
    this.planes = new PlanesPath((message, transfer) => this.client.give(message, transfer));
    /** @type {import('./control/path-choice.js').Path} the path in use */
    this.path = 'canvas';
    /** @type {Effects | null} */
    this.effects = null;
    this.asked = new Asked();
    this.waiting = false; // a frame came by canvas while the worker was busy
    this.model = ''; // that made the last outline
    this.veiled = { at: -Infinity, width: 0, height: 0 };
    this.trouble = '';
    /** @type {((seen: Seen) => void) | null} */
    this.debug = null;
    this.closed = false;
    /** @type {import('./status.js').PipelineStatus} */
    this.status = { state: 'loading', reason: '' };
  }

  /** Milliseconds between two frames of the camera. */
  get interval() {
    return this.path === 'planes' ? this.planes.interval : this.source.interval;
  }

  /** @param {MediaStreamTrack | null} track of the camera */
  setSource(track) {
    this.source.attach(track);
    this.disturb();
    this.planes.camera = track;
    if (this.path === 'planes') this.startPlanes();
    this.choose();
  }

  /**
   * Change what is done. From this call on nothing leaves that the new effects do not allow.
   * @param {Effects} effects
   */
  apply(effects) {
    const before = this.effects;
    const { gate } = this.exit;
    this.effects = effects;
    this.compositor.paints = effects.paints;
    if (effects.layer === null) {
      gate.release();
      this.client.close();
      this.canvas.drop();
    } else if (!gate.required) {
      gate.require();
      this.canvas.drop();
      this.veil(performance.now());
      void this.retry();
    }
    const turned = JSON.stringify(before?.orientation) !== JSON.stringify(effects.orientation);
    if (before !== null && turned) this.disturb();
    this.choose();
  }

  /** Use the path that is best for what is to be done now. */
  choose() {
    const { client, control, exit, planes } = this;
    const able = client.state === 'ready' && exit.takesFrames && planes.fits(this.effects);
    const path = able && control.paths.preferred === 'planes' ? 'planes' : 'canvas';
    if (path !== this.path) {
      this.path = path;
      this.asked.forget();
      this.canvas.drop();
      this.source.listen(path === 'canvas');
      if (path === 'planes') this.startPlanes();
      else planes.stop();
    }
    this.report();
  }

  startPlanes() {
    this.exit.newClock();
    this.asked.forgetOutline();
    this.planes.start();
    this.order(performance.now());
  }

  /** Start the worker, or try again after it gave up. */
  async retry() {
    const { client, control, exit } = this;
    if (!exit.gate.required) return;
    this.trouble = '';
    exit.gate.fail('');
    const support = await this.support();
    if (!exit.gate.required || this.closed) return;
    const { model } = control.picture(control.follower.rect, this.compositor.aspect);
    if (support.available) client.start(support.base, model, performance.now());
    else this.onTrouble(support.reason, true);
    this.choose();
  }

  /** What was seen so far says nothing about the next frame: another size, another orientation. */
  disturb() {
    this.asked.begin();
    this.exit.gate.forget();
    this.control.reset(this.compositor.aspect);
    this.canvas.drop();
    if (this.exit.gate.required) this.veil(performance.now());
  }

  /** The canvases follow the camera's size and the rotation. */
  fit() {
    const { videoWidth, videoHeight } = this.source.video;
    const across = (this.effects?.orientation.rotate ?? 0) % 180 === 0;
    const [width, height] = across ? [videoWidth, videoHeight] : [videoHeight, videoWidth];
    if (this.compositor.fit(width, height)) this.disturb();
  }

  /** @param {import('../contract.js').SizeAnswer} answer */
  onSize({ width, height }) {
    if (this.path !== 'planes') return;
    if (this.compositor.fit(width, height)) this.disturb();
    this.order(performance.now());
  }

  /**
   * The frames of the camera that an order was for are of another kind than the planes can handle, or have ended. An
   * end that overtook the news of the next camera says nothing about that one.
   * @param {number} id of the order
   */
  onUnfit(id) {
    if (this.path === 'planes' && this.asked.of(id) !== null) this.planes.unfit = this.planes.camera;
    else this.order(performance.now());
    this.choose();
  }

  /** @param {number} now */
  onFrame(now) {
    const { client, effects, exit } = this;
    if (effects === null || this.closed || this.path !== 'canvas') return;
    this.fit();
    if (exit.gate.view(now) === 'open') {
      this.publish('open', now, this.compositor.open(this.source.video, effects.orientation));
    } else if (client.free) this.feed(now, effects);
    else this.bridge(now, effects);
    this.meter.work(performance.now() - now);
  }

  /**
   * The worker is free: give it this frame, unless the last outline serves for it too.
   * @param {number} now
   * @param {Effects} effects
   */
  feed(now, effects) {
    const { canvas, client, control, exit } = this;
    if (effects.layer === null) return;
    this.compositor.capture(this.source.video, effects.orientation);
    this.waiting = false;
    const reusable = canvas.layer !== null && this.reusable(now);
    const plan = control.next(now, this.compositor.aspect, reusable, false);
    if (!plan.paired) this.publish('covered', now, canvas.covered());
    if (!plan.due) return;
    const behind = this.behind.of(effects, this.compositor);
    const ask = this.asked.make(plan, effects, effects.layer, this.debug !== null, now);
    const message = canvas.request(ask, client.sees, behind);
    client.send(message, [message.bitmap], now);
    if (exit.gate.view(now) === 'veil') this.veil(now);
  }

  /**
   * No outline for this frame: the last one serves, or the last picture stays, or the veil.
   * @param {number} now
   * @param {Effects} effects
   */
  bridge(now, effects) {
    const view = this.exit.gate.view(now);
    this.waiting = true;
    if (view === 'veil') this.veil(now);
    if (view !== 'fresh' || this.canvas.layer === null || this.asked.pending?.paired !== false) return;
    this.compositor.capture(this.source.video, effects.orientation);
    this.publish('covered', now, this.canvas.covered());
  }

  /**
   * By planes: ask for the next frame, if nothing is under way.
   * @param {number} now
   */
  order(now) {
    const { client, control, effects, planes } = this;
    if (planes.feed === null || !client.free || effects?.layer == null) return;
    const plan = control.next(now, this.compositor.aspect, this.reusable(now), planes.tight);
    const ask = this.asked.make(plan, effects, effects.layer, this.debug !== null, now);
    client.send(planes.request(ask, plan.segment, this.compositor, this.behind.of(effects, this.compositor)), [], now);
  }

  /** Whether the last outline serves also for a frame of now. @param {number} now */
  reusable(now) {
    return this.exit.gate.view(now) === 'fresh' && this.asked.serves(this.effects);
  }

  /** A frame that came meanwhile need not wait for the next one. @param {Found | null | undefined} people */
  onIdle(people) {
    const now = performance.now();
    if (people !== undefined) this.control.follower.looked(people, now);
    if (this.path === 'planes') this.order(now);
    else if (this.waiting && this.source.ready) this.onFrame(now);
  }

  /**
   * A layer or a frame was made.
   * @param {import('../contract.js').LayerAnswer | import('../contract.js').CoveredAnswer} answer
   */
  onPicture(answer) {
    const now = performance.now();
    const { canvas, exit } = this;
    const byPlanes = answer.type === 'covered';
    const pending = this.asked.of(answer.id);
    const { read, segment, finish } = answer.times;
    const took = byPlanes ? read + segment + finish : now - (pending?.at ?? now);
    if (pending !== null && answer.found !== undefined) exit.gate.masked(now - took);
    if (pending === null || !exit.gate.permits('covered', now - took)) {
      (byPlanes ? answer.frame : answer.bitmap)?.close();
      return;
    }
    if (byPlanes) {
      this.planes.took(answer.times);
      this.publish('covered', now - took, answer.frame);
    } else {
      canvas.keep(answer, pending.ask);
      if (pending.paired) this.publish('covered', now - took, canvas.covered());
    }
    this.learn(answer, byPlanes ? took : performance.now() - pending.at, pending.ask, now);
  }

  /**
   * @param {import('../contract.js').Outcome} outcome
   * @param {number} took milliseconds from taking the frame to its end
   * @param {import('../contract.js').Ask} ask
   * @param {number} started when the page began with it
   */
  learn({ found, model, times, mask }, took, { rect, width, height }, started) {
    const { control, interval, meter } = this;
    [this.trouble, this.model] = ['', model];
    const now = performance.now();
    meter.layer(took, times);
    meter.work(now - started);
    if (found !== undefined) {
      control.seen(found, took, interval, now);
      if (mask !== undefined) this.debug?.({ mask, found, rect, width, height, aspect: this.compositor.aspect });
    }
    control.paths.measured(this.path, meter.main, times.read + times.finish, interval);
    this.choose();
  }

  /** @param {number} now */
  veil(now) {
    const { width, height } = this.compositor;
    const same = this.exit.last === 'veil' && this.veiled.width === width && this.veiled.height === height;
    if (same && now - this.veiled.at < VEIL_MS && this.effects !== null) return;
    this.veiled = { at: now, width, height };
    const orientation = this.effects?.orientation ?? { mirrorX: false, mirrorY: false, rotate: 0 };
    this.publish('veil', now, this.compositor.veil(this.source.video, orientation));
  }

  /**
   * @param {import('./gate.js').Kind} kind
   * @param {number} time when the frame came
   * @param {import('./exit.js').Picture | VideoFrame | null} image
   */
  publish(kind, time, image) {
    if (image !== null && this.exit.publish(kind, time, image)) this.meter.frame(performance.now());
  }

  /** @param {number} now */
  onWatch(now) {
    if (this.closed) return;
    const { gate } = this.exit;
    this.client.check(now);
    if (gate.required && gate.view(now) === 'veil' && this.source.ready) {
      if (this.path === 'canvas') this.fit();
      this.veil(now);
    }
    if (this.path === 'planes') this.order(now);
    this.report();
  }

  /** The worker is gone. @param {string} reason @param {boolean} final whether it is not tried again */
  onTrouble(reason, final) {
    this.trouble = reason;
    this.asked.begin();
    if (final) this.exit.gate.fail(reason);
    this.choose();
  }

  /** Tell when something changed for people. */
  report() {
    const status = statusOf(this.exit.gate, this.client, this.trouble, this.path, performance.now());
    if (status.state === this.status.state && status.reason === this.status.reason) return;
    this.status = status;
    this.onStatus(status);
  }

  /** Figures for the panel's readout. */
  stats() {
    const { client, control, meter, compositor: { width, height } } = this;
    const { latency, segment, rest, main } = meter;
    return {
      fps: meter.fps(performance.now()), path: this.path, cameraFps: 1000 / this.interval, latency, segment, rest, main,
      model: client.state === 'ready' ? this.model : '', level: control.pace.index, width, height,
      rect: control.follower.rect, starts: client.starts,
    };
  }

  /** Release everything: worker, bitmaps, canvases, the published track. */
  close() {
    this.closed = true;
    this.planes.stop();
    this.client.close();
    this.source.close();
    this.exit.close();
    this.canvas.drop();
    this.behind.drop();
    this.compositor.release();
  }
}
