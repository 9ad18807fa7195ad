import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lackOf, validChoice } from '../../../static/filters/effects/registry.js';
import { image } from '../../../static/filters/effects/image.js';
import { Camera } from '../../../static/media/camera.js';
import { Settings } from '../../../static/model/settings.js';

const BLUR = { background: { id: 'blur', params: { strength: 0.5, tightness: 0 } } };
const MIRROR = { id: 'mirror', params: { horizontal: true } };

test('a remembered background that is not known here is blurred, whatever was stored of it', () => {
  for (const background of [{ id: 'hologram', params: { depth: 3 } }, { id: 'mirror' }, {}, 5, 'blur']) {
    assert.equal(validChoice({ background }).background.id, 'blur', JSON.stringify(background));
  }
  assert.deepEqual(validChoice({ background: null, mirror: { id: 'hologram' } }), {});
  assert.deepEqual(Object.keys(validChoice({ mirror: MIRROR })), ['mirror']);
});

/** One device, as its tabs see it. */
function device() {
  const kept = new Map();
  const disk = { getItem: (key) => kept.get(key) ?? null, setItem: (key, text) => void kept.set(key, text) };
  const tab = () => new Camera({ storage: new Settings(disk), root: 'https://x.org/' });
  const remembered = () => JSON.parse(kept.get('galene-py.filter'));
  return { disk, tab, remembered };
}

test('what one tab chooses does not make the device forget the background that another one chose', () => {
  const { tab, remembered } = device();
  const [one, other] = [tab(), tab()];
  one.setFilter('blur');
  other.setFilter('mirror', { horizontal: true });
  assert.deepEqual(Object.keys(remembered()).sort(), ['background', 'mirror']);
  other.setFilter('none');
  assert.deepEqual(Object.keys(remembered()), ['mirror']);
  assert.equal(one.choice.background.id, 'blur');
});

test('a camera starts with the background that was chosen in another tab, and never without its own', () => {
  const { tab } = device();
  const [one, other] = [tab(), tab()];
  one.setFilter('blur');
  other.chosen.adopt();
  assert.deepEqual(other.choice.background, BLUR.background);
  other.setFilter('none');
  one.chosen.adopt();
  assert.equal(one.choice.background.id, 'blur');
  other.chosen.adopt();
  assert.equal(other.choice.background, undefined);
});

test('where nothing can be kept, the choice of this tab counts', () => {
  const { disk, tab } = device();
  const camera = tab();
  camera.setFilter('blur');
  disk.setItem = () => {
    throw new DOMException('full', 'QuotaExceededError');
  };
  camera.setFilter('none');
  camera.chosen.adopt();
  assert.equal(camera.choice.background, undefined);
});

test('an own picture that is not there any more is missed by name', async () => {
  globalThis.indexedDB = {
    open() {
      throw new DOMException('private', 'InvalidStateError');
    },
  };
  const params = { ...image.defaults, picture: 'own', version: '7' };
  assert.equal(image.lack(params), '');
  await image.prepare(params);
  assert.equal(image.behind(params), null);
  assert.equal(lackOf({ background: { id: 'image', params } }), 'no-own-picture');
  assert.equal(lackOf({ background: { id: 'image', params: image.defaults } }), '');
});
