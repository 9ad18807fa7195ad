import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Room } from '../../../static/model/room.js';
import { answers, joined, make } from './fake-room.js';

test('entering asks for the status, connects where it says, joins, and asks for streams', async () => {
  const { room, fake } = await joined();
  assert.equal(fake().url, 'wss://x.org/ws');
  const join = fake().sent.find(({ type }) => type === 'join');
  assert.deepEqual([join.group, join.username, join.password], ['g', 'ada', 'secret']);
  assert.equal(fake().sent.at(-1).type, 'request');
  assert.equal(room.phase, 'joined');
  assert.ok(room.can('op'));
});

test('a refusal rejects with its reason and closes the connection', async () => {
  answers(200, { endpoint: 'wss://x.org/ws' });
  const { room, fake, open } = make();
  const entering = room.enter({ username: 'ada' });
  await new Promise((resolve) => setTimeout(resolve, 1));
  await open();
  fake().receive({ type: 'joined', kind: 'fail', value: 'too many users' });
  await assert.rejects(entering, { reason: 'full' });
  assert.equal(room.phase, 'out');
});

test('a group that does not exist and a server that does not answer are told apart', async () => {
  answers(404);
  await assert.rejects(make().room.enter({}), { reason: 'noGroup' });
  globalThis.fetch = async () => {
    throw new TypeError('failed');
  };
  await assert.rejects(make().room.enter({}), { reason: 'unreachable' });
});

test('after a lost connection we join again by ourselves, with the same data and request', async () => {
  const { room, fake, open } = await joined();
  room.request(() => ({ '': ['audio'] }));
  room.setData({ raisehand: true });
  fake().lose();
  assert.equal(room.phase, 'reconnecting');
  assert.equal(room.users.size, 0);
  room.connection.retryNow();
  await open();
  const join = fake().sent.find(({ type }) => type === 'join');
  assert.equal(join.data.raisehand, true);
  fake().receive({ type: 'joined', kind: 'join', group: 'g', username: 'ada', permissions: [] });
  assert.equal(room.phase, 'joined');
  assert.deepEqual(fake().sent.at(-1).request, { '': ['audio'] });
});

test('what changes while we are being let in is told once we are in', async () => {
  answers(200, { name: 'g', endpoint: 'wss://x.org/ws' });
  const { room, fake, open } = make();
  room.setData({ camera: false, hand: true });
  const entering = room.enter({ username: 'ada' });
  await new Promise((resolve) => setTimeout(resolve, 1));
  await open();
  assert.deepEqual(fake().sent.find(({ type }) => type === 'join').data, { camera: false, hand: true });
  room.setData({ camera: true, hand: null });
  fake().receive({ type: 'joined', kind: 'join', group: 'g', username: 'ada', permissions: ['present'] });
  await entering;
  const { kind, dest, value } = fake().sent.find(({ type }) => type === 'useraction');
  assert.deepEqual([kind, dest, value], ['setdata', room.connection.id, { camera: true, hand: null }]);
});

test('an echo of what we said before does not undo what we said since', async () => {
  const { room, fake } = await joined();
  room.setData({ camera: true });
  room.setData({ camera: false });
  fake().receive({ type: 'user', kind: 'change', id: room.connection.id, username: 'ada', data: { camera: true } });
  assert.equal(room.data.camera, false);
});

test('being refused when joining again ends it, with the reason', async () => {
  const { room, fake, open } = await joined();
  let why;
  room.on('refused', (refused) => (why = refused.reason));
  fake().lose();
  room.connection.retryNow();
  await open();
  fake().receive({ type: 'joined', kind: 'fail', value: 'this group is locked' });
  assert.equal(why, 'locked');
  assert.equal(room.phase, 'ended');
});

