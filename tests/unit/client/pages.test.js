import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MOST, recent, remember } from '../../../static/model/recent.js';
import { Settings } from '../../../static/model/settings.js';
import { speakEnglish } from './tables.js';
import { statesOf } from '../../../static/pages/admin/groups.js';
import { forget, keep, kept, signOut } from '../../../static/base/kept-token.js';

speakEnglish();

test('the groups that one was in last come first, each once, and nonsense in the store does no harm', () => {
  const stored = new Map([['galene-py.recent', '[1, {"name": ""}, {"name": "old", "title": "Old", "more": 1}]']]);
  const settings = () =>
    new Settings({ getItem: (key) => stored.get(key) ?? null, setItem: (key, value) => void stored.set(key, value) });
  for (const name of ['a', 'b', 'a']) remember(settings(), { name, title: name.toUpperCase() });
  assert.deepEqual(
    recent(settings().read('recent')).map(({ title }) => title),
    ['A', 'B', 'Old'],
  );
  for (let number = 0; number < 20; number += 1) remember(settings(), { name: `g${number}`, title: '' });
  assert.equal(recent(settings().read('recent')).length, MOST);
});

test('a group tells what it is at the moment', () => {
  const now = Date.parse('2030-01-01');
  assert.deepEqual(statesOf({}, now), []);
  assert.deepEqual(statesOf({ public: true, expires: '2029-12-31' }, now), ['Listed', 'Closed']);
  assert.deepEqual(statesOf({ 'not-before': '2030-01-02', redirect: 'https://x/' }, now), [
    'Redirected',
    'Not open yet',
  ]);
});

/** A server that makes tokens, or not; and this tab's storage. */
function signedIn(status) {
  const asked = [];
  globalThis.fetch = async (url, { method, headers, body }) => {
    asked.push([method, url, headers.Authorization, body]);
    return new Response(status === 201 ? null : 'no', { status, headers: status === 201 ? { Location: 'T%2B1' } : {} });
  };
  const stored = new Map();
  globalThis.sessionStorage = {
    getItem: (key) => stored.get(key) ?? null,
    setItem: (key, value) => void stored.set(key, value),
    removeItem: (key) => void stored.delete(key),
  };
  return { asked, stored };
}

test('one signs in once for all pages of a tab, which keeps a token and no password', async (context) => {
  const { fetch } = globalThis;
  context.after(() => {
    globalThis.fetch = fetch;
    delete globalThis.sessionStorage;
  });
  const { Api } = await import('../../../static/base/api.js');
  const { asked, stored } = signedIn(201);
  const api = await keep('https://x/', new Api('https://x/', 'root', 'secret'));
  assert.equal(api.authorization, 'Bearer T+1');
  // Without its sub-groups, a token of the server opens nothing.
  assert.equal(JSON.parse(asked[0][3]).includeSubgroups, true);
  assert.equal(kept('https://x/').authorization, 'Bearer T+1');
  assert.doesNotMatch(JSON.stringify([...stored]), /secret|cm9vd/);
  await signOut(api);
  assert.equal(kept('https://x/'), null);
  assert.deepEqual(asked.at(-1).slice(0, 2), ['DELETE', 'https://x/galene-api/v0/.groups/.tokens/T%2B1']);

  signedIn(401);
  const own = new Api('https://x/', 'root', 'secret');
  assert.equal(await keep('https://x/', own), own);
  assert.equal(kept('https://x/'), null);
  delete globalThis.sessionStorage; // refused
  forget();
  assert.equal(kept('https://x/'), null);
});
