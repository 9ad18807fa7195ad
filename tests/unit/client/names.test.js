/** Names: the page and the server agree on what can be seen of one. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

import { asName, isBlank } from '../../../static/model/names.js';

const NAMES = JSON.parse(readFileSync(new URL('../../data/blank-names.json', import.meta.url), 'utf-8'));

test('a name of which nothing can be seen is none', () => {
  for (const name of NAMES.blank) {
    assert.ok(isBlank(name), JSON.stringify(name));
    assert.equal(asName(name), '');
  }
  assert.equal(asName(''), '');
});

test('whoever shows a sign has a name, without the blanks around it', () => {
  for (const name of NAMES.seen) assert.ok(!isBlank(name), JSON.stringify(name));
  assert.equal(asName('\u00a0 Ada Lovelace\u3000'), 'Ada Lovelace');
});
