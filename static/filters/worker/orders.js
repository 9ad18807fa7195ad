// @ts-check
/// <reference path="frames.js" />
/// <reference path="main.js" />
/**
 * Orders of the page: each gives back one frame of the camera, with its background covered. The other way, small
 * pictures in and small layers out, is in main.js, which loads this classic script and has the networks.
 */

/** @typedef {import('../contract.js').OrderRequest} OrderRequest */
/** @typedef {import('../contract.js').BehindRequest} BehindRequest */

const source = new FrameSource();
/** Loaded by the first order. @type {Promise<FrameStage> | null} */
let staging = null;
/** What the last outline of the stage covers. @type {Rect | null} */
let outlined = null;
/** A picture that has been sent, until a frame tells its colours. @type {BehindRequest | null} */
let sentBehind = null;

/**
 * @returns {Promise<FrameStage>}
 * @throws {Unfit} the arithmetic on planes does not work here, for instance without SIMD
 */
async function loadStage() {
  try {
    const response = await fetch('kernels/planes.wasm', { credentials: 'same-origin' });
    if (!response.ok) throw new Error(`planes.wasm: ${response.status}`);
    return new FrameStage(await PlaneKernels.from(await response.arrayBuffer()));
  } catch (error) {
    throw new Unfit(String(error));
  }
}

/**
 * One frame of the camera, with its background covered.
 * @param {OrderRequest} order
 */
async function onOrder(order) {
  const { id, rect, spec } = order;
  staging ??= loadStage();
  const stage = await staging;
  const frame = await source.next();
  if (frame === null) {
    answer({ type: 'idle', id });
    return;
  }
  const started = performance.now();
  await stage.take(frame);
  // The size at which the frame is to be seen; its pixels may be more.
  const { displayWidth: width, displayHeight: height } = stage.init;
  if (width !== order.frameWidth || height !== order.frameHeight) {
    outlined = null;
    answer({ type: 'size', id, width, height });
    return;
  }
  if (order.reset) {
    forget();
    outlined = null;
  }
  const times = { read: 0, segment: 0, finish: 0 };
  const picture = toOutline(stage, order);
  if (order.look || (picture !== null && spec.kind === 'blur')) stage.wholePicture();
  const found = picture === null ? undefined : outlineOf(picture, stage.whole, order, width / height, times);
  if (picture !== null) outlined = rect;
  times.read = performance.now() - started - times.segment - times.finish;
  const composing = performance.now();
  compose(stage, order, outlined ?? rect);
  const given = stage.give();
  times.finish += performance.now() - composing;
  const mask = order.debug && found !== undefined ? outline.refined.slice() : undefined;
  answer({ type: 'covered', id, frame: given, found, model: networks.current, times, mask }, [given]);
  afterwards(order, stage.whole, width / height);
}

/**
 * The picture for the model, or null where the last outline serves once more.
 * @param {FrameStage} stage
 * @param {OrderRequest} order
 */
function toOutline(stage, { segment, reuse, rect, width, height }) {
  if (!segment && outlined !== null) return null;
  const picture = stage.modelPicture(rect, width, height);
  const rests = reuse && outlined !== null && steadier.rests(picture.data, width, height, rect);
  return rests ? null : picture;
}

/**
 * @param {FrameStage} stage
 * @param {OrderRequest} order
 * @param {Rect} rect what the outline covers
 */
function compose(stage, { behind }, rect) {
  if (sentBehind !== null) {
    stage.keepBehind(sentBehind.key, sentBehind.rgba, sentBehind.width, sentBehind.height);
    sentBehind = null;
  }
  if (behind !== '' && stage.behind?.key !== behind) throw new Error('another picture is wanted behind');
  const { width, height, data: rgba } = outline.near;
  stage.cover({ rgba, width, height, rect }, behind === '' ? backdrop.image : null);
}

/**
 * @param {number} id of the order
 * @param {unknown} error
 */
function reportOrder(id, error) {
  if (error instanceof Unfit) answer({ type: 'unfit', id, detail: error.message });
  else report(error);
}
