import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PASSING_TRIES, Rejoining } from '../../../static/model/rejoining.js';
import { Refusal, refusedLogin } from '../../../static/model/refusal.js';

/** How often one asks who is refused again and again, of `most` times. */
function tries(patience, why, most = 2 * PASSING_TRIES) {
  let count = 1;
  while (count < most && patience.outlasts(why, 0)) count += 1;
  return count;
}

test('a login server that knows no answer is not asked again, one without an answer not for ever', () => {
  for (const status of [301, 400, 401, 403, 404, 405, 410, 422])
    assert.equal(tries(new Rejoining(), refusedLogin(status)), 1, `${status}`);
  for (const status of [0, 200, 408, 425, 429, 500, 502, 503])
    assert.equal(tries(new Rejoining(), refusedLogin(status)), PASSING_TRIES, `${status}`);
  assert.deepEqual(
    [401, 404, 503].map((status) => refusedLogin(status).reason),
    ['password', 'authBroken', 'authServer'],
  );
  assert.equal(refusedLogin(404).text, '404');
});

test('patience is as long as before once one was in again', () => {
  const patience = new Rejoining();
  patience.lost(0);
  tries(patience, new Refusal('busy'), PASSING_TRIES - 1);
  patience.lost(0);
  assert.equal(tries(patience, new Refusal('busy')), PASSING_TRIES);
});
