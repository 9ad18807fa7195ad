import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeTrack } from './fakes.js';
import { OwnView } from '../../../static/media/own-view.js';

test('one sees oneself in one stream, which changes with the track alone and is kept no longer', () => {
  const view = new OwnView();
  const [track, other] = [new FakeTrack('video'), new FakeTrack('video')];
  const first = view.of(track);
  assert.deepEqual(first.getTracks(), [track]);
  assert.equal(view.of(track), first);
  assert.deepEqual(view.of(other).getTracks(), [other]);
  assert.equal(view.of(null), null);
  assert.notEqual(view.of(track), first);
});
