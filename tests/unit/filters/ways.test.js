import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Ways } from '../../../static/media/filters/ways.js';

function run(ways, costs, frames) {
  const used = [];
  for (let i = 0; i < frames; i++) {
    used.push(ways.preferred);
    ways.measured(ways.preferred, 1, costs[ways.preferred], 33);
  }
  return used;
}

test('planes that cost little stay; the canvas is never tried', () => {
  const used = run(new Ways(), { planes: 8, canvas: 1 }, 500);
  assert.ok(used.every((way) => way === 'planes'));
});

test('dear planes are compared with the canvas, once, and the cheaper one stays', () => {
  for (const [planes, canvas, best] of [[30, 10, 'canvas'], [30, 40, 'planes']]) {
    const used = run(new Ways(), { planes, canvas }, 500);
    assert.equal(used.at(-1), best);
    assert.ok(used.filter((way, i) => i > 0 && way !== used[i - 1]).length <= 2);
  }
});

test('drawing counts twice: half of it happens out of sight', () => {
  const ways = new Ways();
  const spent = { planes: [0, 20], canvas: [12, 0] };
  for (let i = 0; i < 300; i++) ways.measured(ways.preferred, ...spent[ways.preferred], 33);
  assert.equal(ways.preferred, 'planes');
});

test('frames of the other way are not counted, and a fixed way is fixed', () => {
  const ways = new Ways();
  for (let i = 0; i < 500; i++) ways.measured('canvas', 1, 1, 33);
  assert.equal(ways.preferred, 'planes');
  const fixed = new Ways('canvas');
  run(fixed, { planes: 1, canvas: 90 }, 300);
  assert.equal(fixed.preferred, 'canvas');
});
