import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

// Classic scripts: their functions are globals of the worker.
const worker = new URL('../../../static/filters/worker/', import.meta.url);
const source = ['planes.js', 'kernels.js'].map((name) => readFileSync(new URL(name, worker), 'utf8')).join('');
const { PlaneKernels, coloursOf, fromRgba, newValues, pairs, rowPairs, rowTaps, taps } = new Function(
  `${source}; return { PlaneKernels, coloursOf, fromRgba, newValues, pairs, rowPairs, rowTaps, taps };`,
)();
const kernels = await PlaneKernels.from(readFileSync(new URL('kernels/planes.wasm', worker)));

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
  const size = layout.at(-1).offset + half * h + 4;
  const at = kernels.room('frame', size);
  kernels.bytes(at, size).set(Uint8Array.from({ length: size }, () => roll(256)));
  const planes = kernels.planesOf(at, layout, format, width, height);
  const own = new Set();
  for (const plane of planes) each(plane, (i) => own.add(i));
  for (let i = at; i < at + size; i++) if (!own.has(i)) memory()[i] = UNTOUCHED;
  return { at, size, planes, own };
}

/** What is in the kernels' memory now. */
function memory() {
  return new Uint8Array(kernels.memory.buffer);
}

function each(plane, action) {
  for (let y = 0; y < plane.height; y++) {
    for (let x = 0; x < plane.width; x++) action(plane.at + y * plane.stride + x, x, y);
  }
}

function opacity(width, height, rect, value) {
  const rgba = new Uint8ClampedArray(width * height * 4);
  for (let i = 0; i < width * height; i++) rgba[i * 4 + 3] = value(i % width, Math.floor(i / width));
  return { rgba, width, height, rect };
}

function filled(width, height, value) {
  const values = newValues(width, height);
  values.data.fill(value);
  return values;
}

const RECTS = [[0, 0, 1, 1], [0.21, 0.13, 0.5, 0.61], [0.5, 0, 0.5, 1], [0.4, 0.4, 0.13, 0.12]];

test('where the mask says person nothing changes, where it says room only the background is left', () => {
  const roll = dice(1);
  for (let run = 0; run < 150; run++) {
    const [width, height] = [33 + roll(90), 17 + roll(60)];
    const { at, size, planes, own } = frame(width, height, run % 2 ? 'NV12' : 'I420', roll);
    const rect = RECTS[run % RECTS.length];
    const solid = run % 3 === 0 ? 0 : run % 3 === 1 ? 255 : -1;
    const split = roll(16);
    const alpha = opacity(16, 9, rect, (x) => (solid >= 0 ? solid : x < split ? 0 : 255));
    const [bw, bh] = run % 5 === 0 ? [0, 0] : [8 + roll(8), 4 + roll(6)];
    const colours = planes.map(() => roll(256));
    const behind = planes.map(({ width: w, height: h }, i) =>
      kernels.keep(`behind ${i}`, filled(bw || w, bh || h, colours[i])),
    );
    const before = memory().slice();
    kernels.layOver(planes, behind, alpha);
    planes.forEach((plane, n) => {
      const [[left, right], [top, bottom]] = [0, 1].map((i) => {
        const length = i ? plane.height : plane.width;
        return [Math.round(rect[i] * length), Math.round((rect[i] + rect[i + 2]) * length)];
      });
      const now = memory();
      each(plane, (i, x, y) => {
        const inside = x >= left && x < right && y >= top && y < bottom;
        const u = ((x + 0.5 - left) / (right - left)) * 16 - 0.5;
        if (!inside || solid === 255 || (solid < 0 && u >= split)) assert.equal(now[i], colours[n]);
        else if (solid === 0 || u <= split - 1) assert.equal(now[i], before[i]);
        else assert.ok(now[i] >= Math.min(colours[n], before[i]) && now[i] <= Math.max(colours[n], before[i]));
      });
    });
    const now = memory();
    for (let i = at; i < at + size; i++) if (!own.has(i)) assert.equal(now[i], UNTOUCHED);
  }
});

