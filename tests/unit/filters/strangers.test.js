import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

// Classic scripts: their functions are globals of the worker.
const source = ['tidy', 'mask', 'steadier', 'strangers']
  .map((name) => readFileSync(new URL(`../../../static/filters/worker/${name}.js`, import.meta.url), 'utf8'))
  .join('\n');
const { Strangers } = new Function(`${source}; return { Strangers };`)();

const [W, H] = [256, 144];

/** A mask of the whole frame, or of a part. */
function covering(mask, rect = [0, 0, 1, 1]) {
  return { mask, width: W, height: H, rect };
}

/** A mask with parts of one value each: value, left, right, top, bottom. */
function masked(...parts) {
  const mask = new Float32Array(W * H);
  for (const [value, left, right, top, bottom] of parts) {
    for (let y = top; y < bottom; y++) mask.fill(value, y * W + left, y * W + right);
  }
  return mask;
}

const SHE = [1, 32, 96, 36, 144];
const LAMP = [1, 160, 208, 24, 72];
const her = covering(masked(SHE));
const both = covering(masked(SHE, LAMP));
const at = ({ mask }, x, y) => mask[y * W + x];

test('what the whole frame shows as nobody is no person from close by either', () => {
  const strangers = new Strangers();
  // A bright patch with a soft edge, and something in doubt that joins it to her.
  const outline = covering(masked([0.8, 158, 210, 22, 74], LAMP, [0.6, 96, 158, 48, 60], SHE));
  const before = outline.mask.slice();
  assert.equal(strangers.without(outline), outline); // nothing is known yet
  strangers.learn(outline, her);
  const { mask } = strangers.without(outline);
  const right = mask.filter((_, i) => i % W > 110);
  assert.ok(Math.max(...right) < 0.35, `${Math.max(...right)}`); // covered but for a trace
  assert.ok(mask.every((value, i) => i % W > 95 || value === before[i]));
  assert.deepEqual(outline.mask, before); // the next look compares the same
});

test('strangers are known by their place, in whatever part of the frame', () => {
  const strangers = new Strangers();
  strangers.learn(both, her);
  // From closer; she has moved to where nobody was.
  const closer = covering(masked([1, 64, 160, 48, 144], [1, 192, 254, 12, 54]), [0.25, 0.1, 0.5, 0.8]);
  const kept = strangers.without(closer);
  assert.deepEqual([at(kept, 100, 100), at(kept, 220, 30)], [1, 0]);
});

test('they are known until the next look, or for a while', () => {
  const strangers = new Strangers();
  const lamp = () => at(strangers.without(both), 184, 48);
  strangers.learn(both, her);
  assert.equal(lamp(), 0);
  strangers.learn(both, both); // it was somebody
  assert.equal(lamp(), 1);
  strangers.learn(both, her);
  let outlines = 0;
  while (lamp() === 0) outlines++;
  assert.ok(outlines > 30 && outlines < 100);
  strangers.learn(both, her);
  strangers.forget();
  assert.equal(lamp(), 1);
});

test('a look that misses much of a person says nothing of strangers', () => {
  const strangers = new Strangers();
  for (const look of [masked(LAMP), masked([1, 32, 96, 36, 110]), masked()]) {
    strangers.learn(both, covering(look));
    assert.equal(strangers.without(both), both);
  }
});
