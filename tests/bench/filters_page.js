/** The page's side of bench_filters.py: starts one variant, counts frames, judges masks. */
import { Camera } from '/static/media/camera.js';

/** Takes every frame of the track, as a sender would. */
export const sink = { frames: 0 };
let camera;
let longest = 0;
new PerformanceObserver((list) => {
  for (const task of list.getEntries()) longest = Math.max(longest, task.duration);
}).observe({ type: 'longtask' });

export function resetLongTasks() {
  longest = 0;
}

function drain(track) {
  const reader = new MediaStreamTrackProcessor({ track }).readable.getReader();
  (async () => {
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      value.close();
      sink.frames++;
    }
  })();
}

const running = () =>
  new Promise((resolve) => {
    if (camera.status.state === 'running') resolve();
    else camera.addEventListener('status', ({ detail }) => detail.state === 'running' && resolve());
  });

/** @returns milliseconds from choosing the filter to the first frame composited with it */
export async function start(variant) {
  const [filter, level, path] = variant.split(' ').map((word) => (word === '-' ? undefined : word));
  if (filter === 'passthrough') return passthrough();
  camera = globalThis.camera = new Camera({ level: level === undefined ? undefined : Number(level), path });
  await camera.open({ width: 1280, height: 720, frameRate: 30 });
  await new Promise((resolve) => setTimeout(resolve, 500));
  const began = performance.now();
  camera.setFilter(filter);
  drain(camera.track);
  await running();
  return performance.now() - began;
}

/** Choose it again after it was off: the files are in the browser's cache. */
export async function again() {
  camera.setFilter('none');
  await new Promise((resolve) => setTimeout(resolve, 500));
  const began = performance.now();
  camera.setFilter('blur');
  await running();
  return performance.now() - began;
}

async function passthrough() {
  const stream = await navigator.mediaDevices.getUserMedia({ video: { width: 1280, height: 720, frameRate: 30 } });
  const video = document.createElement('video');
  video.muted = true;
  video.srcObject = stream;
  await video.play();
  const canvas = document.createElement('canvas');
  [canvas.width, canvas.height] = [1280, 720];
  const context = canvas.getContext('2d', { alpha: false });
  const [track] = canvas.captureStream(0).getVideoTracks();
  drain(track);
  const draw = () => {
    video.requestVideoFrameCallback(draw);
    context.drawImage(video, 0, 0);
    track.requestFrame();
  };
  video.requestVideoFrameCallback(draw);
  Object.assign(globalThis, { video });
  return 0;
}

export function figures() {
  const stats = camera?.stats();
  return {
    segment: stats?.segment ?? 0,
    rest: stats?.rest ?? 0,
    latency: stats?.latency ?? 0,
    level: stats?.level ?? -1,
    longest,
  };
}

/** The next mask, spread over the frame. */
function nextMask(width, height) {
  return new Promise((resolve) => {
    camera.debug((seen) => {
      camera.debug(null);
      resolve({ mask: spread(seen, width, height), rect: seen.rect });
    });
  });
}

export function spread({ mask, width: mw, height: mh, rect }, width, height) {
  const frame = new Float32Array(width * height);
  for (let y = 0; y < height; y++) {
    const v = (((y + 0.5) / height - rect[1]) / rect[3]) * mh - 0.5;
    if (v < -0.5 || v > mh - 0.5) continue;
    const y0 = Math.min(Math.max(Math.floor(v), 0), mh - 2);
    const fy = Math.min(Math.max(v - y0, 0), 1);
    for (let x = 0; x < width; x++) {
      const u = (((x + 0.5) / width - rect[0]) / rect[2]) * mw - 0.5;
      if (u < -0.5 || u > mw - 0.5) continue;
      const x0 = Math.min(Math.max(Math.floor(u), 0), mw - 2);
      const fx = Math.min(Math.max(u - x0, 0), 1);
      const i = y0 * mw + x0;
      const top = mask[i] + (mask[i + 1] - mask[i]) * fx;
      const low = mask[i + mw] + (mask[i + mw + 1] - mask[i + mw]) * fx;
      frame[y * width + x] = top + (low - top) * fy;
    }
  }
  return frame;
}

