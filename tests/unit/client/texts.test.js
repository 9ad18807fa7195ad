import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addTexts, list, t } from '../../../static/base/texts.js';
import { speakEnglish, table } from './tables.js';

speakEnglish();

/** Every text of every page by its key, each form of those that have some. */
const TEXTS = Object.entries(table()).flatMap(([key, entry]) =>
  typeof entry === 'string' ? [[key, entry]] : Object.values(entry).map((form) => [key, form]),
);

test('video, image and background have one name each, and people join, reconnect and extend', () => {
  const strange = [
    /\bpictures?\b/i, // the name of three things
    /\b(come|came|comes|coming) (in|into)\b/i,
    /\b(anew|by themselves|by itself|no more)\b/i,
    /\bprolong/i,
    /\bconnecting again\b/i,
    /\bmay not\b(?! have)/i, // "is not allowed to", or "perhaps not"?
  ];
  const found = TEXTS.filter(([, text]) => strange.some((words) => words.test(text.replace('Picture in picture', ''))));
  assert.deepEqual(found, []);
});

test('what can be done to others and with tiles is called as people know it', () => {
  const known = {
    'stage.pin': 'Pin',
    'user.unpresent': 'Turn off mic and camera access',
    'user.shutup': 'Block from chat',
    'user.unop': 'Remove as moderator',
    'user.identify': 'Show IP address',
    'user.message': 'Send private message',
    'menu.restart': 'Restart audio and video',
    'settings.send': 'Upload limit',
    'settings.activity': 'Highlight active speaker',
    'invite.prolong': 'Extend',
    'stage.reconnecting': 'Reconnecting…',
    'device.camera.denied': 'Camera blocked. Click the camera icon in the address bar to allow it.',
    'filter.mirror.vertical': 'Flip vertically',
    'filter.rotate.angle.0': 'None',
    'page.maxClients': 'Participant limit',
  };
  const texts = Object.fromEntries(TEXTS);
  for (const [key, text] of Object.entries(known)) assert.equal(texts[key], text);
  assert.match(t('toast.hand', { name: 'Ann' }), /^Ann raised a hand/);
  assert.match(t('toast.joined', { names: 'Ann', count: 1 }), /^Ann joined/);
});

test('a value of the other direction turns no word beside it, and cannot get out', () => {
  const [FSI, PDI] = ['\u2068', '\u2069'];
  addTexts({ test: '{name} joined (now).' });
  assert.equal(t('test', { name: 'Ann' }), 'Ann joined (now).');
  assert.equal(t('test', { name: 'שלום' }), `${FSI}שלום${PDI} joined (now).`);
  assert.equal(t('test', { name: 'a\u202eb\u2069c' }), `${FSI}a\u202ebc${PDI} joined (now).`);
  const listed = list(['שלום', 'Ann']);
  assert.equal(t('test', { name: listed }), `${FSI}${listed}${PDI} joined (now).`);
});

test('a number has the form that its language wants, and its own digits and marks', () => {
  addTexts({ tries: { one: 'One try', other: '{count} tries' } });
  assert.deepEqual([0, 1, 1234].map((count) => t('tries', { count })), ['0 tries', 'One try', '1,234 tries']);
});
