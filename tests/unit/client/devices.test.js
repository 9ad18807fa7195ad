import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Battery, LOW } from '../../../static/media/battery.js';
import { requestFor } from '../../../static/model/settings.js';
import { speakEnglish, table } from './tables.js';
import { explanations } from '../../../static/ui/device-errors.js';

speakEnglish();
const en = table();

test('who may use no device reads one sentence, whoever lacks different ones reads of each', () => {
  const both = new Map([
    ['microphone', 'denied'],
    ['camera', 'denied'],
  ]);
  assert.deepEqual(explanations(both), [en['device.both.denied']]);
  both.set('camera', 'notFound');
  assert.deepEqual(explanations(both), [en['device.microphone.denied'], en['device.camera.notFound']]);
});

test('what holds for all devices is said once', () => {
  const insecure = new Map([
    ['microphone', 'insecure'],
    ['camera', 'insecure'],
  ]);
  assert.deepEqual(explanations(insecure), [en['device.insecure']]);
});

test('a battery is low when it is nearly empty and not being charged, where that is told', async () => {
  const manager = Object.assign(new EventTarget(), { charging: false, level: 0.5 });
  const battery = new Battery(async () => manager);
  const told = [];
  battery.on('change', (low) => told.push(low));
  await new Promise(setImmediate);
  const set = (change) => {
    Object.assign(manager, change);
    manager.dispatchEvent(new Event('levelchange'));
  };
  set({ level: LOW });
  set({ level: LOW - 0.1 });
  set({ charging: true });
  assert.deepEqual(told, [true, false]);
  for (const ask of [() => undefined, () => Promise.reject(new Error('not allowed'))]) {
    const unknown = new Battery(ask);
    await new Promise(setImmediate);
    assert.equal(unknown.low, false);
  }
});

test('while power is saved there are fewer videos, and small ones until one is large', () => {
  assert.deepEqual(requestFor('everything', 3), { '': ['audio', 'video'] });
  assert.deepEqual(requestFor('everything', 3, true), requestFor('everything', 50));
  assert.deepEqual(requestFor('audio', 3, true), { '': ['audio'] });
});
