/** A browser for the pipeline: a camera, a canvas, a worker that only says what it was asked. Nothing is drawn. */
import { Pipeline } from '../../../static/filters/page/pipeline.js';

/** A 2D context whose methods do nothing. */
const context = (canvas) => new Proxy({ canvas }, { get: (own, name) => own[name] ?? (() => undefined), set: () => true });

class Canvas extends EventTarget {
  constructor(width, height) {
    super();
    [this.width, this.height] = [width, height];
    this.context = context(this);
  }

  getContext() {
    return this.context;
  }

  transferToImageBitmap() {
    return {};
  }
}

class Video {
  readyState = 4;
  videoWidth = 640;
  videoHeight = 360;
  play = async () => undefined;
  requestVideoFrameCallback = () => 1;
  cancelVideoFrameCallback = () => undefined;
}

class Frames {
  static written = () => undefined;

  constructor() {
    this.track = { stop: () => undefined };
    this.readable = {};
    const write = async () => Frames.written();
    this.writable = { getWriter: () => ({ desiredSize: 1, write }) };
  }

  stop() {}
}

/** A camera's track. */
export function camera() {
  return { clone: () => ({ getSettings: () => ({}), stop: () => undefined }) };
}

/**
 * A pipeline that blurs, whose worker is ready, on a clock of its own. `published` gets the kind of each frame that the
 * track was given.
 * @param {import('node:test').TestContext} t
 * @param {{level: number, frames?: boolean}} options frames: whether the browser gives camera frames to scripts
 */
export async function pipelineWith(t, { level, frames = false }) {
  const clock = { now: 0 };
  const asked = [];
  const workers = [];
  class Worker {
    constructor() {
      workers.push(this);
    }

    postMessage(message) {
      asked.push(message);
    }

    terminate() {}
  }
  const document = Object.assign(new EventTarget(), {
    hidden: false,
    createElement: (name) => (name === 'video' ? new Video() : new Canvas(1, 1)),
  });
  Object.assign(globalThis, {
    document, Worker, OffscreenCanvas: Canvas, MediaStream: class {}, MediaStreamTrackGenerator: Frames,
    VideoFrame: class { close() {} },
    MediaStreamTrackProcessor: frames ? Frames : undefined,
  });
  if (!frames) delete globalThis.MediaStreamTrackProcessor;
  t.mock.method(performance, 'now', () => clock.now);
  const support = async () => ({ available: true, reason: '', base: 'https://test/' });
  const pipeline = new Pipeline({ root: 'https://test/', support, onStatus: () => undefined, level });
  t.after(() => pipeline.close());
  const published = [];
  Frames.written = () => published.push(pipeline.exit.last);
  pipeline.apply({
    layer: { kind: 'blur', strength: 0.5, tightness: 0, wrap: 0 }, behind: null, paints: [], idle: false,
    orientation: { mirrorX: false, mirrorY: false, rotate: 0 },
  });
  await new Promise((resolve) => setImmediate(resolve));
  const worker = {
    answer: (data) => workers.at(-1).onmessage({ data }),
    /** The last request of this type. */
    asked: (type) => asked.findLast((message) => message.type === type),
  };
  worker.answer({ type: 'ready', sees: { width: 256, height: 144 } });
  return { pipeline, clock, worker, published };
}
