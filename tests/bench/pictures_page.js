/**
 * The page's side of bench_pictures.py: shows a picture to the worker as a still camera would, by planes, with the
 * rectangle and the models that the pipeline would choose, on a clock of its own: as fast as this machine can.
 */
import { CropFollower } from '/static/filters/page/control/crop.js';
import { ModelChoice } from '/static/filters/page/control/model-choice.js';
import { LEVELS } from '/static/filters/page/control/pace.js';
import { WorkerClient } from '/static/filters/page/worker-client.js';
import { compare, hexToBytes, spread } from './filters_page.js';

const WIDTH = 1280;
const HEIGHT = 720;
const INTERVAL = 1000 / 30;
/** Different frames; they differ by a camera's noise, of this amplitude. */
const NOISES = 3;
const NOISE = 5;
const SPEC = { kind: 'blur', strength: 0.5, tightness: 0, wrap: 0 };

/** @type {Record<string, (value: any) => void>} */
const waiting = {};
const answer = (kind) => new Promise((resolve) => (waiting[kind] = resolve));
const client = new WorkerClient(new URL('/worker/main.js', location.href), {
  ready: () => waiting.ready(),
  picture: (covered) => waiting.covered(covered),
  idle: ({ people }) => waiting.idle(people),
  size: () => {},
  unfit: ({ detail }) => console.error(detail),
  trouble: (reason) => console.error(reason, client.detail),
});

/** @param {number} level of work @returns {Promise<void>} the worker is ready */
export async function start(level) {
  const script = document.createElement('script');
  script.src = '/worker/planes.js';
  document.head.append(script);
  await new Promise((resolve) => (script.onload = resolve));
  const { model } = new ModelChoice().next(LEVELS[level], [0, 0, 1, 1], WIDTH / HEIGHT);
  const ready = answer('ready');
  client.start(new URL('/vendor/mediapipe/', location.href).href, model, 0);
  await ready;
}

/**
 * @param {string} path of the picture
 * @param {string} hex the reference: 255 person, 0 background
 * @param {number} level of work
 * @param {number} count of frames
 * @returns {Promise<{iou: number, boundary: number, moves: number}>} moves of the rectangle
 */
export async function judgePicture(path, hex, level, count) {
  const frames = await framesOf(path);
  const [follower, models] = [new CropFollower(), new ModelChoice()];
  /** @type {ReadableStreamDefaultController<VideoFrame>} */
  let camera;
  const readable = new ReadableStream({ start: (controller) => void (camera = controller) });
  client.give({ type: 'camera', readable }, [readable]);
  let [seen, moves] = [null, -1];
  for (let id = 0; id < count; id++) {
    const now = id * INTERVAL;
    const look = follower.takeLook(now, models.wide);
    const rect = follower.next(now);
    const { model, both, width, height } = models.next(LEVELS[level], rect, WIDTH / HEIGHT);
    if (seen?.rect !== rect) moves++;
    camera.enqueue(frameOf(frames[id % NOISES], now));
    const [covering, idling] = [answer('covered'), answer('idle')];
    client.send(
      {
        type: 'order', id, width, height, rect, model, both, look, segment: true, reuse: id > 0, behind: '', debug: true,
        reset: id === 0, frameWidth: WIDTH, frameHeight: HEIGHT, spec: SPEC,
      },
      [],
      performance.now(),
    );
    const covered = await covering;
    covered.frame.close();
    if (covered.found !== undefined) seen = { mask: covered.mask, width, height, rect };
    const people = await idling;
    if (covered.found !== undefined) follower.seen(covered.found, now);
    if (people !== undefined) follower.looked(people, now);
  }
  return { ...compare(spread(seen, WIDTH, HEIGHT), hexToBytes(hex), WIDTH, HEIGHT), moves };
}

/** The picture's planes, one behind the other, a few times with other noise. */
async function framesOf(path) {
  const image = new Image();
  image.src = path;
  await image.decode();
  const context = new OffscreenCanvas(WIDTH, HEIGHT).getContext('2d', { willReadFrequently: true });
  context.drawImage(image, 0, 0, WIDTH, HEIGHT);
  const { data } = context.getImageData(0, 0, WIDTH, HEIGHT);
  const planes = globalThis.fromRgba(data, WIDTH, HEIGHT, globalThis.coloursOf(null), 2);
  let seed = 1;
  return Array.from({ length: NOISES }, () => {
    const frame = new Uint8ClampedArray(WIDTH * HEIGHT * 1.5);
    let at = 0;
    for (const plane of planes) {
      frame.set(plane.data, at);
      at += plane.data.length;
    }
    for (let i = 0; i < WIDTH * HEIGHT; i++) {
      seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
      frame[i] += (seed / 2 ** 31 - 1) * NOISE;
    }
    return frame;
  });
}

function frameOf(planes, now) {
  const colorSpace = { matrix: 'smpte170m', primaries: 'smpte170m', transfer: 'smpte170m', fullRange: false };
  const timestamp = Math.round(now * 1000);
  return new VideoFrame(planes, { format: 'I420', codedWidth: WIDTH, codedHeight: HEIGHT, timestamp, colorSpace });
}
