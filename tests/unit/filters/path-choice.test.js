import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PathChoice } from '../../../static/filters/page/control/path-choice.js';

function run(paths, costs, frames) {
  const used = [];
  for (let i = 0; i < frames; i++) {
    used.push(paths.preferred);
    paths.measured(paths.preferred, 1, costs[paths.preferred], 33);
  }
  return used;
}

test('planes that cost little stay; the canvas is never tried', () => {
  const used = run(new PathChoice(), { planes: 8, canvas: 1 }, 500);
  assert.ok(used.every((path) => path === 'planes'));
});

test('dear planes are compared with the canvas, once, and the cheaper one stays', () => {
  for (const [planes, canvas, best] of [[30, 10, 'canvas'], [30, 40, 'planes']]) {
    const used = run(new PathChoice(), { planes, canvas }, 500);
    assert.equal(used.at(-1), best);
    assert.ok(used.filter((path, i) => i > 0 && path !== used[i - 1]).length <= 2);
  }
});

test('drawing counts twice: half of it happens out of sight', () => {
  const paths = new PathChoice();
  const spent = { planes: [0, 20], canvas: [12, 0] };
  for (let i = 0; i < 300; i++) paths.measured(paths.preferred, ...spent[paths.preferred], 33);
  assert.equal(paths.preferred, 'planes');
});

test('frames of the other path are not counted, and a fixed path is fixed', () => {
  const paths = new PathChoice();
  for (let i = 0; i < 500; i++) paths.measured('canvas', 1, 1, 33);
  assert.equal(paths.preferred, 'planes');
  const fixed = new PathChoice('canvas');
  run(fixed, { planes: 1, canvas: 90 }, 300);
  assert.equal(fixed.preferred, 'canvas');
});
