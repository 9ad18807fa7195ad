import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

// Classic scripts: their functions are globals of the worker.
const source = ['tidy', 'mask', 'steadier']
  .map((name) => readFileSync(new URL(`../../../static/filters/worker/${name}.js`, import.meta.url), 'utf8'))
  .join('\n');
const { Steadier, refine, locate, opacity, alphaInto, wrapLight, fadeRim, mirror, unstretched, tidy, agreed, doubtOf } =
  new Function(
    `${source}; return {
      Steadier, refine, locate, opacity, alphaInto, wrapLight, fadeRim, mirror, unstretched, tidy, agreed, doubtOf,
    };`,
  )();

const [W, H] = [64, 48];
const WHOLE = [0, 0, 1, 1];
const flat = (value) => new Float32Array(W * H).fill(value);
const covering = (mask, rect = WHOLE) => ({ mask, width: W, height: H, rect });
const grey = (value) => new Uint8ClampedArray(W * H * 4).fill(value);

/** A steadier that has looked at a picture until its mask was settled. */
function settled(mask, rgba) {
  const steadier = new Steadier();
  for (let look = 0; look < 10; look++) steadier.steady(mask, rgba, W, H, WHOLE);
  return steadier;
}

/** A person in the rectangle x0…x1, y0…y1, as a mask and as a picture. */
function person(x0, x1, y0, y1) {
  const [mask, rgba] = [flat(0), grey(40)];
  for (let y = y0; y < y1; y++) {
    for (let x = x0; x < x1; x++) {
      mask[y * W + x] = 1;
      rgba.fill(200, (y * W + x) * 4, (y * W + x) * 4 + 3);
    }
  }
  return { mask, rgba };
}

test('flicker of the network is damped where nothing moves', () => {
  const steadier = new Steadier();
  const picture = grey(100);
  let [last, change] = [null, 0];
  for (let frame = 0; frame < 40; frame++) {
    const mask = steadier.steady(flat(0.5 + (frame % 2 ? 0.1 : -0.1)), picture, W, H, WHOLE);
    if (frame > 20) change = Math.max(change, Math.abs(mask[0] - last));
    last = mask[0];
  }
  assert.ok(change < 0.09, `${change}`); // the input changes by 0.2
});

test('motion is not dragged', () => {
  const steadier = new Steadier();
  const [a, b] = [person(5, 20, 10, 48), person(25, 40, 10, 48)];
  steadier.steady(a.mask, a.rgba, W, H, WHOLE);
  const mask = steadier.steady(b.mask, b.rgba, W, H, WHOLE);
  assert.deepEqual([mask[30 * W + 10], mask[30 * W + 30]], [0, 1]);
});

test('the mask is carried along when the rectangle moves', () => {
  const steadier = new Steadier();
  const { mask, rgba } = person(0, 32, 0, 48);
  steadier.steady(mask, rgba, W, H, WHOLE);
  const carried = steadier.steady(flat(1), rgba, W, H, [0, 0, 0.5, 1]);
  assert.ok(carried.slice(0, W * H).every((value, i) => i % W > 60 || value > 0.99));
  const beyond = steadier.steady(flat(0.7), rgba, W, H, [0.8, 0, 0.2, 1]);
  assert.ok(Math.abs(beyond[100] - 0.7) < 1e-6);
});

test('a mask serves once more where nothing moved, and only once', () => {
  const { mask, rgba } = person(10, 40, 10, 48);
  assert.equal(new Steadier().rests(rgba, W, H, WHOLE), false); // there is none yet
  const steadier = settled(mask, rgba);
  const noisy = rgba.map((value, i) => value + (i % 7) - 3);
  assert.equal(steadier.rests(noisy, W, H, WHOLE), true);
  assert.equal(steadier.rests(noisy, W, H, WHOLE), false);
  steadier.steady(mask, noisy, W, H, WHOLE);
  assert.equal(steadier.rests(rgba, W, H, WHOLE), true);
});

test('what moves inside a person needs no other mask; what moves elsewhere does', () => {
  const { mask, rgba } = person(10, 40, 10, 48);
  const rests = (change) => settled(mask, rgba).rests(change, W, H, WHOLE);
  const talking = rgba.slice();
  for (let y = 20; y < 24; y++) talking.fill(90, (y * W + 20) * 4, (y * W + 28) * 4);
  assert.equal(rests(talking), true);
  assert.equal(rests(person(9, 40, 10, 48).rgba), false);
  assert.equal(rests(person(10, 40, 9, 48).rgba), false);
  assert.equal(rests(grey(60)), false); // the light was switched on
});

