import assert from 'node:assert/strict';
import { test } from 'node:test';
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
