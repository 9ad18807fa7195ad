// What a connection test's figures mean for a meeting.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { verdict } from '../../../static/model/verdict.js';

/** @param {Partial<import('../../../static/model/verdict.js').Figures>} figures */
const of = (figures) => verdict({ open: ['udp', 'tcp'], roundTrip: 0.02, rate: 2e6, loss: 0, ...figures });

test('a server that cannot be reached is not judged further', () => {
  assert.deepEqual(of({ open: [], loss: 1, roundTrip: 9 }), { quality: 'none', warnings: [] });
});

test('the rate decides what can be sent, and more is never worse', () => {
  const order = ['sound', 'small', 'good', 'best'];
  let before = 0;
  for (let rate = 10_000; rate < 4e6; rate *= 1.1) {
    const now = order.indexOf(of({ rate }).quality);
    assert.ok(now >= before, String(rate));
    before = now;
  }
  assert.equal(of({ rate: 10_000 }).quality, 'sound');
  assert.equal(before, order.length - 1);
  assert.equal(of({ rate: 0 }).quality, 'unmeasured');
});

test('what will be heard is warned of', () => {
  assert.deepEqual(of({}).warnings, []);
  assert.deepEqual(of({ open: ['tcp', 'relay'], loss: 0.1, roundTrip: 0.5 }).warnings, ['noUdp', 'loss', 'far']);
  assert.deepEqual(of({ open: ['relay'] }).warnings, ['noUdp']);
});
