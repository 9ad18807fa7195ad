/**
 * The dialog's content behind **Filters**: preview, choice, controls, camera settings, readout.
 *
 * Draws from the camera's description of its filters and owns nothing but its own elements; make a new one each
 * time the dialog opens, and put it on the page at once: it lets go of the camera when it is not there.
 */
import { el, uniqueId } from '../base/dom.js';
import { number, t, text } from '../base/texts.js';
import { deviceFailure } from '../media/errors.js';
import { debugView } from './filter-debug.js';
import { backgrounds } from './filter-looks.js';
import { filterControls, select } from './filter-controls.js';
import { filterWords } from './filter-notice.js';

/** @typedef {import('../media/camera.js').Camera} Camera */
/** @typedef {import('../media/camera.js').Storage} Storage */

const SIZES = ['640 × 360', '960 × 540', '1280 × 720', '1920 × 1080'];
const RATES = ['15', '24', '30', '60'];
const READOUT_MS = 500;

/**
 * @param {Camera} camera
 * @param {Storage | null} [storage] where the camera's resolution is kept
 * @param {boolean} [mirrored] whether people see themselves as in a mirror
 * @returns {HTMLElement}
 */
export function createFilterPanel(camera, storage = camera.storage, mirrored = false) {
  styled();
  const leaving = new AbortController();
  const panel = el('section', { class: 'filter-panel', 'aria-label': t('filter.title') }, [
    el('div', { class: 'filter-see' }, [
      preview(camera, leaving.signal, mirrored),
      state(camera, leaving.signal),
    ]),
    el('div', { class: 'filter-choose' }, [
      backgrounds(camera, leaving.signal),
      others(camera),
      advanced(camera, leaving.signal, storage),
    ]),
  ]);
  leaveWhenRemoved(panel, leaving);
  void camera.refresh();
  return panel;
}

/** The panel brings its own style sheet, once per page. */
function styled() {
  const { href } = new URL('../css/filters.css', import.meta.url);
  const links = [...document.querySelectorAll('link')];
  if (links.some((link) => link.href === href)) return;
  document.head.append(el('link', { rel: 'stylesheet', href }));
}

/**
 * @param {HTMLElement} panel
 * @param {AbortController} leaving
 */
function leaveWhenRemoved(panel, leaving) {
  const timer = setInterval(() => {
    if (panel.isConnected) return;
    clearInterval(timer);
    leaving.abort();
  }, READOUT_MS);
}

/**
 * @param {Camera} camera
 * @param {AbortSignal} signal
 * @param {boolean} mirrored
 */
function preview(camera, signal, mirrored) {
  const video = el('video', { class: 'filter-video', playsinline: '', 'aria-label': t('filter.preview') });
  video.muted = true;
  video.classList.toggle('mirrored', mirrored);
  const empty = el('p', { class: 'filter-empty' }, [t('filter.preview.closed')]);
  const secret = el('span', { class: 'filter-secret' }, [t('filter.preview.private')]);
  let raw = false;
  const show = () => {
    const track = raw ? camera.source : camera.track;
    const [shown] = video.srcObject instanceof MediaStream ? video.srcObject.getVideoTracks() : [];
    if ((shown ?? null) !== track) {
      video.srcObject = track === null ? null : new MediaStream([track]);
      if (track !== null) void video.play().catch(() => undefined);
    }
    empty.hidden = track !== null;
    video.hidden = track === null;
    secret.hidden = !raw || track === null;
  };
  const name = uniqueId('filter');
  const ways = ['with', 'without'].map((way) => {
    const input = el('input', { type: 'radio', name });
    input.checked = way === 'with';
    input.addEventListener('change', () => {
      raw = way === 'without';
      show();
    });
    return el('label', {}, [input, el('span', {}, [text(`filter.preview.${way}`)])]);
  });
  for (const type of ['track', 'status', 'ended']) camera.addEventListener(type, show, { signal });
  signal.addEventListener('abort', () => (video.srcObject = null));
  show();
  const group = el('div', { class: 'filter-ways', role: 'radiogroup' }, ways);
  group.setAttribute('aria-label', t('filter.preview'));
  return el('div', { class: 'filter-preview' }, [
    el('div', { class: 'filter-screen' }, [video, empty, secret]),
    group,
  ]);
}

