import assert from 'node:assert/strict';
import { test } from 'node:test';
import { shownWhole } from '../../../static/model/cropping.js';
import { CORNERS, inset, nearestCorner } from '../../../static/model/layout.js';
import { Order } from '../../../static/model/order.js';
import { MOST_PINS, Pins } from '../../../static/model/pins.js';
import { PAGE, plan } from '../../../static/model/stage-plan.js';
import { dragged, MOST_ZOOM, transformOf, WHOLE, zoomed } from '../../../static/model/zoom.js';

const MODES = ['auto', 'grid', 'speaker', 'presentation'];
const SELVES = ['auto', 'tile', 'inset', 'hidden'];
const DESK = { width: 1400, height: 780 };
const PHONE = { width: 380, height: 640 };

/** Numbers that are the same each time. @param {number} seed */
function dice(seed) {
  let state = seed;
  /** @param {number} below */
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

const person = (id, video = true) => ({ key: `user:${id}`, userId: id, kind: 'person', mediaId: id, video, number: 0 });
const screen = (id) => ({ key: `screen:${id}`, userId: id, kind: 'screen', mediaId: `s${id}`, video: true, number: 0 });
const company = (count) => ['me', ...Array.from({ length: count }, (_, index) => `p${index}`)].map((id) => person(id));
const quiet = { speaking: new Set(), spoke: new Map() };

function viewing(more = {}) {
  return { mode: 'auto', self: 'auto', corner: CORNERS[0], pins: new Set(), speaker: '', selfId: 'me', page: 0, more: 0, voices: quiet, ...more };
}

/** @param {Map<string, {rect: object, place: string}>} places @param {string} place */
const keysOf = (places, place) => [...places].filter(([, found]) => found.place === place).map(([key]) => key);

const apart = (a, b) => a.x + a.width <= b.x || b.x + b.width <= a.x || a.y + a.height <= b.y || b.y + b.height <= a.y;

test('whatever is chosen, tiles are inside the stage and apart, and whoever is not seen is counted', () => {
  const roll = dice(7);
  for (let round = 0; round < 3000; round += 1) {
    const area = { width: 160 + roll(2400), height: 120 + roll(1400) };
    const subjects = [...Array.from({ length: roll(3) }, (_, index) => screen(`p${index}`)), ...company(roll(70))];
    const wish = viewing({
      mode: MODES[roll(4)],
      self: SELVES[roll(4)],
      corner: CORNERS[roll(4)],
      pins: new Set(subjects.filter(() => roll(30) === 0).map(({ key }) => key)),
      speaker: `p${roll(80)}`,
      page: roll(4),
      more: roll(4) === 0 ? roll(9) : 0,
    });
    const { places, rest, hidden, page, pages } = plan(area, subjects, wish, new Order());
    const told = JSON.stringify({ area, count: subjects.length, ...wish, pins: [...wish.pins] });
    const tiles = [...places.values()].filter(({ place }) => place !== 'float').map(({ rect }) => rect);
    if (rest) tiles.push(rest);
    for (const rect of [...tiles, ...[...places.values()].map(({ rect }) => rect)]) {
      assert.ok(rect.width > 0 && rect.height > 0, told);
      assert.ok(rect.x >= 0 && rect.x + rect.width <= area.width + 1, told);
      assert.ok(rect.y >= 0 && rect.y + rect.height <= area.height + 1, told);
    }
    tiles.forEach((rect, at) => tiles.slice(at + 1).forEach((other) => assert.ok(apart(rect, other), told)));
    for (const key of wish.pins) assert.equal(places.get(key)?.place, 'large', told);
    assert.ok(page < pages && (rest !== null) === hidden > 0, told);
    const unseen = wish.self === 'hidden' && !wish.pins.has('user:me') ? 1 : 0;
    if (pages === 1 && wish.mode !== 'presentation')
      assert.equal(places.size + hidden, subjects.length + wish.more - unseen, told);
  }
});

test('pages show everybody once, and at most 49 at a time', () => {
  const subjects = company(120);
  const seen = [];
  const order = new Order();
  const { pages } = plan({ width: 4000, height: 3000 }, subjects, viewing({ mode: 'grid' }), order);
  for (let page = 0; page < pages; page += 1) {
    const { places } = plan({ width: 4000, height: 3000 }, subjects, viewing({ mode: 'grid', page }), order);
    assert.ok(places.size <= PAGE);
    seen.push(...places.keys());
  }
  assert.deepEqual(new Set(seen), new Set(subjects.map(({ key }) => key)));
  assert.equal(seen.length, subjects.length);
});

test('while power is saved a page has nine tiles', () => {
  const { places, pages } = plan(DESK, company(20), viewing({ mode: 'grid', saving: true }), new Order());
  assert.deepEqual([places.size, pages], [9, 3]);
});

test('nobody moves while somebody in sight speaks; who speaks out of sight changes places with one silent person', () => {
  const roll = dice(3);
  const subjects = company(60);
  const order = new Order();
  const spoke = new Map();
  let before = plan(DESK, subjects, viewing({ mode: 'grid' }), order).places;
  for (let now = 1; now < 400; now += 1) {
    const id = `p${roll(60)}`;
    const inSight = before.has(`user:${id}`);
    spoke.set(id, now);
    const voices = { speaking: new Set([id]), spoke };
    const { places } = plan(DESK, subjects, viewing({ mode: 'grid', voices }), order);
    const moved = [...places].filter(([key, { rect }]) => JSON.stringify(before.get(key)?.rect) !== JSON.stringify(rect));
    assert.deepEqual(moved.map(([key]) => key), inSight ? [] : [`user:${id}`]);
    assert.equal(places.size, before.size);
    assert.ok(places.has('user:me'));
    before = places;
  }
});

test('who looks at another page sees nobody move', () => {
  const subjects = company(60);
  const order = new Order();
  const look = (speaking) =>
    JSON.stringify([...plan(DESK, subjects, viewing({ mode: 'grid', page: 1, voices: { speaking, spoke: new Map() } }), order).places]);
  assert.equal(look(new Set(['p1'])), look(new Set(['p59', 'p2'])));
});

test('who has a camera is seen before who has none and was silent', () => {
  const subjects = [person('me'), ...Array.from({ length: 30 }, (_, index) => person(`p${index}`, index > 25))];
  const { places } = plan(PHONE, subjects, viewing({ mode: 'grid' }), new Order());
  for (const id of ['p26', 'p27', 'p28', 'p29']) assert.ok(places.has(`user:${id}`), id);
});

test('the speaker is large, and who was large takes their place beside: the others stay', () => {
  const subjects = company(4);
  const order = new Order();
  const view = (speaker) => plan(DESK, subjects, viewing({ mode: 'speaker', speaker }), order).places;
  const before = view('p1');
  assert.deepEqual(keysOf(before, 'large'), ['user:p1']);
  const after = view('p3');
  assert.deepEqual(keysOf(after, 'large'), ['user:p3']);
  for (const id of ['me', 'p0', 'p2']) assert.deepEqual(after.get(`user:${id}`), before.get(`user:${id}`), id);
  assert.deepEqual(after.get('user:p1')?.rect, before.get('user:p3')?.rect);
});

test('a presentation is large with its speaker beside; everything else makes room for it', () => {
  const subjects = [screen('p0'), ...company(6)];
  const { places, hidden } = plan(DESK, subjects, viewing({ mode: 'presentation', speaker: 'p4' }), new Order());
  assert.deepEqual(keysOf(places, 'large'), ['screen:p0']);
  assert.deepEqual(keysOf(places, 'small'), ['user:p4']);
  assert.equal(hidden, 0);
});

test('several pins share the stage in any layout', () => {
  const subjects = [screen('p0'), ...company(6)];
  for (const mode of MODES) {
    const { places } = plan(DESK, subjects, viewing({ mode, pins: new Set(['user:p1', 'user:p2']) }), new Order());
    assert.deepEqual(keysOf(places, 'large').sort(), ['user:p1', 'user:p2'], mode);
  }
  const pins = new Pins();
  for (let at = 0; at <= MOST_PINS; at += 1) pins.toggle(`user:p${at}`);
  assert.equal(pins.keys.size, MOST_PINS);
  assert.ok(!pins.keys.has('user:p0'));
  pins.toggle('user:p3');
  assert.ok(!pins.keys.has('user:p3'));
});

test('one sees oneself as chosen: beside the others, in a corner, or not at all', () => {
  const own = (self, count, mode = 'auto') =>
    plan(DESK, company(count), viewing({ self, mode }), new Order()).places.get('user:me')?.place;
  assert.deepEqual(SELVES.map((self) => own(self, 3)), ['', '', 'float', undefined]);
  assert.deepEqual(SELVES.map((self) => own(self, 1)), ['float', '', 'float', undefined]);
  assert.deepEqual(SELVES.map((self) => own(self, 1, 'grid')), ['', '', 'float', undefined]);
  assert.equal(own('auto', 0), '');
});

test('of two people the other one has the stage, and oneself the chosen corner of it', () => {
  for (const area of [DESK, PHONE, { width: 640, height: 300 }])
    for (const corner of CORNERS) {
      const { places } = plan(area, company(1), viewing({ corner }), new Order());
      assert.deepEqual(places.get('user:p0')?.rect, { x: 0, y: 0, ...area });
      const rect = places.get('user:me')?.rect ?? { x: 0, y: 0, width: 0, height: 0 };
      assert.equal(nearestCorner(area, rect), corner);
      assert.deepEqual(rect, inset(area, corner));
      assert.ok(rect.width * rect.height < 0.15 * area.width * area.height);
    }
});

test('screens, upright and square cameras are shown whole; of wide ones the edges may go', () => {
  const wide = { width: 1600, height: 900 };
  const camera = { screen: false, small: false };
  for (const [width, height] of [[720, 1280], [600, 600], [900, 800]])
    for (const small of [true, false]) assert.ok(shownWhole({ width, height }, wide, { screen: false, small }), `${width}`);
  assert.ok(shownWhole({ width: 720, height: 1280 }, { width: 1280, height: 720 }, camera));
  assert.ok(!shownWhole({ width: 720, height: 1280 }, { width: 360, height: 640 }, camera));
  assert.ok(!shownWhole({ width: 640, height: 480 }, wide, camera));
  assert.ok(shownWhole({ width: 1280, height: 720 }, PHONE, camera));
  assert.ok(shownWhole({ width: 640, height: 480 }, wide, { ...camera, screen: true }));
});

test('enlarging keeps the point under the pointer, and never shows beyond the edges', () => {
  const roll = dice(9);
  /** Which point of the picture is at a point of the tile. */
  const seen = (view, at) => view.x + (at.x - 0.5) / view.scale;
  for (let round = 0; round < 500; round += 1) {
    let view = { ...WHOLE };
    for (let step = 0; step < 12; step += 1) {
      const at = { x: roll(1001) / 1000, y: roll(1001) / 1000 };
      const before = view;
      view = roll(3) ? zoomed(view, 0.5 + roll(200) / 100, at) : dragged(view, roll(9) - 4, roll(9) - 4);
      assert.ok(view.scale >= 1 && view.scale <= MOST_ZOOM);
      for (const middle of [view.x, view.y]) assert.ok(middle - 0.5 / view.scale > -1e-9 && middle + 0.5 / view.scale < 1 + 1e-9);
      const grew = zoomed(before, 1.25, at);
      if (grew.scale > before.scale) assert.ok(Math.abs(seen(grew, at) - seen(before, at)) < 1e-9);
    }
  }
  assert.equal(transformOf(zoomed(zoomed(WHOLE, 3), 1 / 3)), '');
});
