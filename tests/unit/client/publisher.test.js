import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { settle } from './fakes.js';

/** A device's track; tests see whether it was let go. */
class DeviceTrack extends EventTarget {
  static all = [];
  readyState = 'live';
  enabled = true;
  constructor(kind) {
    super();
    this.kind = kind;
    DeviceTrack.all.push(this);
  }
  clone() {
    return new DeviceTrack(this.kind);
  }
  stop() {
    this.readyState = 'ended';
  }
}

class DeviceStream {
  constructor(tracks) {
    this.tracks = tracks;
  }
  getTracks() {
    return this.tracks;
  }
  getAudioTracks() {
    return this.tracks.filter(({ kind }) => kind === 'audio');
  }
  getVideoTracks() {
    return this.tracks.filter(({ kind }) => kind === 'video');
  }
}

/** Questions that the browser asks; the test answers. */
let asked = [];
const ask = (kind) => (wanted) =>
  new Promise((resolve, reject) => {
    asked.push({
      kind,
      wanted,
      grant: async () => (resolve(new DeviceStream([new DeviceTrack(kind)])), settle()),
      refuse: async (name) => (reject(new DOMException('no', name)), settle()),
    });
  });

globalThis.isSecureContext = true;
globalThis.navigator ??= {};
globalThis.document = { createElement: () => ({ getContext: () => null }) };
Object.defineProperty(navigator, 'mediaDevices', {
  value: {
    getUserMedia: (wanted) => ask(wanted.video ? 'video' : 'audio')(wanted),
    getDisplayMedia: ask('video'),
  },
});

const { Emitter } = await import('../../../static/protocol/emitter.js');
const { Settings } = await import('../../../static/model/settings.js');
const { Camera } = await import('../../../static/media/camera.js');
const { LevelMeter } = await import('../../../static/media/level.js');
const { Publisher } = await import('../../../static/media/publisher.js');
const { REPUBLISH_TIMES, STEADY_MS } = await import('../../../static/media/attempts.js');

class Room extends Emitter {
  phase = 'joined';
  users = new Map();
  data = {};
  permissions = ['present'];
  published = [];
  connection = {
    canStream: true,
    streams: { up: new Map() },
    publish: (options) => {
      const up = Object.assign(new Emitter(), {
        ...options,
        closed: false,
        status: 'connecting',
        track: (kind) => up[kind],
        setTrack: async (kind, track) => void (up[kind] = track),
        close: () => (up.closed = true),
        reach: (status) => ((up.status = status), up.emit('status', status)),
        abort: () => (up.close(), up.emit('close', { reason: 'no', aborted: true })),
      });
      this.published.push(up);
      return up;
    },
  };
  can(permission) {
    return this.permissions.includes(permission);
  }
  setData(change) {
    Object.assign(this.data, change);
  }
  enter(phase, permissions) {
    Object.assign(this, { phase, permissions });
    this.emit('phase', phase);
    this.emit('permissions', undefined);
  }
}

function make() {
  const room = new Room();
  const settings = new Settings(null);
  const publisher = new Publisher(room, settings, new Camera({ root: 'https://x.org/' }));
  const failures = [];
  publisher.on('failed', (failure) => failures.push(failure));
  return { room, settings, publisher, failures };
}

const live = () => DeviceTrack.all.filter(({ readyState }) => readyState === 'live').map(({ kind }) => kind);

beforeEach(() => {
  asked = [];
  DeviceTrack.all = [];
});

test('a camera that is switched off while it opens stays off, whatever the browser answers', async () => {
  for (const answer of ['grant', 'OverconstrainedError', 'NotFoundError', 'NotAllowedError']) {
    asked = [];
    const { publisher, settings, failures } = make();
    settings.write('camera', 'one that is not there');
    const opening = publisher.setCamera(true);
    await publisher.setCamera(false);
    await (answer === 'grant' ? asked[0].grant() : asked[0].refuse(answer));
    await opening;
    assert.equal(asked.length, 1, answer);
    assert.deepEqual([publisher.cameraOn, publisher.cameraBusy, live(), failures], [false, false, [], []]);
  }
});

