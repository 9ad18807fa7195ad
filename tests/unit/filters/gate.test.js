import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Gate, HOLD_MS, REUSE_MS } from '../../../static/filters/page/gate.js';

function dice(seed) {
  let state = seed;
  return () => ((state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32);
}

test('nothing but the choice of the person opens it, whatever happens in whatever order', () => {
  const roll = dice(1);
  for (let run = 0; run < 200; run++) {
    const gate = new Gate();
    let [now, required, mask, shown] = [0, false, undefined, -Infinity];
    for (let step = 0; step < 200; step++) {
      now += roll() * 300;
      const event = Math.floor(roll() * 6);
      if (event === 0) {
        if (!required) [mask, shown] = [undefined, -Infinity];
        [required] = [true];
        gate.require();
      } else if (event === 1 && roll() < 0.2) {
        [required, mask] = [false, undefined];
        gate.release();
      } else if (event === 2) {
        mask = now - roll() * 600;
        gate.masked(mask);
      } else if (event === 3) {
        gate.forget();
        [mask, shown] = [undefined, -Infinity];
      } else if (event === 4) {
        gate.shown(now);
        shown = now;
      } else gate.fail('reason');
      const view = gate.view(now);
      assert.equal(view === 'open', !required);
      if (required && mask === undefined) assert.equal(view, 'veil');
      if (view === 'fresh') assert.ok(now - mask <= REUSE_MS);
      if (view === 'hold') assert.ok(now - shown <= HOLD_MS);
    }
  }
});

test('an outline serves for a moment, then the picture is held, then veiled', () => {
  const gate = new Gate();
  gate.require();
  assert.equal(gate.view(0), 'veil');
  gate.masked(1000);
  gate.shown(1000);
  assert.equal(gate.view(1000 + REUSE_MS), 'fresh');
  assert.equal(gate.view(1001 + REUSE_MS), 'hold');
  assert.equal(gate.view(1001 + HOLD_MS), 'veil');
});

test('an outline that took long is as old as its frame; the picture that it made stays as long as any', () => {
  const gate = new Gate();
  gate.require();
  gate.masked(1000);
  gate.shown(1900);
  assert.equal(gate.view(1900), 'hold');
  assert.equal(gate.view(1900 + HOLD_MS), 'hold');
  assert.equal(gate.view(1901 + HOLD_MS), 'veil');
});

test('choosing another segmenting filter keeps the outline, choosing after none does not', () => {
  const gate = new Gate();
  gate.require();
  gate.masked(0);
  gate.require();
  assert.equal(gate.view(1), 'fresh');
  gate.release();
  gate.require();
  assert.equal(gate.view(1), 'veil');
});

test('the rule: open only while no outline is needed, covered only with an outline of then, a veil always', () => {
  const gate = new Gate();
  const permitted = (time) => ['open', 'covered', 'veil'].filter((kind) => gate.permits(kind, time));
  assert.deepEqual(permitted(0), ['open']);
  gate.require();
  assert.deepEqual(permitted(0), ['veil']);
  gate.masked(1000);
  assert.deepEqual(permitted(1000), ['covered', 'veil']); // however late it comes
  assert.deepEqual(permitted(1000 + REUSE_MS), ['covered', 'veil']);
  assert.deepEqual(permitted(1001 + REUSE_MS), ['veil']);
  gate.fail('reason');
  gate.forget();
  assert.deepEqual(permitted(1000), ['veil']);
  gate.release();
  assert.deepEqual(permitted(1000), ['open']);
});
