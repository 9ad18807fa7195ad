import assert from 'node:assert/strict';
import { test } from 'node:test';
import { light } from '../../../static/filters/effects/light.js';
import { Activity, HOLD_MS, TAKEOVER_MS } from '../../../static/media/activity.js';
import { firstWord, splitCommand } from '../../../static/model/command-line.js';
import { parseDuration, parseExpiry } from '../../../static/model/durations.js';
import { Gathering, TOGETHER_MS } from '../../../static/model/gathering.js';
import { focus, grid } from '../../../static/model/layout.js';
import { parts } from '../../../static/model/links.js';
import { findByName, initials, sorted } from '../../../static/model/people.js';
import { CODES, lockedWith, refusal } from '../../../static/model/refusal.js';
import { subjects } from '../../../static/model/subjects.js';
import { filled } from '../../../static/model/sliders.js';
import { DEFAULTS, Settings } from '../../../static/model/settings.js';
import { MOST, Volumes } from '../../../static/model/volumes.js';
import { wanted as wantedKinds } from '../../../static/model/subscriptions.js';
import { commandNames } from '../../../static/ui/commands.js';
import { CHOICES } from '../../../static/model/settings.js';
import { table } from './tables.js';

const en = table();

const user = (id, more = {}) => ({
  id,
  username: id,
  permissions: ['present', 'message'],
  data: {},
  ...more,
});

test('tiles never overlap, never leave the stage, and keep one size', () => {
  for (const area of [
    { width: 1280, height: 720 },
    { width: 390, height: 700 },
    { width: 900, height: 300 },
    { width: 320, height: 320 },
  ]) {
    for (let count = 1; count <= 30; count += 1) {
      const rects = grid(area, count);
      assert.equal(rects.length, count);
      for (const [index, rect] of rects.entries()) {
        assert.ok(
          rect.x >= 0 &&
            rect.y >= 0 &&
            rect.x + rect.width <= area.width + 1 &&
            rect.y + rect.height <= area.height + 1,
        );
        assert.equal(rect.width, rects[0].width);
        for (const other of rects.slice(0, index)) assert.ok(apart(rect, other), `${count} in ${area.width}`);
      }
    }
  }
});

const apart = (a, b) =>
  a.x + a.width <= b.x || b.x + b.width <= a.x || a.y + a.height <= b.y || b.y + b.height <= a.y;

test('no other number of columns gives larger tiles than the grid', () => {
  const [tile] = grid({ width: 1600, height: 900 }, 4);
  assert.ok(tile.width > 780);
  const [upright] = grid({ width: 400, height: 800 }, 2);
  assert.ok(upright.width >= 399);
});

test('a screen is large and the people small, beside or below', () => {
  const wide = focus({ width: 1200, height: 700 }, 1, 4);
  assert.ok(wide.large[0].width > 900 && wide.strip.every(({ x }) => x > wide.large[0].width));
  const tall = focus({ width: 390, height: 700 }, 1, 4);
  // Upright, a wide thing has its shape, and the people the rest: nothing stays empty.
  const { height } = tall.large[0];
  assert.ok(Math.abs(height - (390 * 9) / 16) < 1 && tall.strip.every(({ y }) => y > height));
  const people = tall.strip.reduce((sum, tile) => sum + tile.width * tile.height, 0);
  assert.ok(people > 0.6 * 390 * (700 - height));
  assert.equal(focus({ width: 800, height: 600 }, 1, 0).large[0].width, 800);
});

test('an address with punctuation without end is looked at once', () => {
  for (const end of [')', '.', ').', '.'.repeat(1000) + 'x)']) {
    const text = `http://a.b/(c)${end.repeat(400_000 / end.length)}`;
    const found = parts(text);
    assert.equal(found.map((part) => part.text).join(''), text);
    if (!end.includes('x')) assert.equal(found[0].url, 'http://a.b/(c)');
  }
});

test('only http and https become links, without the punctuation of the sentence', () => {
  const urls = (text) =>
    parts(text)
      .filter(({ url }) => url)
      .map(({ text: found }) => found);
  assert.deepEqual(urls('see https://example.org/a(b), or (http://x.org/).'), [
    'https://example.org/a(b)',
    'http://x.org/',
  ]);
  assert.deepEqual(urls('javascript:alert(1) data:text/html,x ftp://a.b xhttp:// http:// HTTPS://X.ORG'), [
    'HTTPS://X.ORG',
  ]);
  for (const text of ['', 'a\nb', '<b>https://a.b</b>', 'https://a.b"onclick="x']) {
    assert.equal(
      parts(text)
        .map((part) => part.text)
        .join(''),
      text,
    );
  }
  assert.deepEqual(urls('<a href="https://evil.org">'), ['https://evil.org']);
});

