import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WHOLE_FRAME } from '../../../static/filters/page/control/crop.js';
import { ModelChoice } from '../../../static/filters/page/control/model-choice.js';
import { LEVELS } from '../../../static/filters/page/control/pace.js';

const [FINEST, SQUARE, LANDSCAPE] = LEVELS;
const WIDE_FRAME = 16 / 9;
/** A person who sits in the middle. */
const PERSON = [0.3, 0.1, 0.4, 0.9];

/** What is chosen once the same part has been asked for some times. */
function settled(choice, level, rect, aspect) {
  for (let i = 0; i < 10; i++) choice.next(level, rect, aspect);
  return choice.next(level, rect, aspect);
}

test('a wide frame is seen in the landscape network’s proportions, a person by the square one', () => {
  const choice = new ModelChoice();
  assert.deepEqual(choice.next(SQUARE, WHOLE_FRAME, WIDE_FRAME), { model: 'landscape', both: false, width: 256, height: 144 });
  assert.deepEqual(settled(choice, SQUARE, PERSON, WIDE_FRAME), { model: 'square', both: false, width: 256, height: 256 });
  assert.deepEqual(settled(choice, FINEST, WHOLE_FRAME, WIDE_FRAME), { model: 'landscape', both: true, width: 256, height: 144 });
});

test('a phone held upright has no wide parts', () => {
  const choice = new ModelChoice();
  choice.reset(9 / 16);
  assert.equal(choice.next(SQUARE, WHOLE_FRAME, 9 / 16).model, 'square');
});

test('a slow machine keeps the cheap network', () => {
  const choice = new ModelChoice();
  assert.deepEqual(settled(choice, LANDSCAPE, PERSON, WIDE_FRAME), { model: 'landscape', both: false, width: 256, height: 144 });
});

test('a glance at another part exchanges no network', () => {
  const choice = new ModelChoice();
  for (let i = 0; i < 60; i++) {
    const rect = i % 6 === 0 ? PERSON : WHOLE_FRAME;
    assert.equal(choice.next(SQUARE, rect, WIDE_FRAME).model, 'landscape');
  }
});

test('a rectangle that wavers between the proportions keeps its network', () => {
  const choice = new ModelChoice();
  const models = Array.from({ length: 100 }, (_, i) => {
    const width = (1.42 + 0.06 * Math.sin(i / 3)) / WIDE_FRAME;
    return choice.next(SQUARE, [0, 0, width, 1], WIDE_FRAME).model;
  });
  assert.equal(new Set(models).size, 1);
});

test('says whether the network sees true proportions', () => {
  const choice = new ModelChoice();
  settled(choice, SQUARE, WHOLE_FRAME, WIDE_FRAME);
  assert.equal(choice.wide, true);
  settled(choice, SQUARE, PERSON, WIDE_FRAME);
  assert.equal(choice.wide, false);
});
