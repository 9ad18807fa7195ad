import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CropFollower, WHOLE_FRAME, grown } from '../../../static/filters/page/control/crop.js';

/** What the worker would find: people at `boxes` (frame), looked at through `rect`; by default with some doubt. */
function found(boxes, rect, doubt = 0.25) {
  const [x, y, w, h] = rect;
  const seen = boxes
    .map(([bx, by, bw, bh]) => {
      const [left, top] = [Math.max(bx, x), Math.max(by, y)];
      const [right, bottom] = [Math.min(bx + bw, x + w), Math.min(by + bh, y + h)];
      return [left, top, right - left, bottom - top];
    })
    .filter(([, , bw, bh]) => bw > 0 && bh > 0);
  if (seen.length === 0) return null;
  const left = Math.min(...seen.map((b) => b[0]));
  const top = Math.min(...seen.map((b) => b[1]));
  const right = Math.max(...seen.map((b) => b[0] + b[2]));
  const bottom = Math.max(...seen.map((b) => b[1] + b[3]));
  const box = [left, top, right - left, bottom - top];
  return {
    box,
    core: box,
    area: seen.reduce((sum, b) => sum + b[2] * b[3] * 0.6, 0),
    doubt,
    touches: [left <= x + 0.004, top <= y + 0.004, right >= x + w - 0.004, bottom >= y + h - 0.004],
  };
}

/** Run the follower over frames of 33 ms; `scene(t)` gives the people. */
function follow(follower, scene, from, to) {
  const rects = [];
  for (let now = from; now < to; now += 33) {
    const rect = follower.next(now);
    const look = follower.takeLook(now, false);
    follower.seen(found(scene(now), rect), now);
    if (look) follower.looked(found(scene(now), WHOLE_FRAME), now);
    rects.push(rect);
  }
  return rects;
}

const holds = (outer, inner) =>
  inner[0] >= outer[0] - 1e-9 && inner[1] >= outer[1] - 1e-9 &&
  inner[0] + inner[2] <= outer[0] + outer[2] + 1e-9 && inner[1] + inner[3] <= outer[1] + outer[3] + 1e-9;

test('closes in on a small person at once and then stays', () => {
  const person = [0.6, 0.5, 0.15, 0.5];
  const rects = follow(new CropFollower(), () => [person], 0, 3000);
  assert.equal(rects[0], WHOLE_FRAME);
  assert.ok(rects[2][2] * rects[2][3] < 0.25);
  assert.ok(holds(rects[2], person));
  assert.equal(new Set(rects.slice(2).map(String)).size, 1);
});

test('a person who fills the frame needs no rectangle', () => {
  const rects = follow(new CropFollower(), () => [[0.1, 0.05, 0.8, 0.95]], 0, 1000);
  assert.ok(rects.every((rect) => rect === WHOLE_FRAME));
});

test('follows a walking person with few moves and never loses her', () => {
  const walk = (now) => [[0.1 + 0.6 * (now / 6000), 0.4, 0.15, 0.6]];
  const rects = follow(new CropFollower(), walk, 0, 6000);
  const moves = rects.filter((rect, i) => i > 0 && String(rect) !== String(rects[i - 1])).length;
  assert.ok(moves < 40, `${moves} moves`);
  rects.slice(3).forEach((rect, i) => {
    const [x, , w] = walk((i + 3) * 33)[0];
    assert.ok(rect[0] <= x + 0.02 && rect[0] + rect[2] >= x + w - 0.02);
  });
});

test('somebody who comes in is inside within a second', () => {
  const [first, second] = [[0.65, 0.4, 0.2, 0.6], [0.05, 0.4, 0.2, 0.6]];
  const follower = new CropFollower();
  follow(follower, () => [first], 0, 2000);
  follow(follower, () => [first, second], 2000, 3000);
  assert.ok(holds(follower.rect, first) && holds(follower.rect, second));
});

test('an empty room: the whole frame, with looks at its parts', () => {
  const rects = follow(new CropFollower(), () => [], 0, 4000);
  const parts = rects.filter((rect) => rect !== WHOLE_FRAME);
  assert.ok(parts.length > 5 && parts.length < rects.length / 4);
});

test('a closer look that shows less is undone, and not tried again at once', () => {
  const follower = new CropFollower();
  let switches = 0;
  for (let now = 0; now < 10000; now += 33) {
    const before = follower.rect;
    const rect = follower.next(now);
    const seen = found([[0.4, 0.4, 0.2, 0.5]], rect);
    if (rect !== WHOLE_FRAME) seen.area *= 0.2;
    follower.seen(seen, now);
    if (follower.rect !== before) switches++;
  }
  assert.ok(switches <= 8, `${switches} switches`);
});

test('rectangles stay inside the frame', () => {
  for (const box of [[0, 0, 0.01, 0.01], [0.99, 0.99, 0.01, 0.01], [0, 0, 1, 1], [0.3, 0, 0.2, 0.1]]) {
    const [x, y, w, h] = grown(box, 0.2);
    assert.ok(x >= 0 && y >= 0 && x + w <= 1 + 1e-9 && y + h <= 1 + 1e-9 && w > 0 && h > 0);
  }
});

