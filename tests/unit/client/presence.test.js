import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Presence } from '../../../static/model/presence.js';

/** The locks of one browser. */
function browser() {
  const held = [];
  return {
    query: async () => ({ held: [...held] }),
    request: async (name, _options, run) => {
      const lock = { name };
      held.push(lock);
      await run(lock);
      held.splice(held.indexOf(lock), 1);
    },
  };
}

test('one tab knows that the person is in the group in another one, while they are', async () => {
  const locks = browser();
  const one = new Presence('chess', locks);
  const two = new Presence('chess', locks);
  const other = new Presence('music', locks);
  one.set(true);
  one.set(true);
  assert.deepEqual(await Promise.all([one, two, other].map((tab) => tab.elsewhere())), [false, true, false]);
  one.set(false);
  await new Promise(setImmediate);
  assert.equal(await two.elsewhere(), false);
});

test('who has just left is nowhere else, although the lock is let go a moment later', async () => {
  const tab = new Presence('chess', browser());
  tab.set(true);
  await new Promise(setImmediate);
  tab.set(false);
  assert.equal(await tab.elsewhere(), false);
});

test('where there are no locks, or the browser refuses them, nothing is known', async () => {
  const none = new Presence('chess', null);
  none.set(true);
  assert.equal(await none.elsewhere(), false);
  const refused = async () => Promise.reject(new Error('no'));
  const refusing = new Presence('chess', { query: refused, request: refused });
  refusing.set(true);
  refusing.set(false);
  assert.equal(await refusing.elsewhere(), false);
});