test('a microphone that is switched off while it opens fails without a word', async () => {
  const { publisher, failures } = make();
  const opening = publisher.setMicrophone(true);
  assert.ok(publisher.microphoneComing);
  await publisher.setMicrophone(false);
  assert.ok(!publisher.microphoneComing);
  await asked[0].refuse('NotAllowedError');
  assert.equal(await opening, false);
  assert.deepEqual([publisher.microphoneOn, failures], [false, []]);
});

test('a device chosen while another one opens is the one that is used', async () => {
  const { publisher, settings } = make();
  const opening = [publisher.setMicrophone(true), publisher.setCamera(true)];
  settings.set('microphone', 'better');
  settings.set('camera', 'better');
  assert.equal(asked.length, 4);
  for (const question of asked) await question.grant();
  await Promise.all(opening);
  assert.deepEqual(asked[2].wanted.audio.deviceId, { ideal: 'better' });
  assert.deepEqual(asked[3].wanted.video.deviceId, { exact: 'better' });
  assert.deepEqual([publisher.microphoneOn, publisher.cameraOn], [true, true]);
  publisher.close();
  assert.deepEqual(live(), []);
});

test('a camera that is lost while it is opened anew is not shown as on', async () => {
  const { publisher, settings, room, failures } = make();
  const opening = publisher.setCamera(true);
  await asked[0].grant();
  await opening;
  assert.equal(room.data.camera, true);
  settings.set('blackboard', true); // the same device, at another size
  await asked[1].refuse('NotReadableError');
  assert.deepEqual([publisher.cameraOn, room.data.camera, live()], [false, false, []]);
  assert.equal(failures.length, 1);
});

test('who left, or was put out, while the browser asked for a screen shares none', async () => {
  const { publisher, room } = make();
  const sharing = publisher.shareScreen();
  publisher.close();
  await asked[0].grant();
  await sharing;
  assert.deepEqual([publisher.screens.size, live(), room.published], [0, [], []]);
});

test('each screen that is sent anew says which it was', async () => {
  const { publisher, room } = make();
  for (const number of [0, 1]) {
    const sharing = publisher.shareScreen();
    await asked[number].grant();
    await sharing;
  }
  for (const up of room.published) up.closed = true;
  room.enter('reconnecting', []);
  room.enter('joined', ['present']);
  const [first, second, ...again] = room.published.map(({ lasting }) => lasting);
  assert.ok(first && second && first !== second);
  assert.deepEqual([...new Set(again)], [first, second]);
  publisher.close();
});

test('who may not present has no device running, and a permission given later starts none', async () => {
  const { publisher, room } = make();
  room.enter('out', []);
  const opening = [publisher.setMicrophone(true), publisher.setCamera(true)];
  await asked[0].grant();
  room.enter('joined', []);
  await asked[1].grant();
  await Promise.all(opening);
  assert.deepEqual([publisher.microphoneOn, publisher.cameraOn, live()], [false, false, []]);
  assert.deepEqual(room.data, { muted: true, camera: false });
  assert.equal(await publisher.setCamera(true), false);
  assert.equal(await publisher.setMicrophone(true), false);
  assert.equal(asked.length, 2);
  room.enter('joined', ['present']);
  assert.deepEqual([room.published, live()], [[], []]);
});

