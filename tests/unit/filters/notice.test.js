import assert from 'node:assert/strict';
import { test } from 'node:test';
import { tellOfFilter } from '../../../static/ui/filter-notice.js';
import { speakEnglish, table } from '../client/tables.js';

speakEnglish();
const en = table();

class Camera extends EventTarget {
  retried = 0;
  retry() {
    this.retried += 1;
  }
  /** @param {string} text state, or state:reason */
  become(text) {
    const [state, reason = ''] = text.split(':');
    this.status = { state, reason };
    this.dispatchEvent(new Event('status'));
  }
}

function scene(mock, quiet = () => false) {
  mock.timers.enable({ apis: ['setTimeout'] });
  const camera = new Camera();
  let shown = null;
  const toasts = { show: (level, text, options) => (shown = { level, text, ...options }), dismiss: () => (shown = null) };
  tellOfFilter(camera, toasts, quiet);
  return { camera, wait: (ms) => (mock.timers.tick(ms), shown) };
}

test('a filter that has failed says so at once, and why, until it works', ({ mock }) => {
  const { camera, wait } = scene(mock);
  camera.become('loading');
  camera.become('failed:not-installed');
  const { level, text, sticky, action } = wait(1);
  assert.deepEqual([level, sticky], ['error', true]);
  assert.ok(text.startsWith(en['filter.state.failed']) && text.endsWith(en['filter.reason.not-installed']));
  action.run();
  assert.equal(camera.retried, 1);
  camera.become('running');
  assert.equal(wait(9000), null);
});

test('a moment is not worth a word, a longer one is, once', ({ mock }) => {
  const { camera, wait } = scene(mock);
  for (let times = 0; times < 5; times += 1) {
    camera.become('closed:graphics');
    assert.equal(wait(1500), null);
    camera.become('running');
    assert.equal(wait(1500), null);
  }
  camera.become('closed:graphics');
  for (let times = 0; times < 5; times += 1) {
    wait(500);
    camera.become('closed:graphics'); // said again whenever a parameter changes
  }
  assert.equal(wait(0).level, 'warning');
  camera.become('off');
  assert.equal(wait(9000), null);
});

test('less than was chosen is told; what the open panel says is not', ({ mock }) => {
  let open = true;
  const { camera, wait } = scene(mock, () => open);
  camera.become('running:no-own-picture');
  assert.equal(wait(1), null);
  open = false;
  camera.become('running');
  camera.become('running:no-own-picture');
  assert.deepEqual([wait(1).level, wait(1).sticky], ['warning', false]);
});