test('whatever the opacity, values are mixed of the picture and the background in its proportion', () => {
  const roll = dice(2);
  for (let run = 0; run < 60; run++) {
    const { planes } = frame(40 + roll(50), 20 + roll(30), 'I420', roll);
    const even = run % 2 ? roll(256) : -1;
    const alpha = opacity(12 + roll(60), 7 + roll(40), [0, 0, 1, 1], () => (even < 0 ? roll(256) : even));
    const small = newValues(9, 5);
    small.data.forEach((_, i) => (small.data[i] = even < 0 ? 100 + roll(20) : 110));
    const before = memory().slice();
    kernels.layOver(planes, planes.map((_, i) => kernels.keep(`behind ${i}`, small)), alpha);
    const now = memory();
    for (const plane of planes) {
      each(plane, (i) => {
        assert.ok(now[i] >= Math.min(before[i], 100) && now[i] <= Math.max(before[i], 119), `${now[i]}`);
        const wanted = before[i] + ((110 - before[i]) * even) / 255;
        if (even >= 0) assert.ok(Math.abs(now[i] - wanted) <= 1, `${now[i]}, not ${wanted}`);
      });
    }
  }
});

test('every picture value, background value and opacity is mixed to the nearest value', () => {
  const [plane, behind] = ['plane', 'under'].map((name) => kernels.keep(name, newValues(256, 256)));
  const values = memory();
  each(behind, (i, x, y) => (values[i] = y));
  for (let part = 0; part < 256; part += part < 4 || part > 250 ? 1 : 9) {
    each(plane, (i, x) => (values[i] = x));
    kernels.layOver([plane], [behind], opacity(4, 4, [0, 0, 1, 1], () => part));
    const now = memory();
    each(plane, (i, x, y) => {
      const wanted = x + ((y - x) * part) / 255;
      assert.ok(Math.abs(now[i] - wanted) <= 0.75, `${x} ${y} ${part}: ${now[i]}`);
    });
  }
});

test('an enlarged background is smooth: a ramp stays a ramp', () => {
  const small = newValues(16, 9);
  small.data.forEach((_, i) => (small.data[i] = 10 * (i % 16)));
  for (const width of [160, 41, 1280]) {
    const plane = kernels.keep('plane', newValues(width, 90));
    kernels.layOver([plane], [kernels.keep('ramp', small)], opacity(4, 4, [0, 0, 1, 1], () => 255));
    const now = memory();
    each(plane, (i, x) => {
      const wanted = Math.min(150, Math.max(0, ((x + 0.5) * 160) / width - 5));
      assert.ok(Math.abs(now[i] - wanted) <= 1.01, `${x}: ${now[i]}`);
    });
  }
});

test('a picture of the frame’s own size is laid behind to the pixel', () => {
  const roll = dice(3);
  const { planes } = frame(51, 31, 'NV12', roll);
  const rgba = Uint8ClampedArray.from({ length: 51 * 31 * 4 }, () => roll(256));
  const behind = fromRgba(rgba, 51, 31, coloursOf(null), 2);
  kernels.layOver(planes, behind.map((each, i) => kernels.keep(`own ${i}`, each)), opacity(5, 5, [0, 0, 1, 1], () => 255));
  const now = memory();
  planes.forEach((plane, n) => {
    assert.deepEqual([behind[n].width, behind[n].height], [plane.width, plane.height]);
    each(plane, (i, x, y) => assert.equal(now[i], behind[n].data[y * plane.width + x]));
  });
});

