// @ts-check
/// <reference path="tidy.js" />
/// <reference path="mask.js" />
/// <reference path="steadier.js" />
/// <reference path="layer.js" />
/// <reference path="planes.js" />
/// <reference path="kernels.js" />
/// <reference path="frames.js" />
/// <reference path="orders.js" />
/// <reference path="graphics.js" />
/**
 * The segmentation worker. Two ways: a small picture comes in and a small layer goes out (`frame`); or the camera's
 * frames come as a stream, and each `order` of the page gives one back with its background covered. It never has
 * two frames at once, and fetches from its own origin only (its response's policy forbids anything else).
 *
 * A classic worker: the MediaPipe loader needs importScripts. It owns the network and every buffer; ending the
 * worker releases them all.
 */
importScripts('tidy.js', 'mask.js', 'steadier.js', 'layer.js', 'planes.js', 'kernels.js', 'frames.js', 'orders.js', 'graphics.js');

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
 * @property {ModelName} model
 * @property {boolean} look whether to look at the whole frame afterwards
 * @property {boolean} rest whether the last outline may serve once more if nothing moved
 * @property {boolean} reset whether the last mask has nothing to do with this frame
 * @property {boolean} debug whether the mask shall be returned as well
 * @property {LayerSpec} spec
 *
 * @typedef {'square' | 'landscape'} ModelName
 * @typedef {{segmentForVideo(image: ImageData, time: number): {confidenceMasks?: Mask[], close(): void}, close(): void}} Segmenter
 * @typedef {{getAsFloat32Array(): Float32Array, close(): void}} Mask
 */

/** @type {Record<ModelName, string>} */
const MODELS = { square: 'selfie_segmentation.tflite', landscape: 'selfie_segmentation_landscape.tflite' };

/** @type {Segmenter | null} one instance; its model is exchanged */
let segmenter = null;
/** What its pictures pass through. @type {Graphics | null} */
let graphics = null;
/** @type {ModelName} */
let current = 'square';
/** @type {Partial<Record<ModelName, Promise<Uint8Array>>>} */
const models = {};
/** Whether the model is being exchanged. */
let changing = false;
/** Milliseconds until a model that could not be had is asked for again; doubles each time, up to the second figure. */
const LACK_MS = [2000, 60000];
/** Models that could not be had: the other one goes on. @type {Map<ModelName, {wait: number, until: number}>} */
const lacking = new Map();
/** @type {{FilesetResolver: any, ImageSegmenter: any} | null} */
let library = null;
/** @type {{wasmLoaderPath: string, wasmBinaryPath: string} | null} */
let fileset = null;
let base = '';
let clock = 0;

const grabbed = new OffscreenCanvas(1, 1);
const grabbedContext = context2d(grabbed, true);
const steadier = new Steadier();
const outline = new Outline();
const backdrop = new Backdrop();
/** @type {LayerMaker | null} */
let maker = null;
let turned = new ImageData(1, 1);
const squared = new ImageData(256, 256);

/** An error that the page can explain: its name is a key of the table of texts. */
class KnownError extends Error {
  /**
   * @param {string} reason
   * @param {string} detail
   */
  constructor(reason, detail) {
    super(detail);
    this.reason = reason;
  }
}

/** @param {string} name */
async function fetched(name) {
  /** @type {Response} */
  let response;
  try {
    response = await fetch(base + name, { credentials: 'same-origin' });
  } catch (error) {
    throw new KnownError('unreachable', `${name}: ${error}`);
  }
  if (!response.ok) throw new KnownError('missing', `${name}: ${response.status}`);
  return new Uint8Array(await response.arrayBuffer());
}

/** A module of eight bytes that says whether this response's policy lets WebAssembly be compiled. */
async function checkPolicy() {
  if (typeof WebAssembly !== 'object') throw new KnownError('no-wasm', 'WebAssembly is missing');
  try {
    await WebAssembly.compile(Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0));
  } catch (error) {
    throw new KnownError('policy', String(error));
  }
}

async function loadLibrary() {
  await checkPolicy();
  const probe = new OffscreenCanvas(1, 1).getContext('webgl2');
  if (probe === null) throw new KnownError('no-webgl2', 'no WebGL2 in workers');
  probe.getExtension('WEBGL_lose_context')?.loseContext(); // browsers have few of them
  try {
    library = await import(`${base}vision_bundle.mjs`);
  } catch (error) {
    throw new KnownError('missing', String(error));
  }
  const simd = await /** @type {any} */ (library).FilesetResolver.isSimdSupported();
  const name = simd ? 'vision_wasm_internal' : 'vision_wasm_nosimd_internal';
  fileset = { wasmLoaderPath: `${base}wasm/${name}.js`, wasmBinaryPath: `${base}wasm/${name}.wasm` };
}

/** @param {ModelName} model */
function modelFile(model) {
  models[model] ??= fetched(`models/${MODELS[model]}`);
  return models[model];
}

/** @param {ModelName} model */
async function create(model) {
  if (library === null) throw new Error('the library comes first');
  const canvas = new OffscreenCanvas(1, 1);
  const made = await library.ImageSegmenter.createFromOptions(fileset, {
    baseOptions: { modelAssetBuffer: await modelFile(model), delegate: 'CPU' },
    runningMode: 'VIDEO',
    outputCategoryMask: false,
    outputConfidenceMasks: true,
    canvas,
  });
  graphics = new Graphics(canvas);
  warm(made, model);
  return made;
}

/**
 * What to begin with: the model that is wanted, or the other one.
 * @param {ModelName} wanted
 * @returns {Promise<ModelName>}
 */
async function available(wanted) {
  const other = wanted === 'square' ? 'landscape' : 'square';
  try {
    await modelFile(wanted);
    return wanted;
  } catch (error) {
    lack(wanted);
    await modelFile(other).catch(() => Promise.reject(error));
    return other;
  }
}

