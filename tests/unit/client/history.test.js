// What the statistics page remembers of each track, and the line that it draws of it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { History, READINGS, points } from '../../../static/pages/statistics/history.js';

test('a track has its last readings, and none when it was gone meanwhile', () => {
  const history = new History();
  for (let n = 0; n < READINGS + 5; n += 1) {
    history.add('a', n, 0);
    history.read();
  }
  const { rates } = history.add('a', 99, 0.5);
  assert.equal(rates.length, READINGS);
  assert.deepEqual([rates.at(0), rates.at(-1)], [6, 99]);
  history.read();
  history.read();
  assert.deepEqual(history.add('a', 1, 0), { rates: [1], losses: [0] });
});

test('the line ends at the right, and its highest value touches the upper edge', () => {
  const found = points([0, 5, 10], 118, 20).split(' ').map((point) => point.split(',').map(Number));
  assert.deepEqual(found.map(([x]) => x), [114, 116, 118]);
  assert.deepEqual(found.map(([, y]) => y), [20, 10, 0]);
  const flat = points([0, 0], 118, 20).split(' ').map((point) => Number(point.split(',')[1]));
  assert.deepEqual(flat, [20, 20]);
});