test('somebody whom only the look at the whole frame finds is closed in on', () => {
  const person = [0.6, 0.6, 0.1, 0.4];
  const follower = new CropFollower();
  for (let now = 0; now < 1000; now += 33) {
    const rect = follower.next(now);
    const look = follower.takeLook(now, false);
    follower.seen(rect === WHOLE_FRAME ? null : found([person], rect), now);
    if (look) follower.looked(found([person], WHOLE_FRAME), now);
  }
  assert.ok(holds(follower.rect, person) && follower.rect !== WHOLE_FRAME);
});

test('a rectangle that soon has to be the whole frame again is not tried again at once', () => {
  const follower = new CropFollower();
  let switches = 0;
  for (let now = 0; now < 10000; now += 33) {
    const before = follower.rect;
    const rect = follower.next(now);
    const look = follower.takeLook(now, false);
    // The look sees one of two people; close by, the mask shows that somebody is cut off.
    follower.seen(found([[0.05, 0.05, 0.9, 0.95]], rect), now);
    if (look) follower.looked(found([[0.3, 0.2, 0.4, 0.8]], WHOLE_FRAME), now);
    if (follower.rect !== before) switches++;
  }
  assert.ok(switches <= 16, `${switches} switches`);
});

test('an outline of the whole frame in true proportions makes a look at it superfluous', () => {
  const follower = new CropFollower();
  assert.equal(follower.takeLook(0, true), false);
  assert.equal(follower.takeLook(0, false), true);
  const close = new CropFollower();
  follow(close, () => [[0.6, 0.5, 0.15, 0.5]], 0, 500);
  assert.equal(close.takeLook(5000, true), true);
});

test('two rectangles that each ask for the other are not exchanged all the time', () => {
  const follower = new CropFollower();
  const [body, leg] = [[0.4, 0.1, 0.2, 0.9], [0.6, 0.7, 0.1, 0.3]];
  let [moves, last] = [0, WHOLE_FRAME];
  for (let now = 0; now < 60000; now += 33) {
    const rect = follower.next(now);
    // The leg is seen from close by only; then it reaches the edge.
    follower.seen(found(rect[2] < 0.35 ? [body, leg] : [body], rect), now);
    if (String(rect) !== String(last)) moves++;
    last = rect;
  }
  assert.ok(moves < 16, `${moves} moves`);
});

test('who has kept still for a while is followed as quickly as at first', () => {
  const follower = new CropFollower();
  const [far, near] = [[0.38, 0.25, 0.28, 0.75], [0.3, 0.1, 0.4, 0.9]];
  follow(follower, (now) => [now % 4000 < 2000 ? far : near], 0, 20000);
  follow(follower, () => [near], 20000, 90000);
  follow(follower, () => [far], 90000, 92500);
  assert.ok(follower.rect[2] < 0.4, String(follower.rect));
});

test('a person far away, whose surroundings were taken for her, stays in view once little doubt is left', () => {
  const follower = new CropFollower();
  const [person, surroundings] = [[0.45, 0.2, 0.1, 0.8], [0.25, 0.05, 0.5, 0.95]];
  let closer = 0;
  for (let now = 0; now < 3000; now += 33) {
    const rect = follower.next(now);
    const look = follower.takeLook(now, false);
    if (rect === WHOLE_FRAME) {
      follower.seen({ ...found([surroundings], rect, 0.4), core: person }, now);
    } else {
      // The first outlines after a move still have something of those before.
      closer++;
      follower.seen(found([person], rect, closer < 5 ? 3 : 0.1), now);
    }
    if (look) follower.looked({ ...found([surroundings], WHOLE_FRAME, 1), core: person }, now);
  }
  assert.ok(closer > 80 && holds(follower.rect, person) && follower.rect[2] < 0.2, String(follower.rect));
});

test('somebody who is surely seen in the whole frame, and not from closer, is not given up', () => {
  const follower = new CropFollower();
  const [one, other] = [[0.3, 0.3, 0.15, 0.7], [0.5, 0.3, 0.2, 0.7]];
  const after = [];
  for (let now = 0; now < 1200; now += 33) {
    const rect = follower.next(now);
    const look = follower.takeLook(now, false);
    follower.seen(found(rect === WHOLE_FRAME ? [one, other] : [one], rect, 0.1), now);
    if (look) follower.looked(found([one, other], WHOLE_FRAME, 0.1), now);
    if (now > 600) after.push(rect);
  }
  assert.ok(after.every((rect) => rect === WHOLE_FRAME));
});

test('what only a closer look finds around a person does not send the rectangle to and fro', () => {
  const follower = new CropFollower();
  const [person, all] = [[0.15, 0.1, 0.6, 0.9], [0.03, 0.01, 0.95, 0.99]];
  let [moves, last] = [0, WHOLE_FRAME];
  for (let now = 0; now < 10000; now += 33) {
    const rect = follower.next(now);
    // From closer they come near the rectangle's edge without touching it.
    const seen = { ...found([all], rect), core: person, touches: [false, false, false, false] };
    follower.seen(seen, now);
    if (String(rect) !== String(last)) moves++;
    last = rect;
  }
  assert.ok(moves < 12, `${moves} moves`);
});
