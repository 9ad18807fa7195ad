// When the network is another one than before, it is said once.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { watchNetwork } from '../../../static/media/network.js';

/** @param {import('node:test').TestContext} context */
function stage(context) {
  context.mock.timers.enable({ apis: ['setTimeout', 'setInterval', 'Date'] });
  const device = new EventTarget();
  const link = Object.assign(new EventTarget(), { type: 'wifi' });
  const state = { onLine: true, connection: link };
  const before = Object.getOwnPropertyDescriptor(globalThis, 'navigator');
  Object.defineProperty(globalThis, 'navigator', { value: state, configurable: true });
  globalThis.addEventListener = device.addEventListener.bind(device);
  context.after(() => before && Object.defineProperty(globalThis, 'navigator', before));
  let changes = 0;
  watchNetwork(() => (changes += 1));
  return { device, link, state, changes: () => changes, wait: (ms) => context.mock.timers.tick(ms) };
}

test('several signs of one change are one', (context) => {
  const { device, link, changes, wait } = stage(context);
  device.dispatchEvent(new Event('online'));
  link.type = 'cellular';
  link.dispatchEvent(new Event('change'));
  wait(3_000);
  assert.equal(changes(), 1);
});

test('a network that is gone again is not tried, and one of the same kind is none', (context) => {
  const { device, link, state, changes, wait } = stage(context);
  device.dispatchEvent(new Event('online'));
  state.onLine = false;
  wait(3_000);
  link.dispatchEvent(new Event('change'));
  state.onLine = true;
  wait(3_000);
  assert.equal(changes(), 0);
});

test('a device that wakes up is told of, a page in the background is not', (context) => {
  const { changes, wait } = stage(context);
  for (let minute = 0; minute < 5; minute += 1) wait(60_000);
  assert.equal(changes(), 0);
  const { now } = Date;
  context.mock.method(Date, 'now', () => now() + 3_600_000); // timers stood still meanwhile
  wait(5_000);
  wait(2_000);
  assert.equal(changes(), 1);
});
