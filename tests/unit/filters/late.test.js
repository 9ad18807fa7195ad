import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HOLD_MS, REUSE_MS } from '../../../static/filters/page/gate.js';
import { Outlet } from '../../../static/filters/page/outlet.js';
import { WorkerClient } from '../../../static/filters/page/worker-client.js';
import { camera, pipelineWith } from './fakes.js';

const LAYER = { type: 'layer', far: { top: 4, width: 2, height: 2 }, model: 'square', times: { read: 1, segment: 1, finish: 1 } };
const layer = (id, found) => ({ ...LAYER, id, found, bitmap: found === undefined ? null : { close: () => undefined } });

test('a late outline goes with the frame it was made of, not with the picture of then', async (t) => {
  const { pipeline, clock, worker, published } = await pipelineWith(t, { level: 1 });
  pipeline.onFrame((clock.now = 1000));
  const { id } = worker.asked('frame');
  for (clock.now = 1100; clock.now < 3000; clock.now += 100) pipeline.onFrame(clock.now);
  published.length = 0;
  worker.answer(layer(id, null));
  assert.deepEqual(published, ['covered']);
  // It is too old for any other frame.
  worker.answer({ type: 'idle', id });
  pipeline.onFrame((clock.now += 33));
  assert.deepEqual(published, ['covered']);
  assert.equal(pipeline.exit.gate.view(clock.now), 'hold');
});

test('where frames take the last outline, one that comes late is for none of them', async (t) => {
  const { pipeline, clock, worker, published } = await pipelineWith(t, { level: 3 });
  pipeline.onFrame((clock.now = 1000));
  worker.answer(layer(worker.asked('frame').id, null));
  worker.answer({ type: 'idle', id: 1 });
  pipeline.onFrame((clock.now += 33)); // its own outline is not waited for
  const { id } = worker.asked('frame');
  published.length = 0;
  pipeline.onFrame((clock.now += REUSE_MS + 1));
  worker.answer(layer(id, null));
  pipeline.onFrame((clock.now += 1));
  assert.deepEqual(published, []);
  assert.equal(pipeline.exit.gate.view(clock.now), 'hold');
  assert.equal(pipeline.exit.gate.view(clock.now + HOLD_MS), 'veil');
});

test('what was asked before the picture turned is not published after', async (t) => {
  const { pipeline, clock, worker, published } = await pipelineWith(t, { level: 1 });
  pipeline.onFrame((clock.now = 1000));
  const { id } = worker.asked('frame');
  pipeline.disturb();
  published.length = 0;
  worker.answer(layer(id, null));
  assert.deepEqual(published, []);
});

test('an end that overtakes the news of the next camera makes that one no worse', async (t) => {
  const { pipeline, worker } = await pipelineWith(t, { level: 1, frames: true });
  pipeline.setSource(camera());
  const { id } = worker.asked('order');
  pipeline.setSource(camera());
  worker.answer({ type: 'unfit', id, detail: 'the camera ended' });
  assert.equal(pipeline.path, 'planes');
  const next = worker.asked('order');
  assert.ok(next.id > id);
  worker.answer({ type: 'unfit', id: next.id, detail: 'its format' });
  assert.equal(pipeline.path, 'canvas');
});

test('graphics that were there are waited for; those that never were are not', () => {
  globalThis.Worker = class {
    postMessage() {}
    terminate() {}
  };
  const told = [];
  const client = new WorkerClient('', { ready: () => undefined, trouble: (...what) => told.push(what) });
  const fail = () => client.received({ type: 'error', reason: 'no-webgl2', detail: '' });
  client.start('', 'square', 0);
  fail();
  assert.deepEqual(told.pop(), ['no-webgl2', true]);
  client.start('', 'square', 0);
  client.received({ type: 'ready', sees: { width: 2, height: 2 } });
  for (const final of [false, false, false, true]) {
    fail();
    assert.deepEqual(told.pop(), ['graphics', final]);
    if (!final) client.launch(0);
  }
});

test('a worker has time to answer also after the machine slept; one that does not is given up', () => {
  const told = [];
  const client = new WorkerClient('', { ready: () => undefined, trouble: (reason) => told.push(reason) });
  client.start('', 'square', 0);
  client.received({ type: 'ready', sees: { width: 2, height: 2 } });
  client.send({}, [], 1000);
  for (let now = 60_000; now < 61_000; now += 250) client.check(now);
  assert.deepEqual(told, []);
  client.heard(61_000);
  for (let now = 61_000; now <= 63_500; now += 250) client.check(now);
  assert.deepEqual(told, ['hung']);
});

test('frames of a camera whose clock jumped or stood still are published as they come', () => {
  const times = [];
  globalThis.VideoFrame = class {
    constructor(image, { timestamp }) {
      times.push(timestamp);
    }
  };
  globalThis.MediaStreamTrackGenerator = class {
    writable = { getWriter: () => ({ desiredSize: 1, write: async () => undefined }) };
  };
  const outlet = new Outlet({});
  const pass = (timestamp, now) => outlet.pass({ timestamp, close: () => undefined }, now);
  pass(5_000_000, 1000);
  pass(5_033_000, 1040); // a little late: its own clock counts
  outlet.draw(61_040); // the camera stood still for a minute, and its clock with it
  pass(5_066_000, 61_073);
  pass(5_099_000, 61_106);
  pass(99_000, 61_139); // began anew
  assert.deepEqual(times.map((time) => time / 1000), [1000, 1033, 61_040, 61_073, 61_106, 61_139]);
});