test('what others do not get is known until an attempt succeeds', async ({ mock }) => {
  mock.timers.enable({ apis: ['setTimeout'] });
  const { publisher, room } = make();
  assert.equal(publisher.statusOf(), 'connected');
  const opening = publisher.setMicrophone(true);
  await asked[0].grant();
  await opening;
  const sharing = publisher.shareScreen();
  await asked[1].grant();
  await sharing;
  const [screen] = publisher.screens.values();
  assert.deepEqual([publisher.statusOf(), publisher.statusOf(screen)], ['connecting', 'connecting']);
  for (const up of room.published) up.reach('connected');

  let changes = 0;
  publisher.on('change', () => (changes += 1));
  for (let attempt = 1; attempt <= REPUBLISH_TIMES / 2; attempt += 1) {
    changes = 0;
    for (const up of room.published.slice(-2)) up.abort();
    assert.deepEqual([publisher.statusOf(), publisher.statusOf(screen)], ['failed', 'failed']);
    assert.ok(changes > 0);
    mock.timers.runAll();
    assert.deepEqual([publisher.statusOf(), publisher.statusOf(screen)], ['connecting', 'connecting']);
  }
  const [up, other] = room.published.slice(-2);
  up.reach('connected');
  other.abort();
  assert.deepEqual([publisher.statusOf(), publisher.statusOf(screen)].sort(), ['connected', 'failed']);
  room.enter('reconnecting', []);
  assert.deepEqual([publisher.statusOf(), publisher.statusOf(screen)], ['connected', 'connected']);
});

test('a stream is sent anew a few times in a row; one that lasted begins another row', async ({ mock }) => {
  mock.timers.enable({ apis: ['setTimeout'] });
  const { publisher, room } = make();
  let refused = 0;
  publisher.on('refused', () => (refused += 1));
  const opening = publisher.setMicrophone(true);
  await asked[0].grant();
  await opening;
  const fail = (lasted) => {
    const up = room.published.at(-1);
    up.reach('connected');
    mock.timers.tick(lasted);
    up.reach('closed');
    up.abort();
    mock.timers.runAll();
  };
  for (let times = 0; times < REPUBLISH_TIMES * 2; times += 1) fail(STEADY_MS);
  assert.deepEqual([room.published.length, refused], [1 + REPUBLISH_TIMES * 2, 0]);
  for (let times = 1; times < REPUBLISH_TIMES; times += 1) fail(STEADY_MS - 1);
  assert.equal(refused, 0);
  fail(0);
  assert.deepEqual([refused, publisher.statusOf()], [1, 'failed']);
});

test('what the server did not take to the end of a row is sent anew when media are restarted', async ({ mock }) => {
  mock.timers.enable({ apis: ['setTimeout'] });
  const { publisher, room } = make();
  const opening = publisher.setMicrophone(true);
  await asked[0].grant();
  await opening;
  const row = () => {
    const before = room.published.length;
    let over = 0;
    const listening = publisher.on('refused', () => (over += 1));
    while (!over) {
      room.published.at(-1).abort();
      mock.timers.runAll();
    }
    listening();
    assert.equal(publisher.statusOf(), 'failed');
    return room.published.length - before;
  };
  row();
  publisher.restart();
  assert.equal(publisher.statusOf(), 'connecting');
  assert.equal(row(), REPUBLISH_TIMES);
});

test('a filter that failed is tried again after a reconnection: its worker comes from the server', () => {
  const { publisher, room } = make();
  let retried = 0;
  publisher.camera.pipeline = { status: { state: 'failed', reason: 'worker' }, retry: () => (retried += 1) };
  room.enter('reconnecting', []);
  assert.equal(retried, 0);
  room.enter('joined', ['present']);
  assert.equal(retried, 1);
  publisher.camera.pipeline.status.state = 'running';
  room.enter('joined', ['present']);
  assert.equal(retried, 1);
});

test('a microphone whose loudness cannot be measured is let go all the same', async () => {
  globalThis.AudioContext = class {
    createMediaStreamSource() {
      throw new DOMException('another rate', 'NotSupportedError');
    }
  };
  assert.throws(() => new LevelMeter(new DeviceTrack('audio')));
  const { publisher } = make();
  DeviceTrack.all = [];
  const opening = publisher.setMicrophone(true);
  await asked[0].grant();
  assert.ok(await opening);
  publisher.close();
  assert.deepEqual(live(), []);
});