/**
 * The first run allocates; nobody waits for it here.
 * @param {Segmenter} made
 * @param {ModelName} model
 */
function warm(made, model) {
  segment(made, new ImageData(256, model === 'square' ? 256 : 144), false);
  segmenter = made;
  current = model;
}

/**
 * Exchange the model inside the instance, if another one is wanted: no second copy of the library, no pause that
 * anybody sees.
 * @param {ModelName} model
 */
async function change(model) {
  if (model === current || changing || performance.now() < (lacking.get(model)?.until ?? 0)) return;
  changing = true;
  try {
    const buffer = await modelFile(model).catch(() => lack(model));
    if (buffer === null) return;
    const made = /** @type {any} */ (segmenter);
    await made.setOptions({ baseOptions: { modelAssetBuffer: buffer } });
    warm(made, model);
  } finally {
    changing = false;
  }
}

/**
 * Perhaps it was the network.
 * @param {ModelName} model
 */
function lack(model) {
  delete models[model];
  const before = lacking.get(model)?.wait;
  const wait = before === undefined ? LACK_MS[0] : Math.min(2 * before, LACK_MS[1]);
  lacking.set(model, { wait, until: performance.now() + wait });
  return null;
}

/**
 * @param {Segmenter} segmenter
 * @param {ImageData} image
 * @param {boolean} [mirrored] whether the network sees it mirrored; the result is the right way round
 * @returns {Float32Array} confidence that a pixel shows a person
 */
function segment(segmenter, image, mirrored = steadier.mirrored) {
  if (!mirrored) return confidence(segmenter, image);
  const { width, height } = image;
  if (turned.width !== width || turned.height !== height) turned = new ImageData(width, height);
  mirror(words(image), words(turned), width);
  const found = confidence(segmenter, turned);
  const back = new Float32Array(found.length);
  mirror(found, back, width);
  return back;
}

/** @param {ImageData} image its pixels, one word each */
function words({ data }) {
  return new Uint32Array(data.buffer, data.byteOffset, data.length / 4);
}

/**
 * @param {Segmenter} segmenter
 * @param {ImageData} image
 * @throws {KnownError} the mask would be of something else
 */
function confidence(segmenter, image) {
  clock += 33; // MediaPipe wants rising timestamps, in milliseconds; it makes no other use of them.
  const result = segmenter.segmentForVideo(image, clock);
  const mask = result.confidenceMasks?.[0];
  if (mask === undefined) throw new Error('the model gave no mask');
  const values = mask.getAsFloat32Array().slice();
  mask.close();
  result.close();
  if (graphics?.lost) throw new KnownError('graphics', 'the graphics context was lost');
  return values;
}

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

/** @param {FrameMessage} message */
function onFrame(message) {
  const { id, width, height, rect } = message;
  const started = performance.now();
  if (segmenter === null) throw new Error('a frame came before the model');
  const { picture, whole } = pixels(message);
  if (message.reset) steadier.reset();
  const rests = message.rest && steadier.rests(picture.data, width, height, rect);
  const read = performance.now();
  if (rests) {
    postMessage({ type: 'layer', id, bitmap: null, model: current, times: { read: read - started, segment: 0, rest: 0 } });
    afterwards(segmenter, message, whole);
    return;
  }
  const raw = segment(segmenter, picture);
  const segmented = performance.now();
  const mask = steadier.steady(raw, picture.data, width, height, rect);
  maker ??= new LayerMaker(outline, backdrop);
  const bitmap = maker.make(mask, picture.data, whole.data, width, height, rect, message.aspect, message.spec);
  const done = performance.now();
  /** @type {Record<string, unknown>} */
  const answer = {
    type: 'layer', id, bitmap, found: locate(mask, width, height, rect), model: current,
    times: { read: read - started, segment: segmented - read, rest: done - segmented },
  };
  if (message.debug) answer.mask = outline.refined.slice();
  postMessage(answer, { transfer: [bitmap] });
  afterwards(segmenter, message, whole);
}

/**
 * What nobody waits for: a look at the whole frame, another model.
 * @param {Segmenter} segmenter
 * @param {FrameMessage} message
 * @param {ImageData} whole
 */
function afterwards(segmenter, { id, look: looks, aspect, model }, whole) {
  postMessage({ type: 'idle', id, people: looks ? look(segmenter, whole, aspect) : undefined });
  change(model).catch(report);
}

/**
 * Where people are in the whole frame: after the layer was sent, so that nobody waits for it.
 * @param {Segmenter} segmenter
 * @param {ImageData} whole
 * @param {number} [aspect] of the frame
 */
function look(segmenter, whole, aspect = 16 / 9) {
  if (current === 'landscape' && aspect > 1) {
    // This network's own proportions are about the frame's.
    const seen = segment(segmenter, whole, false);
    tidy(seen, WHOLE_WIDTH, WHOLE_HEIGHT);
    return locate(seen, WHOLE_WIDTH, WHOLE_HEIGHT, [0, 0, 1, 1]);
  }
  const side = squared.width;
  const { left, top, width, height } = unstretched(
    words(whole), WHOLE_WIDTH, WHOLE_HEIGHT, aspect, words(squared), side,
  );
  const found = segment(segmenter, squared, false);
  const mask = new Float32Array(width * height);
  for (let y = 0; y < height; y++) {
    const start = (top + y) * side + left;
    mask.set(found.subarray(start, start + width), y * width);
  }
  tidy(mask, width, height);
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
  base = message.base;
  await loadLibrary();
  const model = await available(message.model);
  await create(model);
  postMessage({ type: 'ready', model, took: performance.now() - started });
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
