/** Times in the forms of the admin page, in a zone whose clocks are set. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

process.env.TZ = 'Europe/Berlin';
const { speakEnglish } = await import('./tables.js');
const { instants, localTime, meantBy, zoneHint } = await import('../../../static/pages/admin/times.js');
speakEnglish();
const iso = (dates) => dates.map((date) => date.toISOString());

const FIRST = '2026-10-25T00:30:00.000Z';
const SECOND = '2026-10-25T01:30:00.000Z';
const TWICE = '2026-10-25T02:30';

test('a local time means one instant, two when clocks are set back, none when it is left out', () => {
  assert.deepEqual(iso(instants('2026-07-01T12:00')), ['2026-07-01T10:00:00.000Z']);
  assert.deepEqual(iso(instants(TWICE)), [FIRST, SECOND]);
  assert.deepEqual(iso(instants('2026-10-25T03:00')), ['2026-10-25T02:00:00.000Z']);
  assert.deepEqual(instants('2026-03-29T02:30'), []);
  assert.deepEqual(instants(''), []);
});

test('what was not changed stays to the millisecond, and the same of two', () => {
  for (const stored of [FIRST, SECOND, '2026-10-25T01:30:00.250Z', '2026-07-01T10:00:00Z']) {
    assert.equal(meantBy(localTime(new Date(stored)), stored).getTime(), Date.parse(stored));
  }
  assert.equal(meantBy(TWICE, undefined).toISOString(), FIRST);
  assert.equal(meantBy('2026-10-25T04:30', SECOND).toISOString(), '2026-10-25T03:30:00.000Z');
});

test('the form says how far from UTC a time is, and which of two is meant', () => {
  const said = (text, stored) => zoneHint(text, meantBy(text, stored));
  assert.equal(said('2026-07-01T12:00'), 'UTC+02:00');
  assert.equal(said('2026-12-01T12:00:00'), 'UTC+01:00');
  assert.match(said(TWICE), /^UTC\+02:00\. .*the first one/);
  assert.match(said(TWICE, FIRST), /^UTC\+02:00\. .*the first one/);
  assert.match(said(TWICE, SECOND), /^UTC\+01:00\. .*the second one/);
  assert.match(said('2026-03-29T02:30'), /skip this time/);
  assert.equal(said(''), '');
});