test('a mask of another part, size or camera does not serve', () => {
  const { mask, rgba } = person(10, 40, 10, 48);
  const steadier = settled(mask, rgba);
  assert.equal(steadier.rests(rgba, W, H, [0, 0, 0.9, 1]), false);
  assert.equal(steadier.rests(rgba, W / 2, H * 2, WHOLE), false);
  steadier.steady(mask, rgba, W, H, [0, 0, 0.9, 1]);
  assert.equal(steadier.rests(rgba, W, H, [0, 0, 0.9, 1]), false); // it has not settled
  const other = settled(mask, rgba);
  other.reset();
  assert.equal(other.rests(rgba, W, H, WHOLE), false);
});

test('a soft edge moves onto the edge of the picture', () => {
  const { rgba } = person(0, 30, 0, 48);
  const soft = Float32Array.from({ length: W * H }, (_, i) => Math.min(1, Math.max(0, (36 - (i % W)) / 12)));
  const target = new Float32Array(W * H);
  refine(soft, rgba, W, H, target, 1);
  const row = 20 * W;
  assert.ok(target[row + 29] - target[row + 30] > soft[row + 29] - soft[row + 30] + 0.05);
});

test('people are located, with where they are cut off', () => {
  const { mask } = person(10, 20, 12, 48);
  const found = locate(covering(mask, [0.5, 0, 0.5, 1]));
  assert.deepEqual(found.touches, [false, false, false, true]);
  assert.ok(Math.abs(found.box[0] - (0.5 + (10 / 64) * 0.5)) < 1e-9);
  assert.ok(Math.abs(found.box[2] - (10 / 64) * 0.5) < 1e-9);
  assert.ok(Math.abs(found.area - (10 * 36) / (W * H) / 2) < 1e-9);
  assert.equal(locate(covering(flat(0.2), WHOLE)), null);
});

test('small bits far away are in the box but not in the core', () => {
  const { mask } = person(30, 60, 8, 48);
  for (let y = 40; y < 45; y++) mask.fill(1, y * W + 2, y * W + 5);
  const { box, core } = locate(covering(mask, WHOLE));
  assert.ok(box[0] < 0.05 && core[0] > 0.4);
});

test('what is unsure counts as doubt, and does not tell where people are', () => {
  const { mask } = person(30, 60, 8, 48);
  assert.equal(locate(covering(mask, WHOLE)).doubt, 0);
  for (let y = 8; y < 48; y++) mask.fill(0.7, y * W + 10, y * W + 30);
  const { box, core, area, doubt } = locate(covering(mask, WHOLE));
  assert.ok(box[0] > 0.45 && core[0] > 0.45);
  assert.ok(Math.abs(area - (50 * 40) / (W * H)) < 1e-9 && Math.abs(doubt - 0.4) < 1e-9);
  const unsure = locate(covering(flat(0.7), WHOLE));
  assert.ok(unsure.doubt === 1 && unsure.core[2] > 0.9);
});

test('tightness moves the edge, opacity falls as the mask rises', () => {
  const [wide, normal, close] = [opacity(-1), opacity(0), opacity(1)];
  assert.ok(wide[128] < normal[128] && normal[128] < close[128]);
  for (const table of [wide, normal, close]) {
    assert.deepEqual([table[0], table[255]], [255, 0]);
    for (let i = 1; i < 256; i++) assert.ok(table[i] <= table[i - 1]);
  }
});

test('light wraps the rim of the person only', () => {
  const { mask } = person(20, 44, 10, 48);
  const rgba = new Uint8ClampedArray(W * H * 4);
  alphaInto(mask, opacity(0), rgba);
  wrapLight(rgba, W, H, 1);
  const at = (x, y) => rgba[(y * W + x) * 4 + 3];
  assert.ok(at(21, 30) > 10 && at(32, 30) < 3 && at(5, 30) === 255);
});

test('each frame is looked at from the other side than the last', () => {
  const steadier = new Steadier();
  const seen = [0, 1, 2].map(() => {
    const { mirrored } = steadier;
    steadier.steady(flat(1), grey(100), W, H, WHOLE);
    return mirrored;
  });
  assert.deepEqual(seen, [false, true, false]);
});

test('what only one direction sees does not flicker, and counts half', () => {
  const steadier = new Steadier();
  const { mask: one } = person(10, 40, 10, 48);
  const { mask: other } = person(10, 50, 10, 48);
  const values = [];
  for (let frame = 0; frame < 40; frame++) {
    const mask = steadier.steady(frame % 2 ? one.slice() : other.slice(), grey(100), W, H, WHOLE);
    if (frame > 20) values.push(mask[20 * W + 45]);
  }
  assert.ok(Math.max(...values) - Math.min(...values) < 0.01, values.join(' '));
  assert.ok(Math.abs(values[0] - 0.5) < 0.01);
});