test('only the server and operators can mute us, clear the chat or answer about invitations', async () => {
  const { room, fake } = await joined();
  let mutes = 0;
  room.on('muteRequest', () => (mutes += 1));
  room.chat.note('stays');
  for (const kind of ['mute', 'clearchat', 'token', 'userinfo'])
    fake().receive({ type: 'usermessage', kind, source: 'x', username: 'x', value: {} });
  assert.equal(mutes, 0);
  assert.equal(room.chat.entries.length, 1);
  fake().receive({ type: 'usermessage', kind: 'mute', source: 'x', username: 'op', privileged: true });
  fake().receive({ type: 'usermessage', kind: 'clearchat', privileged: true });
  assert.equal(mutes, 1);
  assert.equal(room.chat.entries.length, 0);
});

test('answers about invitations come in the order of the questions', async () => {
  const { room, fake } = await joined();
  const first = room.invitations.make({ expires: new Date(), permissions: [] });
  const second = room.invitations.revoke('t');
  const list = room.invitations.list();
  fake().receive({ type: 'usermessage', kind: 'tokenlist', privileged: true, value: [{ token: 'a' }] });
  fake().receive({ type: 'usermessage', kind: 'token', privileged: true, value: { token: 'a' } });
  fake().receive({ type: 'usermessage', kind: 'token', privileged: true, error: 'error', value: 'no' });
  assert.deepEqual(await first, { token: 'a' });
  await assert.rejects(second, /no/);
  assert.equal((await list).length, 1);
  assert.equal(new URL(room.invitations.link('a b')).searchParams.get('token'), 'a b');
});

test('a file that is offered is declined at once', async () => {
  const { fake } = await joined();
  fake().receive({
    type: 'usermessage',
    kind: 'filetransfer',
    source: 'x',
    username: 'x',
    value: { type: 'invite', id: '7' },
  });
  assert.deepEqual([fake().sent.at(-1).dest, fake().sent.at(-1).value.type], ['x', 'cancel']);
});

test('a hand that was raised is down when one comes in again', async () => {
  const { room, fake, open } = await joined();
  room.setData({ raisehand: true, handSince: 1 });
  room.leave();
  const entering = room.enter({ username: 'ada', password: 'secret' });
  await new Promise((resolve) => setTimeout(resolve, 1));
  await open();
  fake().receive({ type: 'joined', kind: 'join', permissions: [] });
  await entering;
  assert.deepEqual(fake().sent.find(({ type }) => type === 'join').data, {});
});

test('an answer about one invitation is not taken for another, nor one after a lost connection', async () => {
  const { room, fake, open } = await joined();
  const answer = (value) => fake().receive({ type: 'usermessage', kind: 'token', privileged: true, value });
  const observer = room.invitations.make({ expires: new Date(), permissions: [] });
  answer({ token: 'powerful', permissions: ['op', 'present'] }); // to a question that was given up
  answer({ token: 'weak', permissions: [] });
  assert.equal((await observer).token, 'weak');
  const revoked = room.invitations.revoke('powerful');
  const unanswered = assert.rejects(revoked, /not connected/);
  fake().lose();
  await unanswered;
  room.connection.retryNow();
  await open();
  fake().receive({ type: 'joined', kind: 'join', permissions: ['op', 'token'] });
  const prolonged = room.invitations.prolong('weak', new Date());
  answer({ token: 'powerful' });
  answer({ token: 'weak' });
  assert.equal((await prolonged).token, 'weak');
});

test('the conversation outlasts a lost connection and a removal, but not another login or leaving', async () => {
  const { room, fake, open } = await joined();
  const whispered = () => room.chat.entries.some(({ value }) => value === 'for ada alone');
  const whisper = { type: 'chat', id: '1', source: 'x', username: 'x', dest: 'ada', value: 'for ada alone' };
  const come = async (username) => {
    const entering = room.enter({ username });
    await new Promise((resolve) => setTimeout(resolve, 1));
    await open();
    fake().receive({ type: 'joined', kind: 'join', username, permissions: [] });
    await entering;
  };
  fake().receive(whisper);
  fake().lose();
  room.connection.retryNow();
  await open();
  fake().receive({ type: 'joined', kind: 'join', username: 'ada (2)', permissions: [] });
  assert.ok(whispered());
  for (const [next, kept] of [
    ['ada', true],
    ['ben', false],
  ]) {
    fake().receive({ type: 'usermessage', kind: 'kicked', value: '' });
    await come(next);
    assert.equal(whispered(), kept, next);
  }
  fake().receive(whisper);
  room.leave();
  assert.ok(!whispered());
});

