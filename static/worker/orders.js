// @ts-check
/// <reference path="frames.js" />
/// <reference path="segmenter.js" />
/**
 * Orders of the page: each gives back one frame of the camera, with its background covered. The other way, small
 * pictures in and small layers out, is in segmenter.js, which loads this classic script and has the networks.
 */

/**
 * @typedef {Omit<FrameMessage, 'type' | 'bitmap' | 'aspect'> & {type: 'order', frameWidth: number,
 *   frameHeight: number, segment: boolean, behind: string}} OrderMessage `segment`: whether to make an outline,
 *   or to use the last one in any case; `behind`: key of the picture behind, '' for a blur
 * @typedef {{type: 'camera', readable: ReadableStream<VideoFrame> | null}} CameraMessage
 * @typedef {{type: 'behind', key: string, rgba: Uint8ClampedArray, width: number, height: number}} BehindMessage
 */

const source = new FrameSource();
/** Loaded by the first order. @type {Promise<FrameStage> | null} */
let staging = null;
/** What the last outline of the stage covers. @type {Rect | null} */
let outlined = null;
/** A picture that has been sent, until a frame tells its colours. @type {BehindMessage | null} */
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
 * @param {OrderMessage} message
 */
async function onOrder(message) {
  const { id, rect, spec } = message;
  staging ??= loadStage();
  const stage = await staging;
  const frame = await source.next();
  if (frame === null) {
    postMessage({ type: 'idle', id });
    return;
  }
  const started = performance.now();
  await stage.take(frame);
  // The size at which the frame is to be seen; its pixels may be more.
  const { displayWidth, displayHeight, timestamp } = stage.init;
  if (displayWidth !== message.frameWidth || displayHeight !== message.frameHeight) {
    outlined = null;
    postMessage({ type: 'size', id, width: displayWidth, height: displayHeight });
    return;
  }
  if (message.reset) {
    forget();
    outlined = null;
  }
  const times = { read: 0, segment: 0, rest: 0 };
  const picture = toOutline(stage, message);
  if (message.look || (picture !== null && spec.kind === 'blur')) stage.wholePicture();
  const found = picture === null ? undefined : outlineOf(stage, picture, message, times);
  if (picture !== null) outlined = rect;
  times.read = performance.now() - started - times.segment - times.rest;
  const composing = performance.now();
  compose(stage, message, outlined ?? rect);
  const given = stage.give();
  times.rest += performance.now() - composing;
  /** @type {Record<string, unknown>} */
  const answer = { type: 'covered', id, frame: given, timestamp, found, model: networks.current, times };
  if (message.debug && found !== undefined) answer.mask = outline.refined.slice();
  postMessage(answer, { transfer: [given] });
  const people = message.look ? look(stage.whole, displayWidth / displayHeight) : undefined;
  postMessage({ type: 'idle', id, people });
  networks.change(message.both ? 'both' : message.model).catch(report);
}

/**
 * The picture for the model, or null where the last outline serves once more.
 * @param {FrameStage} stage
 * @param {OrderMessage} message
 */
function toOutline(stage, { segment, rest, rect, width, height }) {
  if (!segment && outlined !== null) return null;
  const picture = stage.modelPicture(rect, width, height);
  const rests = rest && outlined !== null && steadier.rests(picture.data, width, height, rect);
  return rests ? null : picture;
}

/**
 * The outline of the frame on the stage, and the blur around it.
 * @param {FrameStage} stage
 * @param {ImageData} picture of the frame, for the model
 * @param {OrderMessage} message
 * @param {{segment: number, rest: number}} times receives milliseconds
 * @returns {Found | null} where people are
 */
function outlineOf(stage, picture, { rect, width, height, model, spec }, times) {
  const shown = performance.now();
  const raw = networks.see(picture, steadier.mirrored, model);
  const segmented = performance.now();
  steadier.steady(raw, picture.data, width, height, rect);
  const { mask } = strangers.without(steadier);
  outline.make(mask, picture.data, width, height, rect, spec);
  if (spec.kind === 'blur') {
    const { displayWidth, displayHeight } = stage.init;
    backdrop.fill(stage.whole.data, mask, width, height, rect, spec.strength, displayWidth / displayHeight);
  }
  const found = locate(mask, width, height, rect);
  times.segment = segmented - shown;
  times.rest = performance.now() - segmented;
  return found;
}

/**
 * @param {FrameStage} stage
 * @param {OrderMessage} message
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
  if (error instanceof Unfit) postMessage({ type: 'unfit', id, detail: error.message });
  else report(error);
}
