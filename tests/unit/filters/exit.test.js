import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pipelineWith } from './fakes.js';

test('what the gate does not permit is neither drawn nor published, and frames are closed in any case', async (t) => {
  const { pipeline, clock, published: done } = await pipelineWith(t, { level: 1 });
  const { exit } = pipeline;
  done.length = 0;
  const picture = { width: 2, height: 2, draw: () => done.push('draw') };
  const frame = { timestamp: 0, close: () => done.push('close') };
  const outcome = (kind, time, image) => [exit.publish(kind, time, image), ...done.splice(0)];
  clock.now = 1000;
  assert.deepEqual(outcome('open', 1000, picture), [false]);
  assert.deepEqual(outcome('covered', 1000, picture), [false]);
  assert.deepEqual(outcome('covered', 1000, frame), [false, 'close']);
  assert.deepEqual(outcome('veil', 1000, picture), [true, 'draw', 'veil']);
  exit.gate.masked(1000);
  assert.deepEqual(outcome('covered', 1000, picture), [true, 'draw', 'covered']);
  assert.deepEqual(outcome('covered', 1000, frame), [true, 'covered', 'close']);
  assert.deepEqual(outcome('open', 1000, frame), [false, 'close']);
  exit.gate.release();
  assert.deepEqual(outcome('open', 1000, picture), [true, 'draw', 'open']);
  exit.close();
  assert.deepEqual(outcome('open', 1000, picture), [false]);
});
