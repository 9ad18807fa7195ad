import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CanvasWay } from '../../../static/media/filters/canvas-way.js';
import { Gate, HOLD_MS, REUSE_MS } from '../../../static/media/filters/gate.js';
import { Outlet } from '../../../static/media/filters/outlet.js';
import { Pipeline } from '../../../static/media/filters/pipeline.js';
import { SegmenterClient } from '../../../static/media/filters/segmenter.js';
import { PlanesWay } from '../../../static/media/filters/planes-way.js';

const RECT = [0, 0, 1, 1];
const TIMES = { read: 1, segment: 1, rest: 1 };

/** A pipeline around a gate; what is done is written down. */
function scene(paired) {
  const done = [];
  const gate = new Gate();
  gate.require();
  const pipeline = {
    gate, done, generation: 1, debug: null,
    effects: { layer: { kind: 'blur' } },
    client: { free: true, state: 'ready', send: () => (pipeline.client.free = false), give: () => undefined },
    compositor: { width: 2, height: 2, grab: () => ({}), composite: () => done.push('composite') },
    follower: { takeLook: () => false, next: () => RECT, rect: RECT },
    models: { wide: false },
    pace: { level: { paired, stride: 1 } },
    source: { interval: 33 },
    outlet: { pass: () => done.push('pass'), forget: () => undefined },
    picture: () => ({ model: 'square', width: 2, height: 2 }),
    takeReset: () => false,
    behindCanvas: () => null,
    capture: () => done.push('capture'),
    veil: () => done.push('veil'),
    emit: () => done.push('emit'),
    passed: () => undefined,
    mayPass: Pipeline.prototype.mayPass,
  };
  const clear = () => done.splice(0);
  return { pipeline, done, clear };
}

const layer = (id, found) => ({ id, found, bitmap: found === undefined ? null : { close: () => undefined }, times: TIMES });

test('a late outline goes with the frame it was made of, not with the picture of then', (t) => {
  const { pipeline, clear, done } = scene(true);
  const way = new CanvasWay(pipeline);
  let now = 1000;
  t.mock.method(performance, 'now', () => now);
  way.frame(now);
  for (now = 1100; now < 3000; now += 100) way.frame(now);
  clear();
  way.answered(layer(1, null), true);
  assert.deepEqual(done, ['composite', 'emit']);
  // It is too old for any other frame.
  clear();
  pipeline.client.free = true;
  way.frame((now += 33));
  assert.deepEqual(done, ['capture']);
  assert.equal(pipeline.gate.view(now), 'hold');
});

test('where frames take the last outline, one that comes late is for none of them', (t) => {
  const { pipeline, clear, done } = scene(false);
  const way = new CanvasWay(pipeline);
  let now = 1000;
  t.mock.method(performance, 'now', () => now);
  way.frame(now);
  way.answered(layer(1, null), true);
  pipeline.client.free = true;
  way.frame((now += 33)); // its own outline is not waited for
  clear();
  way.frame((now += REUSE_MS + 1));
  way.answered(layer(2, null), true);
  way.frame((now += 1));
  assert.deepEqual(done.filter((what) => what !== 'capture'), []);
  assert.equal(pipeline.gate.view(now), 'hold');
  assert.equal(pipeline.gate.view(now + HOLD_MS), 'veil');
});

test('an end that overtakes the news of the next camera makes that one no worse', () => {
  globalThis.MediaStreamTrackProcessor = class {
    readable = {};
  };
  const camera = () => ({ clone: () => ({ getSettings: () => ({}), stop: () => undefined }) });
  const { pipeline } = scene(true);
  Object.assign(pipeline.pace.level, { stride: 1 });
  const way = new PlanesWay(pipeline);
  way.setCamera(camera());
  way.start();
  const { id } = way.pending;
  way.setCamera(camera());
  pipeline.client.free = true; // its answer is that the stream has ended
  way.refuse(id);
  assert.equal(way.unfit, null);
  assert.ok(way.pending.id > id);
  way.refuse(way.pending.id);
  assert.equal(way.unfit, way.camera);
});

test('graphics that were there are waited for; those that never were are not', () => {
  globalThis.Worker = class {
    postMessage() {}
    terminate() {}
  };
  const told = [];
  const client = new SegmenterClient('', { ready: () => undefined, trouble: (...what) => told.push(what) });
  const fail = () => client.received({ type: 'error', reason: 'no-webgl2', detail: '' });
  client.start('', 'square', 0);
  fail();
  assert.deepEqual(told.pop(), ['no-webgl2', '', true]);
  client.start('', 'square', 0);
  client.received({ type: 'ready' });
  for (const final of [false, false, false, true]) {
    fail();
    assert.deepEqual(told.pop(), ['graphics', '', final]);
    if (!final) client.launch(0);
  }
});

test('a worker has time to answer also after the machine slept; one that does not is given up', () => {
  const told = [];
  const client = new SegmenterClient('', { ready: () => undefined, trouble: (reason) => told.push(reason) });
  client.start('', 'square', 0);
  client.received({ type: 'ready' });
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
