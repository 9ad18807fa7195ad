import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LEVELS, Pace } from '../../../static/filters/page/control/pace.js';
import { Meter } from '../../../static/filters/page/meter.js';

function run(pace, cost, from, to, interval = 33) {
  for (let now = from; now < to; now += interval) pace.measured(cost(pace.level), interval, now);
}

test('a slow machine steps down until frames are in time, and stays', () => {
  const pace = new Pace();
  const cost = (level) => (level.model === 'square' ? 60 : 35) * (level.both ? 1.6 : 1);
  run(pace, cost, 0, 20000);
  assert.ok(cost(pace.level) < 0.85 * 33 * pace.level.stride);
  const settled = pace.index;
  run(pace, cost, 20000, 40000);
  assert.equal(pace.index, settled);
});

test('a fast machine gets the finest', () => {
  const pace = new Pace();
  run(pace, () => 5, 0, 20000);
  assert.equal(pace.index, 0);
});

test('an attempt that fails is repeated ever more rarely', () => {
  const pace = new Pace();
  let [steps, last] = [0, pace.index];
  for (let now = 0; now < 300000; now += 33) {
    pace.measured(pace.index === 0 ? 60 : 8, 33, now);
    if (pace.index !== last) [steps, last] = [steps + 1, pace.index];
  }
  assert.ok(steps < 16, `${steps} steps`);
});

test('a fixed level is fixed', () => {
  const pace = new Pace(2);
  run(pace, () => 500, 0, 20000);
  assert.equal(pace.level, LEVELS[2]);
});

test('the meter forgets frames after a second', () => {
  const meter = new Meter();
  for (let now = 0; now <= 2000; now += 50) meter.frame(now);
  assert.equal(meter.fps(2000), 20);
  assert.equal(meter.fps(5000), 0);
});
