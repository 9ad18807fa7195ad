// @ts-check
/// <reference path="tidy.js" />
/// <reference path="mask.js" />
/// <reference path="steadier.js" />
/// <reference path="strangers.js" />
/// <reference path="layer.js" />
/// <reference path="planes.js" />
/// <reference path="kernels.js" />
/// <reference path="frames.js" />
/// <reference path="orders.js" />
/// <reference path="networks.js" />
/**
 * The segmentation worker. Two ways: a small picture comes in and a small layer goes out (`frame`); or the camera's
 * frames come as a stream, and each `order` of the page gives one back with its background covered. It never has
 * two frames at once, and fetches from its own origin only (its response's policy forbids anything else).
 *
 * A classic worker: the MediaPipe loader needs importScripts. It owns the networks and every buffer; ending the
 * worker releases them all.
 */
importScripts('tidy.js', 'mask.js', 'steadier.js', 'layer.js', 'planes.js', 'kernels.js', 'frames.js', 'orders.js');
importScripts('strangers.js', 'graphics.js', 'networks.js');

/** @typedef {import('../contract.js').Ask} Ask */
/** @typedef {import('../contract.js').FrameRequest} FrameRequest */
/** @typedef {import('../contract.js').Times} Times */

const networks = new Networks();
const grabbed = new OffscreenCanvas(1, 1);
const grabbedContext = context2d(grabbed, true);
const steadier = new Steadier();
const strangers = new Strangers();
const outline = new Outline();
const backdrop = new Backdrop();
/** @type {LayerMaker | null} */
let maker = null;
const squared = new ImageData(256, 256);

/**
 * The request's two pictures as pixels.
 * @param {FrameRequest} request
 */
function pixels({ width, height, bitmap }) {
  const total = height + WHOLE_HEIGHT;
  const across = Math.max(width, WHOLE_WIDTH);
  if (grabbed.width !== across || grabbed.height !== total) [grabbed.width, grabbed.height] = [across, total];
  grabbedContext.globalCompositeOperation = 'copy';
  grabbedContext.drawImage(bitmap, 0, 0);
  bitmap.close();
  if (width !== WHOLE_WIDTH) {
    const picture = grabbedContext.getImageData(0, 0, width, height);
    return { picture, whole: grabbedContext.getImageData(0, height, WHOLE_WIDTH, WHOLE_HEIGHT) };
  }
  // Of one width: one read, and two views of it.
  const { data } = grabbedContext.getImageData(0, 0, width, total);
  const split = width * height * 4;
  const picture = new ImageData(data.subarray(0, split), width, height);
  const whole = new ImageData(data.subarray(split), WHOLE_WIDTH, WHOLE_HEIGHT);
  return { picture, whole };
}

/** What was seen so far has nothing to do with the next frame. */
function forget() {
  steadier.reset();
  strangers.forget();
}

/**
 * To the page.
 * @param {import('../contract.js').Answer} message
 * @param {Transferable[]} [transfer]
 */
function answer(message, transfer = []) {
  postMessage(message, { transfer });
}

/** @param {FrameRequest} request */
function onFrame(request) {
  const { id, rect, aspect, spec } = request;
  const started = performance.now();
  const { picture, whole } = pixels(request);
  if (request.reset) forget();
  const rests = request.reuse && steadier.rests(picture.data, picture.width, picture.height, rect);
  const times = { read: performance.now() - started, segment: 0, finish: 0 };
  const found = rests ? undefined : outlineOf(picture, whole, request, aspect, times);
  maker ??= new LayerMaker(outline, backdrop);
  const composing = performance.now();
  const { bitmap, far } = rests ? { bitmap: null, far: maker.far } : maker.make(rect, spec.kind);
  times.finish += performance.now() - composing;
  const mask = request.debug && !rests ? outline.refined.slice() : undefined;
  const transfer = bitmap === null ? [] : [bitmap];
  answer({ type: 'layer', id, bitmap, far, found, model: networks.current, times, mask }, transfer);
  afterwards(request, whole, aspect);
}

/**
 * The outline of a picture, and the blur around it: what `outline` and `backdrop` have from then on.
 * @param {ImageData} picture for the model
 * @param {ImageData} whole
 * @param {Ask} ask
 * @param {number} aspect of the frame
 * @param {Times} times receives milliseconds
 * @returns {Found | null} where people are
 */
function outlineOf(picture, whole, { rect, width, height, model, spec }, aspect, times) {
  const shown = performance.now();
  const raw = networks.see(picture, steadier.mirrored, model);
  const segmented = performance.now();
  steadier.steady(raw, picture.data, width, height, rect);
  const people = strangers.without(steadier);
  outline.make(people, picture.data, spec);
  if (spec.kind === 'blur') backdrop.fill(whole.data, people, spec.strength, aspect);
  const found = locate(people);
  times.segment = segmented - shown;
  times.finish = performance.now() - segmented;
  return found;
}

/**
 * What nobody waits for: a look at the whole frame, another model.
 * @param {Ask} ask
 * @param {ImageData} whole
 * @param {number} aspect of the frame
 */
function afterwards({ id, look: looks, model, both }, whole, aspect) {
  answer({ type: 'idle', id, people: looks ? look(whole, aspect) : undefined });
  networks.change(both ? 'both' : model).catch(report);
}

/**
 * Where people are in the whole frame: after the layer was sent, so that nobody waits for it.
 * @param {ImageData} whole
 * @param {number} aspect of the frame
 */
function look(whole, aspect) {
  const network = networks.preferred('landscape');
  if (network.model === 'landscape' && aspect > 1) {
    // This network's own proportions are about the frame's.
    const seen = network.see(whole, false);
    return judged(seen, WHOLE_WIDTH, WHOLE_HEIGHT);
  }
  const side = squared.width;
  const { left, top, width, height } = unstretched(
    words(whole), WHOLE_WIDTH, WHOLE_HEIGHT, aspect, words(squared), side,
  );
  const found = networks.preferred('square').see(squared, false);
  const mask = new Float32Array(width * height);
  for (let y = 0; y < height; y++) {
    const start = (top + y) * side + left;
    mask.set(found.subarray(start, start + width), y * width);
  }
  return judged(mask, width, height);
}

/**
 * @param {Float32Array} mask of the whole frame; changed
 * @param {number} width
 * @param {number} height
 */
function judged(mask, width, height) {
  /** @type {Covering} */
  const seen = { mask, width, height, rect: [0, 0, 1, 1] };
  tidy(seen);
  strangers.learn(steadier, seen);
  return locate(seen);
}

/** @param {unknown} error */
function report(error) {
  const reason = error instanceof KnownError ? error.reason : 'failed';
  answer({ type: 'error', reason, detail: String(error) });
}

/** @param {import('../contract.js').StartRequest} request */
async function onStart({ base, model }) {
  await networks.start(base, model);
  answer({ type: 'ready', sees: { width: WHOLE_WIDTH, height: WHOLE_HEIGHT } });
}

self.onmessage = (/** @type {MessageEvent<import('../contract.js').Request>} */ { data: request }) => {
  if (request.type === 'start') onStart(request).catch(report);
  else if (request.type === 'order') onOrder(request).catch((error) => reportOrder(request.id, error));
  else if (request.type === 'camera') source.attach(request.readable);
  else if (request.type === 'behind') sentBehind = request;
  else if (request.type === 'ping') answer({ type: 'pong' });
  else if (request.type === 'frame') {
    try {
      onFrame(request);
    } catch (error) {
      report(error);
    }
  }
};
