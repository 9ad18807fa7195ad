import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Asked } from '../../../static/filters/page/asked.js';

const plan = (id) => ({ id, look: true, reuse: false, rect: [0, 0, 1, 1], paired: true, picture: { model: 'm', width: 1, height: 1 } });
const [blur, image] = [{}, {}];

test('only the answer to the last question counts, and none after the scene has changed', () => {
  const asked = new Asked();
  asked.make(plan(1), blur, {}, false, 10);
  asked.make(plan(2), blur, {}, false, 20);
  assert.equal(asked.of(1), null);
  assert.equal(asked.of(2)?.at, 20);
  asked.forget();
  assert.equal(asked.of(2), null);
  asked.make(plan(3), blur, {}, false, 30);
  asked.begin();
  assert.equal(asked.of(3), null);
});

test('the worker begins anew with the first question of a scene only', () => {
  const asked = new Asked();
  const resets = () => asked.make(plan(1), blur, {}, false, 0).reset;
  assert.deepEqual([resets(), resets()], [true, false]);
  asked.begin();
  assert.deepEqual([resets(), resets()], [true, false]);
});

test('an outline serves the effects that it was made for', () => {
  const asked = new Asked();
  asked.make(plan(1), blur, {}, false, 0);
  assert.deepEqual([asked.serves(blur), asked.serves(image)], [true, false]);
  asked.forgetOutline();
  assert.equal(asked.serves(blur), false);
});
