import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AWAY_MS, Pin } from '../../../static/model/pin.js';
import { subjects } from '../../../static/model/subjects.js';

/** People by id, with their names; `me` is oneself. Screens as `id: label`. */
function company(names, screens = []) {
  const entries = Object.entries(names);
  const users = new Map(
    entries.map(([id, username]) => [id, { id, username, permissions: ['present'], data: {} }]),
  );
  const selfId = entries[0][0];
  const media = screens.map(([source, localId]) => ({
    id: localId,
    localId,
    source,
    label: 'screenshare',
    video: true,
  }));
  return [subjects(users.values(), media, { selfId, audioOnly: true }), { users, selfId }];
}

test('somebody is pinned again under another id, by their name', () => {
  const pin = new Pin();
  pin.toggle('user:p1');
  pin.update(...company({ me: 'ada', p1: 'ben', p2: 'eve' }), 0);
  assert.equal(pin.key, 'user:p1');
  pin.interrupted();
  pin.update(...company({ me2: 'ada' }), 1);
  assert.equal(pin.key, '');
  pin.update(...company({ me2: 'ada', p8: 'eve' }), 2);
  assert.equal(pin.key, '');
  pin.update(...company({ me2: 'ada', p8: 'eve', p9: 'ben' }), 3);
  assert.equal(pin.key, 'user:p9');
  pin.update(...company({ me2: 'ada', p8: 'eve', p9: 'Ben' }), 4);
  assert.equal(pin.key, 'user:p9');
});

test('nobody is taken for another: not a namesake among several, not oneself, not the nameless', () => {
  for (const [name, later] of [
    ['ben', { me2: 'ada', p7: 'ben', p8: 'ben' }],
    ['ada', { me2: 'ada' }],
    ['', { me2: 'ada', p7: '' }],
  ]) {
    const pin = new Pin();
    pin.toggle('user:p1');
    pin.update(...company({ me: 'ada', 1: name }), 0);
    pin.interrupted();
    pin.update(...company(later), 1);
    assert.equal(pin.key, '', name);
  }
});

test('oneself, and the same one of several screens, stay pinned', () => {
  const own = new Pin();
  own.toggle('user:me');
  own.update(...company({ me: 'ada', p1: 'ada' }), 0);
  own.interrupted();
  own.update(...company({ me2: 'ada', p1: 'ada' }), 1);
  assert.equal(own.key, 'user:me2');

  const second = new Pin();
  second.toggle('screen:b');
  second.update(...company({ me: 'ada', p1: 'ben' }, [['p1', 'a'], ['p1', 'b']]), 0);
  second.interrupted();
  second.update(...company({ me2: 'ada', p9: 'ben' }, [['p9', 'c']]), 1);
  assert.equal(second.key, '');
  second.update(...company({ me2: 'ada', p9: 'ben' }, [['p9', 'c'], ['p9', 'd']]), 2);
  assert.equal(second.key, 'screen:d');
});

test('of several screens the same one comes back, whatever else has gone or is not there yet', () => {
  const before = company({ me: 'ada', p1: 'ben' }, [['p1', 'a.1'], ['p1', 'b.1'], ['p1', 'c.1']]);
  const pinned = () => {
    const pin = new Pin();
    pin.toggle('screen:b.1');
    pin.update(...before, 0);
    pin.interrupted();
    return pin;
  };
  // The sender is back: under another id, with streams that begin alike.
  let pin = pinned();
  pin.update(...company({ me: 'ada', p9: 'ben' }, [['p9', 'c.2'], ['p9', 'd.2']]), 1);
  assert.equal(pin.key, '');
  pin.update(...company({ me: 'ada', p9: 'ben' }, [['p9', 'c.2'], ['p9', 'd.2'], ['p9', 'b.2']]), 2);
  assert.equal(pin.key, 'screen:b.2');
  // We are back: the streams are those that there were, of any client, in any order.
  const after = (...ids) => {
    const [subjects, people] = company({ me2: 'ada', p1: 'ben' }, ids.map((id) => ['p1', id]));
    return [subjects.map((subject) => ({ ...subject, key: `${subject.key} again` })), people];
  };
  pin = pinned();
  pin.update(...after('c.1', 'a.1'), 1);
  assert.equal(pin.key, '');
  pin.update(...after('c.1', 'a.1', 'b.1'), 2);
  assert.equal(pin.key, 'screen:b.1 again');
  pin = new Pin();
  pin.toggle('screen:y');
  pin.update(...company({ me: 'ada', p1: 'ben' }, [['p1', 'x'], ['p1', 'y']]), 0);
  pin.interrupted();
  pin.update(...after('y', 'x'), 1);
  assert.equal(pin.key, 'screen:y again');
});

test('who is away for long comes back small; time without a connection does not count', () => {
  const pin = new Pin();
  pin.toggle('user:p1');
  pin.update(...company({ me: 'ada', p1: 'ben' }), 0);
  pin.update(...company({ me: 'ada' }), 1);
  pin.interrupted();
  pin.update(...company({ me2: 'ada' }), AWAY_MS * 2);
  pin.update(...company({ me2: 'ada', p2: 'ben' }), AWAY_MS * 3);
  assert.equal(pin.key, 'user:p2');
  pin.update(...company({ me2: 'ada' }), AWAY_MS * 3);
  pin.update(...company({ me2: 'ada', p3: 'ben' }), AWAY_MS * 4 + 1);
  assert.equal(pin.key, '');
});

test('choosing again ends it, choosing another changes it, also while somebody is away', () => {
  const pin = new Pin();
  const all = company({ me: 'ada', p1: 'ben', p2: 'eve' });
  for (const [chosen, key] of [
    ['user:p1', 'user:p1'],
    ['user:p1', ''],
    ['user:p1', 'user:p1'],
    ['user:p2', 'user:p2'],
  ]) {
    pin.toggle(chosen);
    pin.update(...all, 0);
    assert.equal(pin.key, key);
  }
  pin.update(...company({ me: 'ada', p1: 'ben' }), 1);
  pin.toggle('user:p1');
  pin.update(...all, 2);
  assert.equal(pin.key, 'user:p1');
  pin.forget();
  pin.update(...all, 3);
  assert.equal(pin.key, '');
});