/**
 * What others see at the moment, in words.
 * @param {Camera} camera
 * @param {AbortSignal} signal
 */
function state(camera, signal) {
  const line = el('p', { class: 'filter-state', role: 'status' });
  const retry = el('button', { type: 'button', class: 'filter-button' }, [t('filter.retry')]);
  retry.addEventListener('click', () => camera.retry());
  const show = () => {
    const { state: now, reason } = camera.status;
    line.textContent = filterWords(now, reason);
    line.dataset.state = now;
    retry.hidden = now !== 'failed';
  };
  for (const type of ['status', 'track']) camera.addEventListener(type, show, { signal });
  show();
  return el('div', { class: 'filter-told' }, [line, retry]);
}

/**
 * Filters that go with any background.
 * @param {Camera} camera
 */
function others(camera) {
  const groups = camera.filters().flatMap(({ filter, label }) => {
    if (filter === null || filter.slot === 'background') return [];
    const controls = filterControls(filter, camera);
    if (filter.controls.length === 1) return [controls];
    const group = el('div', { role: 'group', class: 'filter-group' }, [
      el('h3', { id: uniqueId('filter') }, [text(label)]),
      controls,
    ]);
    group.setAttribute('aria-labelledby', group.children[0].id);
    return [group];
  });
  return el('fieldset', {}, [el('legend', {}, [t('filter.more')]), ...groups]);
}

/**
 * Resolution and frame rate; kept on the device, used at once when the camera is open.
 * @param {Camera} camera
 * @param {Storage | null} storage
 */
function cameraSettings(camera, storage) {
  const note = el('p', { class: 'filter-note', role: 'status' });
  const { width, height, frameRate } = camera.constraints;
  let size = `${width} × ${height}`;
  let rate = `${frameRate}`;
  const changed = async () => {
    const [w, h] = size.split(' × ').map(Number);
    const constraints = { width: w, height: h, frameRate: Number(rate) };
    storage?.write('filter.camera', constraints);
    note.textContent = '';
    if (!camera.isOpen) return;
    try {
      await camera.open({ ...camera.options, ...constraints });
    } catch (error) {
      if (deviceFailure(error) === 'cancelled') return; // chosen again, or switched off
      note.textContent = t('filter.camera.failed', { error: String(error) });
    }
  };
  /** @param {string[]} known @param {string} value @returns {[string, string][]} */
  const items = (known, value) => (known.includes(value) ? known : [...known, value]).map((item) => [item, item]);
  return el('fieldset', {}, [
    el('legend', {}, [t('filter.camera')]),
    select(t('filter.camera.size'), items(SIZES, size), size, (value) => {
      size = value;
      void changed();
    }),
    select(t('filter.camera.rate'), items(RATES, rate), rate, (value) => {
      rate = value;
      void changed();
    }),
    note,
  ]);
}

/**
 * Camera, figures and the debug view, for those who want to see why.
 * @param {Camera} camera
 * @param {AbortSignal} signal
 * @param {Storage | null} storage
 */
function advanced(camera, signal, storage) {
  const line = el('p', { class: 'filter-figures' });
  const model = el('p', { class: 'filter-figures' });
  const show = () => {
    const stats = camera.stats();
    const none = stats === null || stats.model === '';
    /** @param {number} value */
    const ms = (value) => number(value, { minimumFractionDigits: 1, maximumFractionDigits: 1 });
    line.textContent = stats === null ? t('filter.details.none') : t('filter.details.line', {
      fps: stats.fps, latency: ms(stats.latency), main: ms(stats.main), segment: ms(stats.segment), rest: ms(stats.rest),
    });
    model.textContent = none ? '' : t('filter.details.model', {
      model: text(`filter.model.${stats.model}`), width: stats.width, height: stats.height,
      path: text(`filter.path.${stats.path}`),
    });
  };
  const timer = setInterval(show, READOUT_MS);
  signal.addEventListener('abort', () => clearInterval(timer));
  show();
  return el('details', { class: 'filter-details' }, [
    el('summary', {}, [t('filter.details')]),
    cameraSettings(camera, storage),
    line,
    model,
    debugView(camera, signal),
  ]);
}