test('weights of each scaled value make one, and stay inside the line', () => {
  const roll = dice(4);
  for (let run = 0; run < 400; run++) {
    const [size, count] = [2 + roll(300), 1 + roll(200)];
    const from = (roll(1000) / 1001) * size;
    const length = Math.max(0.01, (size - from) * (roll(1000) / 1000));
    const { first, length: needed, starts, weights, per } = taps(from, length, count, size);
    assert.ok(first >= 0 && first + needed <= size && per % 8 === 0);
    for (let i = 0; i < count; i++) {
      const own = weights.slice(i * per, (i + 1) * per);
      assert.equal(own.reduce((a, b) => a + b), 256);
      own.forEach((weight, k) => assert.ok(weight === 0 || (weight > 0 && starts[i] >= 0 && starts[i] + k < needed)));
    }
    const { per: rowsPer, rows, shares } = rowTaps(from, length, count, size);
    assert.ok(rows.every((at) => at >= 0 && at < size) && shares.every((share) => share >= 0));
    for (let i = 0; i < count; i++) {
      assert.equal(shares.slice(i * rowsPer, (i + 1) * rowsPer).reduce((a, b) => a + b), 128);
    }
    const table = pairs(count, size);
    assert.ok(table.ends.every((end, i) => end >= (table.ends[i - 1] ?? 0) && end <= size));
    assert.ok(table.weights.every((weight) => weight >= 0 && weight <= 128));
    const between = rowPairs(count, size);
    between.forEach((value, i) => {
      const last = i % 2 ? 128 : count - 1;
      assert.ok(value >= 0 && value <= last && (i % 2 === 0 || value === 0 || between[i - 1] + 1 < count));
    });
  }
});

/** A part of one plane, scaled. */
function scaled(values, rect, width, height) {
  const target = kernels.room('target', width * height);
  kernels.scale('test', kernels.keep('plane', values), rect, width, height, target);
  return kernels.bytes(target, width * height);
}

test('an even picture stays even at any size, and means stay means', () => {
  const roll = dice(5);
  for (let run = 0; run < 60; run++) {
    const values = filled(20 + roll(100), 20 + roll(60), roll(256));
    const small = scaled(values, RECTS[run % RECTS.length], 1 + roll(80), 1 + roll(80));
    assert.ok(small.every((value) => value === values.data[0]));
  }
  const stripes = newValues(120, 60);
  stripes.data.forEach((_, i) => (stripes.data[i] = i % 2 ? 200 : 100));
  assert.ok(scaled(stripes, [0, 0, 1, 1], 24, 12).every((value) => Math.abs(value - 150) <= 10));
});

test('where a part is taken from shows in its values', () => {
  const ramp = newValues(240, 120);
  ramp.data.forEach((_, i) => (ramp.data[i] = i % 240));
  for (const rect of RECTS) {
    for (const [width, height] of [[31, 17], [48, 30], [200, 9]]) {
      scaled(ramp, rect, width, height).forEach((value, i) => {
        const wanted = (rect[0] + (((i % width) + 0.5) / width) * rect[2]) * 240 - 0.5;
        assert.ok(Math.abs(value - Math.min(239, Math.max(0, wanted))) <= 1, `${value}, not ${wanted}`);
      });
    }
  }
});

test('colours survive the way to planes and back, in each standard', () => {
  const roll = dice(6);
  for (const space of [null, { matrix: 'bt709', fullRange: false }, { matrix: 'smpte170m', fullRange: true }]) {
    const rgba = Uint8ClampedArray.from({ length: 1200 }, (_, i) => (i % 4 === 3 ? 255 : roll(256)));
    const colours = coloursOf(space);
    const planes = fromRgba(rgba, 20, 15, colours, 1);
    const kept = planes.map((values, i) => kernels.keep(`kept ${i}`, values));
    const back = kernels.picture('same', kept, [0, 0, 1, 1], 20, 15, colours);
    back.forEach((value, i) => assert.ok(Math.abs(value - rgba[i]) <= 3, `${value} ${rgba[i]}`));
    if (space?.fullRange !== true) assert.ok(planes[0].data.every((value) => value >= 16 && value <= 235));
  }
});

test('parts of the memory never overlap, and keep their contents while others grow', async () => {
  const fresh = await PlaneKernels.from(readFileSync(new URL('kernels/planes.wasm', worker)));
  const roll = dice(7);
  const kept = new Map();
  for (let run = 0; run < 200; run++) {
    const name = `part ${roll(9)}`;
    const values = Uint8Array.from({ length: 1 + roll(run * 900) }, () => roll(256));
    fresh.put(name, values);
    kept.set(name, values);
  }
  for (const [name, values] of kept) {
    assert.deepEqual(fresh.bytes(fresh.room(name, values.length), values.length), values);
  }
});