test('durations have the units of the manual', () => {
  const minute = 60_000;
  for (const [text, expected] of [
    ['30s', 30_000],
    ['45 min', 45 * minute],
    ['2h', 120 * minute],
    ['3d', 4320 * minute],
    ['1mon', 43_200 * minute],
    ['1yr', 525_600 * minute],
  ]) {
    assert.equal(parseDuration(text), expected);
  }
  for (const text of ['', '3', 'x', '3 weeks', '-1d']) assert.equal(parseDuration(text), null);
  const now = new Date('2030-01-01T00:00:00Z');
  assert.equal(parseExpiry('1d', now)?.toISOString(), '2030-01-02T00:00:00.000Z');
  assert.equal(parseExpiry('2031-05-06', now)?.getUTCFullYear(), 2031);
  assert.equal(parseExpiry('never', now), null);
});

test('command lines: names are case-blind, words may be quoted', () => {
  assert.deepEqual(splitCommand('KICK bob  go away'), { name: 'kick', rest: 'bob  go away' });
  assert.deepEqual(firstWord('"Ada Lovelace" hello there'), ['Ada Lovelace', 'hello there']);
  assert.deepEqual(firstWord("O'Brien hi"), ["O'Brien", 'hi']);
  assert.deepEqual(firstWord('Ada\\ Lovelace x'), ['Ada Lovelace', 'x']);
  assert.deepEqual(firstWord(''), ['', '']);
});

test('people are found by name, by case, by a beginning that is only theirs', () => {
  const people = [
    user('1', { username: 'Ada' }),
    user('2', { username: 'Adam' }),
    user('3', { username: 'Grace' }),
  ];
  assert.equal(findByName(people, 'Ada')?.id, '1');
  assert.equal(findByName(people, 'ADAM')?.id, '2');
  assert.equal(findByName(people, 'gr')?.id, '3');
  assert.equal(findByName(people, 'a'), undefined);
  const namesakes = [user('4', { username: 'Bob' }), user('5', { username: 'Bob' }), user('6', { username: 'BOB' })];
  assert.equal(findByName(namesakes, 'Bob'), undefined);
  assert.equal(findByName(namesakes, 'bob'), undefined);
  assert.equal(findByName(namesakes, 'BOB')?.id, '6');
  assert.equal(initials('Ada Lovelace'), 'AL');
  assert.equal(initials(''), '?');
});

test('raised hands come first, in the order in which they were raised', () => {
  const people = [
    user('a'),
    user('b', { data: { raisehand: true, handSince: 5 } }),
    user('c', { data: { raisehand: true, handSince: 3 } }),
  ];
  assert.deepEqual(
    sorted(people).map(({ id }) => id),
    ['c', 'b', 'a'],
  );
});

test('stored settings of a wrong type, or none, are the defaults', () => {
  const stored = {
    'galene-py.receive': '"everywhere"',
    'galene-py.mirror': '"yes"',
    'galene-py.name': '7',
    'galene-py.send': '{',
  };
  const settings = new Settings({
    getItem: (key) => stored[key] ?? null,
    setItem: () => {
      throw new Error('full');
    },
  });
  for (const key of Object.keys(DEFAULTS)) assert.equal(settings.get(key), DEFAULTS[key]);
  settings.set('receive', 'low');
  assert.equal(settings.get('receive'), 'low');
  settings.set('receive', 'nonsense');
  assert.equal(settings.get('receive'), 'low');
  assert.equal(new Settings(null).get('send'), DEFAULTS.send);
});

test('people who send have a subject; in large groups nobody else', () => {
  const many = Array.from({ length: 30 }, (_, index) => user(`u${index}`));
  const media = [
    { id: 's', localId: 'l', source: 'u3', label: 'camera', video: true },
    { id: 't', localId: 'm', source: 'u3', label: 'screenshare', video: true },
  ];
  const found = subjects(many, media, { selfId: 'u0', audioOnly: true });
  assert.deepEqual(
    found.map(({ key }) => key),
    ['screen:m', 'user:u0', 'user:u3'],
  );
  assert.equal(subjects(many.slice(0, 5), [], { selfId: 'u0', audioOnly: true }).length, 5);
});

