import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Chat, KEPT } from '../../../static/model/chat.js';

/** Something that somebody said, as the server tells it to those who come later. */
const entry = (id, more = {}) => ({
  id,
  source: 'x',
  username: 'x',
  dest: '',
  kind: '',
  privileged: false,
  history: true,
  own: false,
  time: new Date(),
  value: id,
  ...more,
});

test('history told again after a reconnection is not shown twice', () => {
  const chat = new Chat();
  chat.add(entry('1'));
  chat.add(entry('1'));
  assert.equal(chat.entries.length, 1);
  assert.equal(chat.unread, 0);
  chat.add(entry('2', { history: false }));
  assert.equal(chat.unread, 1);
  chat.watch("");
  assert.equal(chat.unread, 0);
  for (let index = 0; index < KEPT + 5; index += 1) chat.add(entry(`n${index}`));
  assert.equal(chat.entries.length, KEPT);
});

test('clearing takes one message, one person or all', () => {
  const chat = new Chat();
  for (const [id, source] of [
    ['1', 'a'],
    ['2', 'a'],
    ['3', 'b'],
  ]) {
    chat.add(entry(id, { source, history: false }));
  }
  chat.clear({ id: '1', userId: 'a' });
  assert.deepEqual(
    chat.entries.map(({ id }) => id),
    ['2', '3'],
  );
  chat.clear({ userId: 'a' });
  assert.deepEqual(
    chat.entries.map(({ id }) => id),
    ['3'],
  );
  chat.clear();
  assert.equal(chat.entries.length, 0);
});

test('what was said while the connection was lost is unread, what one had heard is not', () => {
  const chat = new Chat();
  const at = (minute) => ({ time: new Date(2026, 1, 1, 12, minute) });
  chat.begin('ada');
  chat.add(entry('1', at(1)));
  chat.add(entry('2', { ...at(2), history: false }));
  assert.equal(chat.unread, 1);
  chat.watch("");
  chat.watch(null);
  chat.interrupted();
  for (const minute of [1, 2, 3, 4]) chat.add(entry(`${minute}`, at(minute)));
  assert.equal(chat.unread, 2);
  chat.begin('ada');
  chat.add(entry('5', at(5)));
  assert.equal(chat.unread, 2);
});

test('a conversation belongs to one person: a namesake finds it again, nobody else does', () => {
  const chat = new Chat();
  let forgotten = 0;
  const come = (name) => (chat.begin(name), chat.entries.length);
  chat.on('forget', () => (forgotten += 1));
  come('ada');
  chat.add(entry('1', { history: false, dest: 'ada' }));
  assert.deepEqual([come('ada'), chat.unread], [1, 1]);
  assert.deepEqual([come('ben'), chat.unread], [0, 0]);
  chat.add(entry('2'));
  assert.equal(come(''), 0);
  chat.add(entry('3'));
  assert.equal(come(''), 0);
  chat.add(entry('4'));
  chat.forget();
  assert.equal(forgotten, 5);
  assert.deepEqual(chat.entries, []);
});

test('private words are threads of their own, by the name of the other, and unread by themselves', () => {
  const chat = new Chat();
  const now = { history: false };
  chat.add(entry('1', now));
  chat.add(entry('2', { ...now, source: 'b1', username: 'Ben', dest: 'me' }));
  chat.add(entry('3', { ...now, own: true, source: 'me', dest: 'b2', destName: 'Ben' }));
  chat.add(entry('4', { ...now, source: '', username: 'Server', dest: 'me' }));
  assert.deepEqual(chat.entries.map(({ thread }) => thread), ['', 'name Ben', 'name Ben', '']);
  assert.deepEqual([...chat.threads.all.values()], [{ key: 'name Ben', id: 'b2', name: 'Ben' }]);
  assert.deepEqual([chat.unread, chat.unreadOf(''), chat.unreadOf('name Ben')], [3, 2, 1]);
  assert.equal(chat.news('')?.id, '1');
  chat.watch('');
  assert.deepEqual([chat.unread, chat.news('')?.id, chat.news('name Ben')?.id], [1, '1', '2']);
  chat.watch('name Ben');
  assert.deepEqual([chat.unread, chat.news('')], [0, undefined]);
  chat.forget();
  assert.equal(chat.threads.all.size, 0);
});

test('messages change, and are told again as they are now', () => {
  const chat = new Chat();
  const changed = [];
  chat.add(entry('1', { source: 'a' }));
  chat.on('change', ({ id }) => changed.push(id));
  chat.edit({ id: '1', userId: 'b', value: 'not theirs' });
  chat.edit({ id: '1', userId: 'a', value: 'new' });
  const react = (on, name) => chat.react({ id: '1', userId: 'a', reaction: '👍', on, name });
  react(true, 'Ben');
  react(true, 'Eve');
  react(false, 'Ben');
  const [first] = chat.entries;
  assert.deepEqual([first.value, first.edited, [...first.reactions]], ['new', true, [['👍', ['Eve']]]]);
  react(false, 'Eve');
  assert.equal(first.reactions.size, 0);
  chat.add(entry('1', { source: 'a', value: 'newer', edited: true, reactions: new Map([['🎉', ['Ann']]]) }));
  assert.deepEqual([first.value, [...first.reactions.keys()]], ['newer', ['🎉']]);
  assert.equal(changed.length, 6);
  assert.equal(chat.entries.length, 1);
});