/** @param {string} hex */
export function hexToBytes(hex) {
  return Uint8Array.from({ length: hex.length / 2 }, (_, i) => parseInt(hex.substr(i * 2, 2), 16));
}

/** @param {string} hex the reference: 255 person, 128 not judged, 0 background */
export async function judge(hex, width, height) {
  const reference = hexToBytes(hex);
  const { mask, rect } = await nextMask(width, height);
  const flickered = await flicker(mask, width, height);
  return { ...compare(mask, reference, width, height), flicker: flickered, rectangle: rect[2] * rect[3] };
}

/** Intersection over union and boundary F-measure of a mask over the frame. */
export function compare(mask, reference, width, height) {
  const judged = (i) => reference[i] === 0 || reference[i] === 255;
  let [both, either] = [0, 0];
  for (let i = 0; i < mask.length; i++) {
    if (!judged(i)) continue;
    const [found, wanted] = [mask[i] > 0.5, reference[i] === 255];
    if (found && wanted) both++;
    if (found || wanted) either++;
  }
  return { iou: both / either, boundary: boundaryF(mask, reference, width, height) };
}

/**
 * Every outline of some seconds: when it came, milliseconds, and its pixels over the frame, a bit each, as hex.
 */
export async function record(seconds, width, height) {
  const found = [];
  camera.debug((seen) => found.push({ at: performance.now(), bits: packed(spread(seen, width, height)) }));
  await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
  camera.debug(null);
  return found;
}

function packed(mask) {
  let text = '';
  for (let i = 0; i < mask.length; i += 8) {
    let byte = 0;
    for (let k = 0; k < 8; k++) byte = byte * 2 + (mask[i + k] > 0.5 ? 1 : 0);
    text += byte.toString(16).padStart(2, '0');
  }
  return text;
}

/** Mean change of the mask between outlines of a scene where nothing moves. */
async function flicker(first, width, height) {
  let [last, sum] = [first, 0];
  for (let round = 0; round < 10; round++) {
    const { mask } = await nextMask(width, height);
    for (let i = 0; i < mask.length; i++) sum += Math.abs(mask[i] - last[i]);
    last = mask;
  }
  return sum / 10 / first.length;
}

/** Boundary F-measure with a tolerance of 0.5 % of the diagonal. */
function boundaryF(mask, reference, width, height) {
  const reach = Math.round(0.005 * Math.hypot(width, height));
  const found = edges((i) => mask[i] > 0.5, width, height);
  const wanted = edges((i) => reference[i] >= 128, width, height);
  const unsure = edges((i) => reference[i] === 128, width, height);
  const far = (i) => !near(unsure, i, width, height, 2 * reach) && reference[i] !== 128;
  const share = (from, to) => {
    let [hit, all] = [0, 0];
    for (let i = 0; i < from.length; i++) {
      if (from[i] === 0 || !far(i)) continue;
      all++;
      if (near(to, i, width, height, reach)) hit++;
    }
    return all === 0 ? 0 : hit / all;
  };
  const [precision, recall] = [share(found, wanted), share(wanted, found)];
  return (2 * precision * recall) / (precision + recall || 1);
}

function edges(inside, width, height) {
  const found = new Uint8Array(width * height);
  for (let y = 0; y < height - 1; y++) {
    for (let x = 0; x < width - 1; x++) {
      const i = y * width + x;
      const here = inside(i);
      if (here !== inside(i + 1) || here !== inside(i + width)) found[i] = 1;
    }
  }
  return found;
}

function near(map, index, width, height, reach) {
  const [x, y] = [index % width, Math.floor(index / width)];
  for (let dy = -reach; dy <= reach; dy++) {
    const row = y + dy;
    if (row < 0 || row >= height) continue;
    const across = Math.floor(Math.sqrt(reach * reach - dy * dy));
    const [from, to] = [Math.max(0, x - across), Math.min(width - 1, x + across)];
    for (let column = from; column <= to; column++) if (map[row * width + column]) return true;
  }
  return false;
}
