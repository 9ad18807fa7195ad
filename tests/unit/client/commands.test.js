import assert from 'node:assert/strict';
import { test } from 'node:test';
import { settle } from './fakes.js';
import { lineFor, wordsOf } from '../../../static/model/command-line.js';
import { runCommand } from '../../../static/ui/commands.js';
import { speakEnglish } from './tables.js';

speakEnglish();

/** A person with these permissions, whose connection is there or not; what they are told and what is sent. */
function person({ reachable, permissions = [] }) {
  const notes = [];
  const sent = [];
  const connection = new Proxy({}, { get: (_, kind) => (...rest) => sent.push([kind, ...rest]) });
  const room = {
    reachable,
    connection,
    can: (permission) => permissions.includes(permission),
    users: new Map([['1', { id: '1', username: 'Ben' }]]),
    chat: { note: (text) => notes.push(text), add: () => {} },
  };
  const hands = [];
  const run = async (line) => {
    const done = runCommand(line, { room }, { hand: (up) => hands.push(up) });
    await settle();
    return done;
  };
  return { run, notes, sent, hands };
}

test('what needs the server is not run without a connection, nor said to be forbidden', async () => {
  const { run, notes, sent, hands } = person({ reachable: false });
  for (const line of ['kick Ben', 'lock', 'msg Ben hello', 'me waves', 'invite']) {
    assert.equal(await run(line), false, line);
  }
  assert.deepEqual([notes, sent], [[], []]);
  assert.equal(await run('raise'), true);
  assert.deepEqual(hands, [true]);
});

test('with a connection, commands are run or refused', async () => {
  const op = person({ reachable: true, permissions: ['op'] });
  assert.equal(await op.run('kick Ben too loud'), true);
  assert.deepEqual(op.sent, [['userAction', 'kick', '1', 'too loud']]);
  const guest = person({ reachable: true });
  assert.equal(await guest.run('kick Ben'), true);
  assert.equal(await guest.run('nonsense'), true);
  assert.deepEqual(guest.sent, []);
  assert.equal(guest.notes.length, 2);
});

test('what is written is recorded only if one says so', async () => {
  const op = person({ reachable: true, permissions: ['record'] });
  await op.run('record');
  await op.run('record chat');
  await op.run('unrecord');
  assert.deepEqual(op.sent, [
    ['groupAction', 'record', undefined],
    ['groupAction', 'record', { chat: true }],
    ['groupAction', 'unrecord'],
  ]);
});

test('only what there is can be asked for: everything that /help lists is known, and nothing else', async () => {
  const { run, notes } = person({ reachable: true, permissions: ['op', 'present', 'message', 'token', 'record'] });
  await run('help');
  assert.match(notes[0], /^\/help – /);
  assert.doesNotMatch(notes[0], /not available|file/);
  await run('sendfile');
  assert.match(notes[1], /no command \/sendfile/);
});

test('two slashes begin words that begin with one, and come back as two', () => {
  const lines = { 'a/b': 'a/b', '//etc': '/etc', '///': '//', '/etc': null };
  for (const [line, words] of Object.entries(lines)) {
    assert.equal(wordsOf(line), words);
    if (words !== null) assert.equal(lineFor(words), line);
  }
});