test('what one person said is not taken for the words of the next one in the tab', async () => {
  const { room, fake, open } = await joined();
  const source = room.connection.id;
  const own = async (username) => {
    room.leave();
    const entering = room.enter({ username });
    await new Promise((resolve) => setTimeout(resolve, 1));
    await open();
    fake().receive({ type: 'joined', kind: 'join', username, permissions: [] });
    await entering;
    fake().receive({ type: 'chathistory', id: '1', source, username: 'ada', value: 'of ada' });
    return room.chat.entries.at(-1).own;
  };
  for (const [next, whose] of [
    ['ada', true],
    ['ben', false],
    ['ada', false],
  ])
    assert.equal(await own(next), whose, next);
});

test('a full group puts nobody out whose own lost session may have the subject, but others', async (t) => {
  globalThis.fetch = async () => Response.json({ endpoint: 'wss://x.org/ws' });
  const { room, fake, open } = make();
  const refusals = [];
  room.on('refused', ({ reason }) => refusals.push(reason));
  const again = async () => {
    room.connection.retryNow();
    await open();
    fake().receive({ type: 'joined', kind: 'fail', error: 'group-full', value: 'too many users' });
  };
  const entering = room.enter({ username: 'ada', password: 'secret' });
  await open();
  fake().receive({ type: 'joined', kind: 'join', permissions: [] });
  await entering;
  t.mock.method(Date, 'now', () => 0);
  fake().lose();
  Date.now.mock.mockImplementation(() => 60_000);
  await again();
  assert.deepEqual([room.phase, refusals], ['reconnecting', []]);
  Date.now.mock.mockImplementation(() => 120_000);
  await again();
  assert.deepEqual([room.phase, refusals], ['ended', ['full']]);
});

test('who has left knows no more of the group than strangers are told', async () => {
  const { room, fake } = await joined();
  const status = { locked: true, clientCount: 3, canChangePassword: true };
  fake().receive({ type: 'joined', kind: 'change', group: 'g', username: 'ada', permissions: [], status });
  await room.refreshStatus();
  assert.equal(room.status.locked, true, 'members know more');
  room.leave();
  await room.refreshStatus();
  assert.deepEqual(room.status, { name: 'g', endpoint: 'wss://x.org/ws' });
});

test('what is for programs, not for people, is not shown', async () => {
  const { room, fake } = await joined();
  const told = [];
  room.on('notice', ({ text }) => told.push(text));
  room.on('kicked', ({ text }) => told.push(text));
  const me = { source: '2', username: 'bob' };
  for (const value of [{ a: 1 }, [], null, true]) {
    fake().receive({ type: 'usermessage', kind: 'warning', ...me, value });
    fake().receive({ type: 'chat', ...me, value });
  }
  fake().receive({ type: 'usermessage', kind: 'info', ...me, value: 7 });
  fake().receive({ type: 'usermessage', kind: 'kicked', ...me, value: {} });
  assert.deepEqual(told, ['7', '']);
  assert.deepEqual(room.chat.entries, []);
});

test('a server that answers but lets no WebSocket through is told from one that is not there', async () => {
  answers(200, { endpoint: 'wss://x.org/ws' });
  const { room, fake } = make();
  const entering = room.enter({ username: 'ada' });
  await new Promise((resolve) => setTimeout(resolve, 1));
  fake().lose();
  await assert.rejects(entering, { reason: 'blocked' });
});

test('a browser without WebSocket is told so', async () => {
  answers(200, { endpoint: 'wss://x.org/ws' });
  const known = globalThis.WebSocket;
  globalThis.WebSocket = undefined;
  try {
    const room = new Room({ location: 'https://x.org/group/g/', group: 'g' });
    await assert.rejects(room.enter({ username: 'ada' }), { reason: 'noWebSocket' });
  } finally {
    globalThis.WebSocket = known;
  }
});