test('mirrored twice is unchanged', () => {
  const values = Float32Array.from({ length: 12 }, (_, i) => i);
  const [once, twice] = [new Float32Array(12), new Float32Array(12)];
  mirror(values, once, 4);
  mirror(once, twice, 4);
  assert.deepEqual([...once.slice(0, 4)], [3, 2, 1, 0]);
  assert.deepEqual(twice, values);
});

test('a stretched picture gets its proportions back, reflected beyond its edges', () => {
  const source = Uint32Array.from({ length: 16 }, (_, i) => i); // 4 × 4, in truth twice as wide as high
  const target = new Uint32Array(64);
  const place = unstretched(source, 4, 4, 2, target, 8);
  assert.deepEqual(place, { left: 0, top: 2, width: 8, height: 4 });
  const row = (y) => [...target.slice(y * 8, y * 8 + 8)];
  assert.deepEqual(row(2), [0, 0, 1, 1, 2, 2, 3, 3]);
  assert.deepEqual(row(5), [12, 12, 13, 13, 14, 14, 15, 15]);
  assert.deepEqual([row(1), row(0), row(6)], [row(2), row(3), row(5)]);
  assert.deepEqual(unstretched(source, 4, 4, 0.5, target, 8), { left: 2, top: 0, width: 4, height: 8 });
});

test('crumbs go and doubtful holes close; a gap under the arm and a second person stay', () => {
  const { mask } = person(10, 50, 8, 48);
  const fill = (value, x0, x1, y0, y1) => {
    for (let y = y0; y < y1; y++) mask.fill(value, y * W + x0, y * W + x1);
  };
  fill(0.9, 2, 4, 2, 4); // a crumb
  fill(0.3, 20, 24, 20, 24); // the network is not sure
  fill(0, 30, 34, 20, 24); // surely background
  fill(0, 44, 50, 40, 48); // at the edge of the person: no hole
  fill(1, 56, 64, 20, 48); // somebody else
  tidy(covering(mask));
  const at = (x, y) => mask[y * W + x];
  assert.deepEqual([at(2, 2), at(22, 22), at(32, 22), at(46, 44), at(60, 30)], [0, 1, 0, 0, 1]);
  const nobody = flat(0.2);
  tidy(covering(nobody));
  assert.ok(nobody.every((value) => Math.abs(value - 0.2) < 1e-6));
});

test('of two networks the surer one counts more, and the fitting one when both are as sure', () => {
  const [surely, perhaps] = [person(20, 40, 10, 40).mask, person(20, 40, 10, 40).mask];
  for (let y = 10; y < 40; y++) perhaps.fill(0.4, y * W + 20, y * W + 30);
  const at = 20 * W + 25;
  const both = agreed(surely.slice(), perhaps, 1)[at];
  assert.ok(both > 0.9 && both < 1, `${both}`);
  assert.ok(agreed(surely.slice(), perhaps, 2)[at] > both);
  assert.ok(Math.abs(agreed(flat(0.97), flat(0.95), 1)[at] - 0.96) < 1e-6);
  assert.deepEqual(agreed(surely.slice(), surely, 2), surely);
});

test('a network that sees nobody does not outvote one that is sure of somebody', () => {
  const { mask } = person(20, 40, 10, 40);
  assert.ok(agreed(flat(0), mask, 1)[20 * W + 25] > 0.5);
  assert.equal(doubtOf(flat(0)), 1);
});

test('a doubtful thing that reaches beyond the part fades out at its rim; who surely is a person stays', () => {
  const rect = [0, 0.1, 0.5, 1 - 0.1 - 1e-9]; // there is more of the frame above and on the right
  const thing = flat(0.6);
  fadeRim(covering(thing, rect));
  const row = [...thing.slice(30 * W, 31 * W)];
  assert.ok(row[0] > 0.59 && row[W / 2] > 0.59 && row[W - 1] === 0);
  assert.ok(row.every((value, x) => x === 0 || (value <= row[x - 1] && row[x - 1] - value < 0.25)));
  assert.ok(thing[W / 2] === 0 && thing[(H - 1) * W + W / 2] > 0.59);
  const someone = flat(0.97);
  fadeRim(covering(someone, rect));
  assert.ok(someone.every((value) => value > 0.96));
});
