import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clock, people, size } from '../../../static/pages/recordings/format.js';
import { speakEnglish } from './tables.js';
import { JUMP_S, NUDGE_S, Step } from '../../../static/pages/recordings/step.js';

speakEnglish();

/** A media element that plays exactly, or as its `drift` (seconds per second) says. */
class FakeMedia {
  currentTime = 0;
  playbackRate = 1;
  paused = true;
  seeking = false;
  ended = false;
  readyState = 4;
  error = null;
  drift = 0;
  played = 0;

  play() {
    this.paused = false;
    this.played += 1;
    return Promise.resolve();
  }

  pause() {
    this.paused = true;
  }

  pass(seconds) {
    if (!this.paused) this.currentTime += seconds * (this.playbackRate + this.drift);
  }
}

function make(...parts) {
  const made = parts.map(([offset, duration]) => ({ offset, duration, media: new FakeMedia() }));
  const step = new Step(made, Math.max(...made.map(({ offset, duration }) => offset + duration)));
  let now = 0;
  const run = (seconds) => {
    for (let tick = 0; tick < seconds * 10; tick += 1) {
      now += 100;
      for (const { media } of made) media.pass(0.1);
      step.tick(now);
    }
  };
  step.tick(now);
  return { step, run, media: made.map((part) => part.media), parts: made };
}

const near = (a, b, by) => assert.ok(Math.abs(a - b) <= by, `${a} is not ${b} ± ${by}`);

test('files that begin later come in at their place, and leave at their end', () => {
  const { step, run, media } = make([0, 20], [5, 10]);
  step.play();
  run(3);
  assert.ok(!media[0].paused);
  assert.ok(media[1].paused);
  run(4);
  near(media[1].currentTime, step.position - 5, NUDGE_S);
  assert.ok(!media[1].paused);
  run(9);
  assert.ok(media[1].paused);
  assert.ok(!media[0].paused);
  run(5);
  assert.equal(step.position, 20);
  assert.ok(!step.playing);
  assert.ok(media[0].paused);
});

test('one that has to load holds all, and none is ahead of it afterwards', () => {
  const { step, run, media } = make([0, 60], [1, 60]);
  step.play();
  run(5);
  media[1].readyState = 2;
  run(3);
  assert.ok(step.waiting);
  assert.ok(media[0].paused);
  near(step.position, 5, 0.3);
  media[1].readyState = 4;
  run(2);
  assert.ok(!step.waiting);
  near(media[0].currentTime, media[1].currentTime + 1, 2 * NUDGE_S);
});

test('a clock that is off a little is made good by speed, one that is far off by a jump', () => {
  const { step, run, media } = make([0, 600], [0, 600]);
  media[1].drift = 0.01;
  step.play();
  run(60);
  near(media[1].currentTime, step.position, 1.5 * NUDGE_S);
  assert.equal(media[0].playbackRate, 1);
  media[1].currentTime += 2 * JUMP_S;
  run(0.2);
  near(media[1].currentTime, step.position, NUDGE_S);
});

test('a jump moves all at once, also while nothing plays', () => {
  const { step, run, media } = make([0, 60], [10, 60]);
  step.seek(30.5);
  run(0.1);
  assert.deepEqual(
    media.map(({ currentTime, paused }) => [currentTime, paused]),
    [
      [30.5, true],
      [20.5, true],
    ],
  );
  step.seek(-3);
  assert.equal(step.position, 0);
  step.seek(1e6);
  assert.equal(step.position, 70);
});

test('neither a file that cannot be played nor the end of one holds the others', () => {
  const { step, run, media } = make([0, 60], [0, 60], [0, 10]);
  media[1].error = { code: 4 };
  media[1].readyState = 0;
  step.play();
  run(9.7);
  media[2].readyState = 2; // nothing follows
  run(5);
  assert.ok(!step.waiting);
  near(step.position, 14.7, 0.3);
  assert.equal(media[1].played, 0);
});

test('double speed is that of all', () => {
  const { step, run, media } = make([0, 60], [2, 60]);
  step.rate = 2;
  step.play();
  run(5);
  near(step.position, 10, 0.3);
  near(media[1].currentTime, step.position - 2, 2 * NUDGE_S);
  assert.equal(media[0].playbackRate, 2);
});

test('only what is near is loaded', () => {
  const { step, parts } = make([0, 10], [100, 10]);
  assert.deepEqual(
    parts.map((part) => step.near(part)),
    [true, false],
  );
  step.seek(90);
  assert.deepEqual(
    parts.map((part) => step.near(part)),
    [false, true],
  );
});

test('lengths, sizes and names are as people read them', () => {
  assert.deepEqual([0, 45.9, 723, 3753].map(clock), ['0:00', '0:45', '12:03', '1:02:33']);
  assert.deepEqual([0, 999, 1500, 124_191, 8_400_000, 2.5e9].map(size), [
    '0 byte',
    '999 byte',
    '1.5 kB',
    '124 kB',
    '8.4 MB',
    '2.5 GB',
  ]);
  assert.equal(people(['Ada', 'Ben'], 2), 'Ada and Ben');
  assert.equal(people(['a', 'b', 'c', 'd', 'e'], 60), 'a, b, c, and 57 others');
  assert.equal(people([''], 1), '(no name)');
});
