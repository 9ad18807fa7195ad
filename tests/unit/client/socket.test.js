import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { Connection } from '../../../static/protocol/connection.js';
import { Backoff, LONGEST_MS } from '../../../static/protocol/backoff.js';
import { PROBE_MS, Socket } from '../../../static/protocol/socket.js';
import { FakePeer, FakeSocket, settle } from './fakes.js';

const made = [];
afterEach(() => made.splice(0).forEach((thing) => thing.close()));

function socket(clock) {
  const result = new Socket('ws://x/ws', 'me', {
    socket: (url) => new FakeSocket(url),
    now: () => clock.now,
  });
  made.push(result);
  return { socket: result, fake: FakeSocket.all.at(-1) };
}

function connection() {
  const result = new Connection({
    platform: { socket: (url) => new FakeSocket(url) },
    peer: () => new FakePeer(),
  });
  made.push(result);
  result.connect('ws://x/ws');
  const fake = () => FakeSocket.all.at(-1);
  return { connection: result, fake };
}

function openUp(fake) {
  fake.open();
  fake.receive({ type: 'handshake', version: ['2'] });
}

test('a handshake opens the connection, another version closes it', () => {
  const clock = { now: 0 };
  const good = socket(clock);
  let opened = 0;
  good.socket.on('open', () => (opened += 1));
  good.fake.open();
  assert.deepEqual(good.fake.sent[0], { type: 'handshake', version: ['2'], id: 'me' });
  assert.equal(opened, 0);
  good.fake.receive({ type: 'handshake', version: ['2'] });
  assert.equal(opened, 1);
  const bad = socket(clock);
  bad.fake.open();
  bad.fake.receive({ type: 'handshake', version: ['9'] });
  assert.equal(bad.fake.closedWith.code, 4002);
});

test('silence is answered by a ping at 15 s and given up at 65 s', () => {
  const clock = { now: 0 };
  const { socket: s, fake } = socket(clock);
  openUp(fake);
  const pings = () => fake.sent.filter(({ type }) => type === 'ping').length;
  clock.now = 14_999;
  s.poll();
  assert.equal(pings(), 0);
  clock.now = 15_000;
  s.poll();
  assert.equal(pings(), 1);
  fake.receive({ type: 'pong' });
  clock.now = 29_000;
  s.poll();
  assert.equal(pings(), 1);
  clock.now = 15_000 + 65_000;
  s.poll();
  assert.equal(fake.closedWith.code, 4001);
});

test('a probe that is not answered closes the connection soon', async (context) => {
  context.mock.timers.enable({ apis: ['setTimeout'] });
  const { socket: s, fake } = socket({ now: 0 });
  openUp(fake);
  s.probe();
  assert.equal(fake.sent.at(-1).type, 'ping');
  context.mock.timers.tick(PROBE_MS);
  assert.equal(fake.closedWith.code, 4001);
});

test('a ping is answered; garbage and messages before the handshake are ignored', () => {
  const { socket: s, fake } = socket({ now: 0 });
  const seen = [];
  s.on('message', (message) => seen.push(message.type));
  fake.open();
  fake.receive({ type: 'chat' });
  fake.receive({ type: 'handshake', version: ['2'] });
  for (const data of ['', 'null', '[1', '"x"']) fake.onmessage({ data });
  fake.receive({ type: 'ping' });
  fake.receive({ type: 'chat' });
  assert.deepEqual(seen, ['chat']);
  assert.equal(fake.sent.at(-1).type, 'pong');
});

test('back-off grows to its limit and is never the same for everybody', () => {
  const low = new Backoff(() => 0);
  const high = new Backoff(() => 0.999);
  let before = 0;
  for (let attempt = 0; attempt < 12; attempt += 1) {
    const [a, b] = [low.next(), high.next()];
    assert.ok(a < b && b <= LONGEST_MS && a >= before);
    before = a;
  }
  high.reset();
  assert.ok(high.next() <= 500);
});

test('a lost connection is tried again under a new id; a closed one and a kicked one are not', () => {
  const { connection: c, fake } = connection();
  const closes = [];
  c.on('close', (event) => closes.push(event.retryIn));
  openUp(fake());
  const first = c.id;
  fake().lose();
  assert.ok(closes[0] > 0);
  c.retryNow();
  assert.notEqual(c.id, first);
  openUp(fake());
  fake().receive({ type: 'usermessage', kind: 'kicked', privileged: true, value: 'go' });
  fake().lose(1000);
  assert.equal(closes[1], null);
});

test('a server that shuts down is not a kick', () => {
  const { connection: c, fake } = connection();
  const closes = [];
  c.on('close', (event) => closes.push(event.retryIn));
  openUp(fake());
  fake().receive({ type: 'usermessage', kind: 'kicked', privileged: true, value: 'server is shutting down' });
  fake().lose(1000);
  assert.notEqual(closes[0], null);
});

test('an operator who says that something is shutting down is not the server', () => {
  const { connection: c, fake } = connection();
  const closes = [];
  c.on('close', (event) => closes.push(event.retryIn));
  openUp(fake());
  const value = 'we are shutting down for today';
  fake().receive({ type: 'usermessage', kind: 'kicked', privileged: true, id: 'op1', username: 'op', value });
  fake().lose(1000);
  assert.deepEqual(closes, [null]);
});

test('what the server knows us by is shown to it alone, and only to come back to the same group', async () => {
  const { connection: c, fake } = connection();
  const ask = async (group = 'g') => {
    await c.join(group, { username: 'ada' }, { hand: true });
    return fake().sent.at(-1);
  };
  const joined = (fields) => fake().receive({ type: 'joined', kind: 'join', group: 'g', username: 'ada', ...fields });
  const again = async () => {
    fake().lose();
    c.retryNow();
    openUp(fake());
    return ask();
  };
  openUp(fake());
  assert.ok(!('resume' in (await ask())));
  joined({ resume: 's3cret' });
  const back = await again();
  assert.equal(back.resume, 's3cret');
  assert.deepEqual(back.data, { hand: true });
  fake().receive({ type: 'joined', kind: 'fail', error: 'group-full' });
  assert.equal((await again()).resume, 's3cret');
  assert.ok(!('resume' in (await ask('other'))));
  joined({});
  assert.ok(!('resume' in (await again())), 'a server that does not know it');
  joined({ resume: 's3cret' });
  fake().receive({ type: 'joined', kind: 'leave', group: 'g' });
  assert.ok(!('resume' in (await ask())));
  joined({ resume: 's3cret' });
  c.close();
  c.connect('ws://x/ws');
  openUp(fake());
  assert.ok(!('resume' in (await ask())), 'who left is a newcomer');
});

test('words carry our id and name; a lost connection drops all streams', async () => {
  const { connection: c, fake } = connection();
  openUp(fake());
  fake().receive({ type: 'joined', kind: 'join', group: 'g', username: 'ada', permissions: ['present'] });
  c.chat('hello');
  assert.deepEqual(fake().sent.at(-1), {
    type: 'chat',
    kind: '',
    dest: '',
    value: 'hello',
    source: c.id,
    username: 'ada',
  });
  fake().receive({ type: 'offer', id: 's1', label: 'camera', source: 'x', sdp: 'v=0' });
  await settle();
  assert.equal(c.streams.down.size, 1);
  fake().lose();
  assert.equal(c.streams.down.size, 0);
  assert.deepEqual(c.permissions, []);
});