test('several screens or cameras of one person have numbers, a single one has none', () => {
  const stream = (id, source, label) => ({ id, localId: id, source, label, video: true });
  const media = [
    stream('a', 'u1', 'screenshare'),
    stream('b', 'u2', 'screenshare'),
    stream('c', 'u1', 'camera'),
    stream('d', 'u1', 'video'),
    stream('e', 'u2', 'camera'),
    stream('f', 'u2', 'camera'),
  ];
  const numbers = (some) =>
    Object.fromEntries(
      subjects([user('u1'), user('u2')], some, { selfId: 'u0', audioOnly: true }).map(
        ({ mediaId, number }) => [mediaId, number],
      ),
    );
  assert.deepEqual(numbers(media), { a: 1, b: 0, c: 0, d: 2, e: 1, f: 2 });
  assert.deepEqual(numbers(media.slice(1)), { b: 0, c: 0, d: 0, e: 1, f: 2 });
});

test('nobody sees their own screen: it would show itself in itself', () => {
  const screen = { id: 'a', localId: 'a', source: 'u1', label: 'screenshare', video: true };
  const kinds = (selfId) =>
    subjects([user('u1'), user('u2')], [screen], { selfId, audioOnly: true }).map(({ kind }) => kind);
  assert.deepEqual(kinds('u1'), ['person', 'person']);
  assert.deepEqual(kinds('u2'), ['screen', 'person', 'person']);
});

test('people who come shortly after one another are told of together, and nobody who has gone again', () => {
  const gathering = new Gathering();
  const add = (name, now) => gathering.add(name, name, now);
  assert.deepEqual(add('Ann', 0), { names: ['Ann'], others: 0 });
  assert.deepEqual(add('Ben', 5000), { names: ['Ben', 'Ann'], others: 0 });
  assert.deepEqual(add('Cleo', 6000), { names: ['Cleo', 'Ben', 'Ann'], others: 0 });
  assert.deepEqual(add('Dan', 7000), { names: ['Dan', 'Cleo'], others: 2 });
  assert.deepEqual(gathering.take('Dan'), { names: ['Cleo', 'Ben', 'Ann'], others: 0 });
  assert.equal(gathering.take('Eve'), null);
  assert.deepEqual(add('Eve', 7001 + TOGETHER_MS), { names: ['Eve'], others: 0 });
});

test('a slider that is neutral in the middle is filled from there', () => {
  assert.deepEqual(filled(-1, 1, 0), [50, 50]);
  assert.deepEqual(filled(-1, 1, 0.5), [50, 75]);
  assert.deepEqual(filled(-1, 1, -1), [0, 50]);
  assert.deepEqual(filled(0, 4, 1), [0, 25]);
  for (const { min, max } of light.controls) assert.deepEqual([min, max], [-1, 1]);
  assert.ok(!light.active(light.defaults) && light.active({ brightness: -0.5, warmth: 0 }));
});

test('speakers are marked without flicker, the main speaker changes slowly', () => {
  const activity = new Activity();
  assert.deepEqual(
    [
      ...activity.update(
        [
          ['a', 0.5],
          ['b', 0],
        ],
        0,
      ),
    ],
    ['a'],
  );
  assert.equal(activity.main, 'a');
  assert.deepEqual(
    [
      ...activity.update(
        [
          ['a', 0],
          ['b', 0],
        ],
        HOLD_MS - 1,
      ),
    ],
    ['a'],
  );
  assert.deepEqual(
    [
      ...activity.update(
        [
          ['a', 0],
          ['b', 0.5],
        ],
        HOLD_MS + 1,
      ),
    ],
    ['b'],
  );
  assert.equal(activity.main, 'a');
  for (let now = HOLD_MS + 1; now <= HOLD_MS + TAKEOVER_MS + 200; now += 200)
    activity.update(
      [
        ['a', 0],
        ['b', 0.5],
      ],
      now,
    );
  assert.equal(activity.main, 'b');
});

