// A group that asks another server who somebody is.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { make } from './fake-room.js';

test('the authorisation server is asked; 204 falls back to the password, 403 refuses', async () => {
  const cases = [
    [204, '', { password: 'secret' }],
    [200, 'signed', { token: 'signed' }],
  ];
  for (const [code, body, expected] of cases) {
    const { room, fake, open } = make();
    globalThis.fetch = async (url, init) =>
      init?.method === 'POST'
        ? new Response(code === 204 ? null : body, { status: code })
        : new Response(JSON.stringify({ endpoint: 'wss://x.org/ws', authServer: 'https://auth.org/' }));
    void room.enter({ username: 'ada', password: 'secret' }).catch(() => {});
    await new Promise((resolve) => setTimeout(resolve, 1));
    await open();
    await new Promise((resolve) => setTimeout(resolve, 1));
    const join = fake().sent.find(({ type }) => type === 'join');
    for (const [key, value] of Object.entries(expected)) assert.equal(join[key], value);
  }
  const { room, open } = make();
  globalThis.fetch = async (url, init) =>
    init?.method === 'POST'
      ? new Response('', { status: 403 })
      : new Response(JSON.stringify({ endpoint: 'wss://x.org/ws', authServer: 'https://auth.org/' }));
  const entering = room.enter({ username: 'ada', password: 'wrong' });
  const refused = assert.rejects(entering, { reason: 'password' });
  await new Promise((resolve) => setTimeout(resolve, 1));
  await open();
  await refused;
});

test('an authorisation server that answers for a connection that is gone neither joins nor ends it', async () => {
  const asked = [];
  const { room, fake, open } = make();
  globalThis.fetch = (url, init) =>
    init?.method === 'POST'
      ? new Promise((resolve, reject) => asked.push({ resolve, reject }))
      : Promise.resolve(Response.json({ endpoint: 'wss://x.org/ws', authServer: 'https://auth.org/' }));
  const entering = room.enter({ username: 'ada', password: 'secret' });
  await new Promise((resolve) => setTimeout(resolve, 1));
  await open();
  asked[0].resolve(new Response('signed'));
  await new Promise((resolve) => setTimeout(resolve, 1));
  fake().receive({ type: 'joined', kind: 'join', permissions: [] });
  await entering;
  for (const settled of ['resolve', 'reject']) {
    for (let times = 0; times < 2; times += 1) {
      fake().lose();
      room.connection.retryNow();
      await open();
    }
    const [late, latest] = asked.slice(-2);
    if (settled === 'resolve') late.resolve(new Response('signed'));
    else late.reject(new TypeError('the network is gone'));
    await new Promise((resolve) => setTimeout(resolve, 1));
    assert.equal(room.phase, 'reconnecting');
    latest.resolve(new Response('signed'));
    await new Promise((resolve) => setTimeout(resolve, 1));
    assert.equal(fake().sent.filter(({ type }) => type === 'join').length, 1);
    fake().receive({ type: 'joined', kind: 'join', permissions: [] });
    assert.equal(room.phase, 'joined');
  }
});

test('who was in is not put out by a login server that does not answer, nor by a busy one', async () => {
  let answer = () => new Response('signed');
  globalThis.fetch = async (url, init) =>
    init?.method === 'POST'
      ? answer()
      : Response.json({ endpoint: 'wss://x.org/ws', authServer: 'https://auth.org/' });
  const { room, fake, open } = make();
  const waits = [];
  const refusals = [];
  room.connection.on('close', ({ retryIn }) => waits.push(retryIn));
  room.on('refused', ({ reason }) => refusals.push(reason));
  const tick = () => new Promise((resolve) => setTimeout(resolve, 1));
  const again = async () => {
    room.connection.retryNow();
    await open();
    await tick();
  };
  const entering = room.enter({ username: 'ada', password: 'secret' });
  await tick();
  await open();
  await tick();
  fake().receive({ type: 'joined', kind: 'join', permissions: [] });
  await entering;
  fake().lose();
  for (const failure of [
    () => Promise.reject(new TypeError('failed to fetch')),
    () => new Response('', { status: 502 }),
    () => new Response(''),
  ]) {
    answer = failure;
    await again();
    assert.equal(room.phase, 'reconnecting');
  }
  answer = () => new Response('signed');
  await again();
  fake().receive({ type: 'joined', kind: 'fail', error: 'busy', value: 'busy' });
  assert.deepEqual([room.phase, refusals], ['reconnecting', []]);
  // Longer and longer: half of each doubled wait is certain.
  assert.equal(waits.length, 5);
  for (const [attempt, wait] of waits.entries()) assert.ok(wait >= 250 * 2 ** attempt, `${waits}`);
  await again();
  fake().receive({ type: 'joined', kind: 'join', permissions: [] });
  assert.equal(room.phase, 'joined');
  fake().lose();
  assert.ok(waits.at(-1) <= 500);
  answer = () => new Response('', { status: 403 });
  await again();
  assert.deepEqual([room.phase, refusals], ['ended', ['password']]);
});
