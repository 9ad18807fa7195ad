import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

// A classic script: its functions are globals of the worker.
const source = readFileSync(new URL('../../../static/worker/planes.js', import.meta.url), 'utf8');
const { PlaneComposer, coloursOf, fromRgba, newPlane, planesOf, samplePlane, scalePlane, taps, toRgba } = new Function(
  `${source}; return { PlaneComposer, coloursOf, fromRgba, newPlane, planesOf, samplePlane, scalePlane, taps, toRgba };`,
)();

function dice(seed) {
  let state = seed;
  return (below) => Math.floor(((state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32) * below);
}

/** A frame with noise in it, rows longer than the picture, and a value that nobody may touch in between. */
const UNTOUCHED = 77;
function frame(width, height, format, roll) {
  const [w, h] = [(width + 1) >> 1, (height + 1) >> 1];
  const [stride, half] = [width + roll(9), (format === 'NV12' ? 2 * w : w) + roll(5)];
  const layout = [{ offset: 3, stride }, { offset: 3 + stride * height, stride: half }];
  if (format === 'I420') layout.push({ offset: layout[1].offset + half * h, stride: half });
  const data = new Uint8Array(layout.at(-1).offset + half * h + 4).fill(UNTOUCHED);
  const planes = planesOf(data, layout, format, width, height);
  for (const plane of planes) each(plane, (i) => (data[i] = roll(256)));
  return { data, planes };
}

function each(plane, action) {
  for (let y = 0; y < plane.height; y++) {
    for (let x = 0; x < plane.width; x++) action(plane.offset + y * plane.stride + x * plane.step, x, y);
  }
}

function opacity(width, height, rect, value) {
  const rgba = new Uint8ClampedArray(width * height * 4);
  for (let i = 0; i < width * height; i++) rgba[i * 4 + 3] = value(i % width, Math.floor(i / width));
  return { rgba, width, height, rect };
}

function filled(width, height, value) {
  const plane = newPlane(width, height);
  plane.data.fill(value);
  return plane;
}

const RECTS = [[0, 0, 1, 1], [0.21, 0.13, 0.5, 0.61], [0.5, 0, 0.5, 1], [0.4, 0.4, 0.13, 0.12]];

test('where the mask says person nothing changes, where it says room only the background is left', () => {
  const roll = dice(1);
  for (let run = 0; run < 120; run++) {
    const [width, height] = [33 + roll(90), 17 + roll(60)];
    const format = run % 2 ? 'NV12' : 'I420';
    const { data, planes } = frame(width, height, format, roll);
    const before = data.slice();
    const rect = RECTS[run % RECTS.length];
    const solid = run % 3 === 0 ? 0 : run % 3 === 1 ? 255 : -1;
    const split = roll(16);
    const alpha = opacity(16, 9, rect, (x) => (solid >= 0 ? solid : x < split ? 0 : 255));
    const [bw, bh] = run % 5 === 0 ? [0, 0] : [8 + roll(8), 4 + roll(6)];
    const composer = new PlaneComposer();
    const written = new Set();
    for (const plane of planes) {
      const colour = roll(256);
      composer.layOver(plane, filled(bw || plane.width, bh || plane.height, colour), alpha);
      const edges = [0, 1].map((i) => {
        const size = i ? plane.height : plane.width;
        return [Math.round(rect[i] * size), Math.round((rect[i] + rect[i + 2]) * size)];
      });
      each(plane, (i, x, y) => {
        written.add(i);
        const [[left, right], [top, bottom]] = edges;
        const inside = x >= left && x < right && y >= top && y < bottom;
        const u = ((x + 0.5 - left) / (right - left)) * 16 - 0.5;
        if (!inside || solid === 255 || (solid < 0 && u >= split)) assert.equal(data[i], colour);
        else if (solid === 0 || u <= split - 1) assert.equal(data[i], before[i]);
        else assert.ok(data[i] >= Math.min(colour, before[i]) && data[i] <= Math.max(colour, before[i]));
      });
    }
    data.forEach((value, i) => written.has(i) || assert.equal(value, UNTOUCHED));
  }
});

test('whatever the opacity, values stay between the picture and the background', () => {
  const roll = dice(2);
  for (let run = 0; run < 60; run++) {
    const { data, planes } = frame(40 + roll(50), 20 + roll(30), 'I420', roll);
    const before = data.slice();
    const alpha = opacity(12 + roll(60), 7 + roll(40), RECTS[run % RECTS.length], () => roll(256));
    for (const plane of planes) {
      const small = newPlane(9, 5);
      small.data.forEach((_, i) => (small.data[i] = 100 + roll(20)));
      new PlaneComposer().layOver(plane, small, alpha);
      each(plane, (i) => {
        assert.ok(data[i] >= Math.min(before[i], 100) && data[i] <= Math.max(before[i], 119), `${data[i]}`);
      });
    }
  }
});

test('an enlarged background is smooth: a ramp stays a ramp', () => {
  const small = newPlane(16, 9);
  small.data.forEach((_, i) => (small.data[i] = 10 * (i % 16)));
  const plane = newPlane(160, 90);
  new PlaneComposer().layOver(plane, small, opacity(4, 4, [0, 0, 1, 1], () => 255));
  each(plane, (i, x) => {
    const wanted = Math.min(150, Math.max(0, x + 0.5 - 5));
    assert.ok(Math.abs(plane.data[i] - wanted) <= 1.01, `${x}: ${plane.data[i]}`);
  });
});

test('a picture of the frame’s own size is laid behind to the pixel', () => {
  const roll = dice(3);
  const { data, planes } = frame(51, 31, 'NV12', roll);
  const rgba = Uint8ClampedArray.from({ length: 51 * 31 * 4 }, () => roll(256));
  const behind = fromRgba(rgba, 51, 31, coloursOf(null), 2);
  planes.forEach((plane, n) => {
    assert.deepEqual([behind[n].width, behind[n].height], [plane.width, plane.height]);
    new PlaneComposer().layOver(plane, behind[n], opacity(5, 5, [0, 0, 1, 1], () => 255));
    each(plane, (i, x, y) => assert.equal(data[i], behind[n].data[y * plane.width + x]));
  });
});

test('weights of each scaled value make one, and stay inside the line', () => {
  const roll = dice(4);
  for (let run = 0; run < 300; run++) {
    const [size, count] = [2 + roll(300), 1 + roll(200)];
    const from = roll(1000) / 1001 * size;
    const length = Math.max(0.01, (size - from) * (roll(1000) / 1000));
    const { index, weight, per } = taps(from, length, count, size, run % 2 ? 3 : undefined);
    for (let i = 0; i < count; i++) {
      assert.equal(weight.slice(i * per, (i + 1) * per).reduce((a, b) => a + b), 256);
    }
    assert.ok(index.every((at, i) => at >= 0 && at < size && weight[i] >= 0));
  }
});

test('an even picture stays even at any size, and means stay means', () => {
  const roll = dice(5);
  for (let run = 0; run < 60; run++) {
    const plane = filled(20 + roll(100), 20 + roll(60), roll(256));
    const [w, h] = [1 + roll(80), 1 + roll(80)];
    const target = new Uint8Array(w * h);
    scalePlane(plane, RECTS[run % RECTS.length], w, h, new Int32Array(200), target);
    assert.ok(target.every((value) => value === plane.data[0]));
    samplePlane(plane, RECTS[run % RECTS.length], w, h, target);
    assert.ok(target.every((value) => value === plane.data[0]));
  }
  const stripes = newPlane(120, 60);
  stripes.data.forEach((_, i) => (stripes.data[i] = i % 2 ? 200 : 100));
  const target = new Uint8Array(24 * 12);
  scalePlane(stripes, [0, 0, 1, 1], 24, 12, new Int32Array(120), target);
  assert.ok(target.every((value) => Math.abs(value - 150) <= 10));
});

test('colours survive the way to planes and back, in each standard', () => {
  const roll = dice(6);
  for (const space of [null, { matrix: 'bt709', fullRange: false }, { matrix: 'smpte170m', fullRange: true }]) {
    const rgba = Uint8ClampedArray.from({ length: 400 }, (_, i) => (i % 4 === 3 ? 255 : roll(256)));
    const colours = coloursOf(space);
    const planes = fromRgba(rgba, 10, 10, colours, 1);
    const back = new Uint8ClampedArray(400);
    toRgba(planes[0].data, planes[1].data, planes[2].data, colours, back);
    back.forEach((value, i) => assert.ok(Math.abs(value - rgba[i]) <= 3, `${value} ${rgba[i]}`));
    if (space?.fullRange !== true) assert.ok(planes[0].data.every((value) => value >= 16 && value <= 235));
  }
});
