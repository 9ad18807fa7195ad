/**
 * The way by canvas: the page draws the camera on the stage, the worker gets a small picture of it and gives back
 * a small layer, the page draws that over the stage. Works in every browser and with every filter.
 *
 * Owns the layer and what is known about the picture that the worker has.
 */

/** @typedef {import('./pipeline.js').Pipeline} Pipeline */
/** @typedef {import('./compositor.js').Layer & {behind: OffscreenCanvas | null}} HeldLayer */

export class CanvasWay {
  /** @param {Pipeline} pipeline */
  constructor(pipeline) {
    this.pipeline = pipeline;
    /** @type {HeldLayer | null} */
    this.layer = null;
    /** @type {{id: number, at: number, generation: number, paired: boolean, layer: Omit<HeldLayer, 'bitmap'>} | null} */
    this.pending = null;
    this.frameNumber = 0;
    this.waiting = false; // a camera frame came while the worker was busy
    /** @type {import('./registry.js').Effects | null} what the last layer was ordered for */
    this.madeFor = null;
  }

  /**
   * A frame of the camera that must not leave as it is.
   * @param {number} now
   */
  frame(now) {
    if (this.pipeline.client.free) this.feed(now);
    else this.bridge(now);
  }

  /**
   * The worker is free: give it this frame, unless the last outline serves for it too.
   * @param {number} now
   */
  feed(now) {
    const { pipeline } = this;
    const { compositor, follower, effects, gate } = pipeline;
    const { paired, stride } = pipeline.pace.level;
    if (effects?.layer == null) return;
    pipeline.capture();
    this.waiting = false;
    this.frameNumber++;
    const reusable = gate.view(now) === 'fresh' && this.layer !== null;
    if (!paired && reusable) this.compositeLast(now);
    if (reusable && this.frameNumber % stride !== 0) return;
    const look = follower.takeLook(now, pipeline.models.wide);
    const rect = follower.next(now);
    const rest = reusable && stride === 1 && this.madeFor === effects;
    this.madeFor = effects;
    const { model, both, width, height } = pipeline.picture(rect);
    const id = this.frameNumber;
    this.pending = {
      id,
      at: now,
      generation: pipeline.generation,
      paired: paired || !reusable,
      layer: { rect, width, height, kind: effects.layer.kind, behind: pipeline.behindCanvas() },
    };
    const bitmap = compositor.grab(rect, width, height);
    pipeline.client.send(
      {
        type: 'frame', id, bitmap, width, height, rect, model, both,
        aspect: compositor.width / compositor.height,
        look,
        rest,
        reset: pipeline.takeReset(),
        debug: pipeline.debug !== null,
        spec: effects.layer,
      },
      [bitmap],
      now,
    );
    if (gate.view(now) === 'veil') pipeline.veil(now);
  }

  /**
   * No outline for this frame: the last one serves, or the last picture stays, or the veil.
   * @param {number} now
   */
  bridge(now) {
    const { pipeline } = this;
    const view = pipeline.gate.view(now);
    this.waiting = true;
    if (view === 'veil') pipeline.veil(now);
    else if (view === 'fresh' && this.layer !== null && this.pending?.paired === false) {
      pipeline.capture();
      this.compositeLast(now);
    }
  }

  /**
   * @param {import('./segmenter.js').LayerAnswer} answer
   * @param {boolean} wanted whether this way is the one in use
   */
  answered(answer, wanted) {
    const now = performance.now();
    const { pipeline, pending } = this;
    const outdated = pending === null || pending.id !== answer.id || pending.generation !== pipeline.generation;
    if (outdated || !wanted || !pipeline.mayPass(answer.found !== undefined, pending.at)) {
      answer.bitmap?.close();
      return;
    }
    if (answer.bitmap !== null) {
      this.drop();
      this.layer = { ...pending.layer, bitmap: answer.bitmap };
    }
    if (pending.paired) this.compositeLast(now);
    pipeline.passed(answer, performance.now() - pending.at, pipeline.source.interval, pending.layer, now);
  }

  /** @param {number} now */
  compositeLast(now) {
    if (this.layer === null) return;
    this.pipeline.compositor.composite(this.layer, this.layer.behind);
    this.pipeline.gate.shown(now);
    this.pipeline.emit(now);
  }

  /** Forget the last outline. */
  drop() {
    this.layer?.bitmap.close();
    this.layer = null;
  }
}
