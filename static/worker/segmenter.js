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

/**
 * @typedef {object} StartMessage
 * @property {'start'} type
 * @property {string} base absolute URL of the MediaPipe installation, with a slash at its end
 * @property {ModelName} model
 *
 * @typedef {object} FrameMessage
 * @property {'frame'} type
 * @property {number} id
 * @property {ImageBitmap} bitmap the model's picture above the whole frame's
 * @property {number} width of the model's picture, pixels
 * @property {number} height
 * @property {Rect} rect what the model's picture shows
 * @property {number} aspect of the frame, width / height
 * @property {ModelName} model that fits the picture
 * @property {boolean} both whether the other one is to look as well
 * @property {boolean} look whether to look at the whole frame afterwards
 * @property {boolean} rest whether the last outline may serve once more if nothing moved
 * @property {boolean} reset whether the last mask has nothing to do with this frame
 * @property {boolean} debug whether the mask shall be returned as well
 * @property {LayerSpec} spec
 */

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
 * The message's two pictures as pixels.
 * @param {FrameMessage} message
 */
function pixels(message) {
  const { width, height, bitmap } = message;
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

/** @param {FrameMessage} message */
function onFrame(message) {
  const { id, width, height, rect } = message;
  const started = performance.now();
  const { picture, whole } = pixels(message);
  if (message.reset) forget();
  const rests = message.rest && steadier.rests(picture.data, width, height, rect);
  const read = performance.now();
  if (rests) {
    postMessage({ type: 'layer', id, bitmap: null, model: networks.current, times: { read: read - started, segment: 0, rest: 0 } });
    afterwards(message, whole);
    return;
  }
  const raw = networks.see(picture, steadier.mirrored, message.model);
  const segmented = performance.now();
  steadier.steady(raw, picture.data, width, height, rect);
  const { mask } = strangers.without(steadier);
  maker ??= new LayerMaker(outline, backdrop);
  const bitmap = maker.make(mask, picture.data, whole.data, width, height, rect, message.aspect, message.spec);
  const done = performance.now();
  /** @type {Record<string, unknown>} */
  const answer = {
    type: 'layer', id, bitmap, found: locate(mask, width, height, rect), model: networks.current,
    times: { read: read - started, segment: segmented - read, rest: done - segmented },
  };
  if (message.debug) answer.mask = outline.refined.slice();
  postMessage(answer, { transfer: [bitmap] });
  afterwards(message, whole);
}

/**
 * What nobody waits for: a look at the whole frame, another model.
 * @param {FrameMessage} message
 * @param {ImageData} whole
 */
function afterwards({ id, look: looks, aspect, model, both }, whole) {
  postMessage({ type: 'idle', id, people: looks ? look(whole, aspect) : undefined });
  networks.change(both ? 'both' : model).catch(report);
}

/**
 * Where people are in the whole frame: after the layer was sent, so that nobody waits for it.
 * @param {ImageData} whole
 * @param {number} [aspect] of the frame
 */
function look(whole, aspect = 16 / 9) {
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
  tidy(mask, width, height);
  strangers.learn(steadier, { mask, width, height, rect: [0, 0, 1, 1] });
  return locate(mask, width, height, [0, 0, 1, 1]);
}

/** @param {unknown} error */
function report(error) {
  const reason = error instanceof KnownError ? error.reason : 'failed';
  postMessage({ type: 'error', reason, detail: String(error) });
}

/** @param {StartMessage} message */
async function onStart(message) {
  const started = performance.now();
  await networks.start(message.base, message.model);
  postMessage({ type: 'ready', model: networks.current, took: performance.now() - started });
}

/** @typedef {StartMessage | FrameMessage | OrderMessage | CameraMessage | BehindMessage | {type: 'ping'}} Message */

self.onmessage = (/** @type {MessageEvent<Message>} */ { data: message }) => {
  if (message.type === 'start') onStart(message).catch(report);
  else if (message.type === 'order') onOrder(message).catch((error) => reportOrder(message.id, error));
  else if (message.type === 'camera') source.attach(message.readable);
  else if (message.type === 'behind') sentBehind = message;
  else if (message.type === 'ping') postMessage({ type: 'pong' });
  else if (message.type === 'frame') {
    try {
      onFrame(message);
    } catch (error) {
      report(error);
    }
  }
};
