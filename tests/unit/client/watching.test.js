import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Company, SETTLE_MS } from '../../../static/model/company.js';
import { otherCamera } from '../../../static/model/facing.js';
import { PATIENCE_MS, shortcoming } from '../../../static/model/sharpness.js';
import { Intent } from '../../../static/model/intent.js';
import { Emitter } from '../../../static/protocol/emitter.js';
import { Shortcomings } from '../../../static/media/shortcomings.js';

const LARGE = { width: 1300, height: 740 };
const SMALL_VIDEO = { width: 320, height: 180 };
const video = (more) => ({ told: '', height: 720, got: SMALL_VIDEO, room: LARGE, since: PATIENCE_MS, ...more });

test('a large tile says why its video is small, once a larger one had time to come', () => {
  assert.equal(shortcoming(video({})), 'stage.small.own');
  assert.equal(shortcoming(video({ told: 'cpu' })), 'stage.small.cpu');
  assert.equal(shortcoming(video({ told: 'bandwidth' })), 'stage.small.bandwidth');
  const fine = [
    { since: PATIENCE_MS - 1 },
    { got: { width: 1280, height: 720 } },
    { got: { width: 0, height: 0 } },
    { room: { width: 400, height: 225 } },
    { height: 180 }, // a camera that has no more
    { height: undefined },
    { told: { toString: 1 } , height: 'tall' },
  ];
  for (const more of fine) assert.equal(shortcoming(video(more)), '', JSON.stringify(more));
});

test('a video that a filter blurs as a whole says so everywhere', () => {
  for (const state of ['loading', 'closed', 'failed'])
    assert.equal(shortcoming(video({ told: `filter-${state}`, since: 0 })), `stage.blurred.${state}`);
});

test('others are told that a filter does not keep up and what holds the video back, and when it is over', async (context) => {
  context.mock.timers.enable({ apis: ['setTimeout', 'setInterval'] });
  const camera = Object.assign(new EventTarget(), {
    status: { state: 'off', reason: '' },
    track: { getSettings: () => ({ height: 720 }) },
  });
  const become = (state) => {
    camera.status = { state, reason: '' };
    camera.dispatchEvent(new Event('status'));
  };
  let limited = '';
  const up = { closed: false, stats: async () => ({ tracks: [{ kind: 'video', limited }] }) };
  const publisher = Object.assign(new Emitter(), { camera, up, cameraOn: true });
  const data = {};
  const setData = (change) => {
    for (const [key, value] of Object.entries(change)) value === null ? delete data[key] : (data[key] = value);
  };
  const shortcomings = new Shortcomings({ data, setData }, publisher);
  publisher.emit('change');
  assert.deepEqual(data, { height: 720 });
  become('closed');
  become('running'); // a moment is not worth a word
  context.mock.timers.tick(5000);
  assert.equal(data.video, undefined);
  become('closed');
  context.mock.timers.tick(1000);
  assert.equal(data.video, 'filter-closed');
  become('running');
  assert.equal(data.video, undefined);
  limited = 'cpu';
  await shortcomings.look();
  assert.equal(data.video, 'cpu');
  publisher.cameraOn = false;
  publisher.emit('change');
  assert.deepEqual(data, {});
});

test('the other camera is the one that looks the other way, or the next one', () => {
  const of = (...labels) => labels.map((label, index) => ({ id: `${index}`, label }));
  const phone = of('camera2 1, facing front', 'camera2 0, facing back', 'camera2 2, facing back');
  assert.equal(otherCamera(phone, '0').id, '1');
  assert.equal(otherCamera(phone, '2').id, '0');
  assert.equal(otherCamera(phone, '').id, '1');
  const desk = of('HD Webcam', 'Document camera');
  assert.deepEqual(['0', '1', 'gone'].map((id) => otherCamera(desk, id).id), ['1', '0', '1']);
  assert.equal(otherCamera(of('HD Webcam'), '0'), null);
});

test('who was there stays listed until the server has told who is there now', (context) => {
  context.mock.timers.enable({ apis: ['setTimeout'] });
  const told = [];
  const company = new Company(({ kind, user }) => told.push(`${kind} ${user.id}`));
  const user = (id, username) => ({ id, username, permissions: [], data: {} });
  const names = () => [...company.users.values()].map(({ id, username }) => `${id} ${username}`);
  company.heard({ kind: 'add', user: user('1', 'me') });
  company.heard({ kind: 'add', user: user('2', 'Ben') });
  company.heard({ kind: 'add', user: user('3', 'Cleo') });
  told.length = 0;
  company.settle('1');
  company.heard({ kind: 'add', user: user('11', 'me') });
  company.heard({ kind: 'add', user: user('12', 'Ben') }); // lost the connection, too
  assert.deepEqual(names(), ['3 Cleo', '11 me', '12 Ben']);
  context.mock.timers.tick(SETTLE_MS);
  assert.deepEqual(names(), ['11 me', '12 Ben']);
  assert.deepEqual(told, ['delete 1', 'add 11', 'delete 2', 'add 12', 'delete 3']);
  company.clear();
  assert.deepEqual(names(), []);
});

test('the buttons on the way in are what is remembered; a device that could not be had is no decision', () => {
  const kept = { start: 'both' };
  const store = { get: (key) => kept[key], set: (key, value) => (kept[key] = value) };
  const intent = new Intent(store);
  const on = () => [intent.microphone, intent.camera, kept.start];
  assert.deepEqual(on(), [true, true, 'both']);
  intent.fail('camera');
  assert.deepEqual(on(), [true, false, 'both']);
  intent.choose('microphone', false);
  assert.deepEqual(on(), [false, false, 'video']);
  intent.begin();
  assert.deepEqual(on(), [false, true, 'video']);
  intent.choose('camera', false);
  intent.choose('microphone', true);
  assert.deepEqual(on(), [true, false, 'audio']);
});