test('what nobody sees is not asked for', () => {
  const tile = { label: 'camera', visible: true, audio: true, width: 900, height: 500 };
  assert.deepEqual(wantedKinds('everything', tile), ['audio', 'video']);
  assert.deepEqual(wantedKinds('everything', { ...tile, width: 200, height: 120 }), ['audio', 'video-low']);
  assert.deepEqual(wantedKinds('everything', { ...tile, visible: false }), ['audio']);
  // A stream without sound would end, and not come back with its tile.
  assert.deepEqual(wantedKinds('everything', { ...tile, visible: false, audio: false }), ['video-low']);
  assert.deepEqual(wantedKinds('screenshare', tile), ['audio']);
  assert.deepEqual(wantedKinds('screenshare', { ...tile, label: 'screenshare', width: 100 }), ['audio', 'video']);
  assert.deepEqual(wantedKinds('nothing', tile), []);
});

test('every reason of either server for a refusal has words of ours', () => {
  const reasons = {
    'the username or the password is wrong': 'password',
    'not authorised': 'password',
    'this group is locked': 'locked',
    'group is locked': 'locked',
    'too many users': 'full',
    'this group is not open yet': 'notOpen',
    'this group is closed': 'closed',
    'there are no operators in this group': 'noOperator',
    'this invitation has expired': 'tokenExpired',
    'this invitation is unknown or was revoked': 'tokenExpired',
    'this login token has expired': 'tokenExpired',
    'this login token is not valid yet': 'tokenEarly',
    'this invitation is for another group': 'tokenGroup',
    'this login token is not valid': 'tokenBad',
    'group does not exist': 'noGroup',
    'this username is taken': 'taken',
    'this username is not possible': 'name',
    'back at three': 'other',
  };
  for (const [text, reason] of Object.entries(reasons)) assert.equal(refusal('', text).reason, reason, text);
  for (const [code, reason] of Object.entries(CODES)) {
    assert.equal(refusal(code, 'this is about no operators and a full token').reason, reason, code);
    assert.ok(`refused.${reason}` in en, reason);
  }
  assert.equal(refusal('constructor', 'too many users').reason, 'full');
  for (const reason of new Set(Object.values(reasons))) assert.ok(`refused.${reason}` in en);
});

test('how loud a person is survives a new id and a new page, and nonsense in the store', () => {
  const kept = new Map();
  const storage = { getItem: (key) => kept.get(key) ?? null, setItem: (key, value) => kept.set(key, value) };
  const volumes = () => new Volumes(new Settings(storage));
  volumes().set('ada', 'person', 0.25);
  volumes().set('ada', 'screen', 0);
  volumes().set('', 'person', 0.5);
  assert.equal(volumes().get('ada', 'person'), 0.25);
  assert.equal(volumes().get('ada', 'screen'), 0);
  assert.equal(volumes().get('bob', 'person'), 1);
  assert.equal(volumes().get('', 'person'), 1);
  volumes().set('ada', 'person', 1);
  assert.equal(volumes().get('ada', 'person'), 1);
  for (let n = 0; n <= MOST; n += 1) volumes().set(`p${n}`, 'person', 0.5);
  assert.equal(volumes().get('p0', 'person'), 1);
  assert.equal(volumes().get(`p${MOST}`, 'person'), 0.5);
  for (const nonsense of ['7', '{"a":1}', '[3,["person x"],["person x",9],["person x","1"]]', 'x']) {
    kept.set('galene-py.volumes', nonsense);
    assert.equal(volumes().get('x', 'person'), 1);
  }
});

test('only what an operator wrote is shown beside our words for a lock', () => {
  assert.equal(refusal('group-locked-with-words', 'back at three').words, 'back at three');
  assert.equal(refusal('group-locked', 'this group is locked').words, '');
  assert.equal(lockedWith('group is locked').words, '');
  assert.equal(lockedWith('back at three').words, 'back at three');
});

test('every choice and every command of the checklist has its words', () => {
  for (const [key, values] of Object.entries(CHOICES)) {
    if (key === 'start') continue; // two buttons
    for (const value of values) assert.ok(`settings.${key}.${value}` in en, `${key} ${value}`);
  }
  for (const name of commandNames()) assert.ok(`command.${name}` in en, name);
  const wanted =
    'help leave renegotiate sharescreen unsharescreen msg raise unraise me clear lock unlock subgroups kick identify op unop present unpresent shutup unshutup mute muteall warn wall record unrecord invite reinvite revoke listtokens set unset';
  assert.deepEqual(commandNames().sort(), wanted.split(' ').sort());
});
