/**
 * The dialog's content behind **Filters**: preview, choice, controls, camera settings, readout.
 *
 * Draws from the camera's description of its filters and owns nothing but its own elements; make a new one each
 * time the dialog opens, and put it on the page at once: it lets go of the camera when it is not there.
 */
import { deviceFailure } from '../media/errors.js';
import { debugView } from './filter-debug.js';
import { element, filterControls, freshId, select } from './filter-controls.js';
import { textsWithDefaults } from './filter-texts.js';

/** @typedef {import('../media/camera.js').Camera} Camera */
/** @typedef {import('./filter-controls.js').Texts} Texts */
/** @typedef {import('../media/camera.js').Storage} Storage */

const SIZES = ['640 × 360', '960 × 540', '1280 × 720', '1920 × 1080'];
const RATES = ['15', '24', '30', '60'];
const READOUT_MS = 500;

/**
 * @param {Camera} camera
 * @param {(key: string, values?: Record<string, string>) => string | undefined} [table] texts of the page; those
 *   it does not know are shown in English
 * @param {Storage | null} [storage] where the camera's resolution is kept
 * @param {boolean} [mirrored] whether people see themselves as in a mirror
 * @returns {HTMLElement}
 */
export function createFilterPanel(camera, table, storage = camera.storage, mirrored = false) {
  styled();
  const texts = textsWithDefaults(table);
  const leaving = new AbortController();
  const panel = element('section', { class: 'filter-panel', 'aria-label': texts('filter.title') }, [
    element('div', { class: 'filter-see' }, [
      preview(camera, texts, leaving.signal, mirrored),
      state(camera, texts, leaving.signal),
    ]),
    element('div', { class: 'filter-choose' }, [
      backgrounds(camera, texts, leaving.signal),
      others(camera, texts),
      advanced(camera, texts, leaving.signal, storage),
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
  document.head.append(element('link', { rel: 'stylesheet', href }));
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
 * @param {Texts} texts
 * @param {AbortSignal} signal
 * @param {boolean} mirrored
 */
function preview(camera, texts, signal, mirrored) {
  const video = element('video', { class: 'filter-video', playsinline: '', 'aria-label': texts('filter.preview') });
  video.muted = true;
  video.classList.toggle('mirrored', mirrored);
  const empty = element('p', { class: 'filter-empty' }, [texts('filter.preview.closed')]);
  const secret = element('span', { class: 'filter-secret' }, [texts('filter.preview.private')]);
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
  const name = freshId();
  const ways = ['with', 'without'].map((way) => {
    const input = element('input', { type: 'radio', name });
    input.checked = way === 'with';
    input.addEventListener('change', () => {
      raw = way === 'without';
      show();
    });
    return element('label', {}, [input, element('span', {}, [texts(`filter.preview.${way}`)])]);
  });
  for (const type of ['track', 'status', 'ended']) camera.addEventListener(type, show, { signal });
  signal.addEventListener('abort', () => (video.srcObject = null));
  show();
  const group = element('div', { class: 'filter-ways', role: 'radiogroup' }, ways);
  group.setAttribute('aria-label', texts('filter.preview'));
  return element('div', { class: 'filter-preview' }, [
    element('div', { class: 'filter-screen' }, [video, empty, secret]),
    group,
  ]);
}

/**
 * What others see at the moment, in words.
 * @param {Camera} camera
 * @param {Texts} texts
 * @param {AbortSignal} signal
 */
function state(camera, texts, signal) {
  const line = element('p', { class: 'filter-state', role: 'status' });
  const retry = element('button', { type: 'button', class: 'filter-button' }, [texts('filter.retry')]);
  retry.addEventListener('click', () => camera.retry());
  const show = () => {
    const { state: now, reason } = camera.status;
    const why = reason === '' ? '' : ` ${texts(`filter.reason.${reason}`)}`;
    line.textContent = texts(`filter.state.${now}`) + why;
    line.dataset.state = now;
    retry.hidden = now !== 'failed';
  };
  for (const type of ['status', 'track']) camera.addEventListener(type, show, { signal });
  show();
  return element('div', { class: 'filter-told' }, [line, retry]);
}

/**
 * None, blur, picture: one at a time.
 * @param {Camera} camera
 * @param {Texts} texts
 * @param {AbortSignal} signal
 */
function backgrounds(camera, texts, signal) {
  const controls = element('div');
  const list = element('div', { class: 'filter-cards' });
  const name = freshId();
  let shownFor = '';
  const showControls = () => {
    const entry = camera.filters().find(({ id, filter }) => filter?.slot === 'background' && id === chosen());
    if (shownFor === (entry?.id ?? 'none')) return;
    shownFor = entry?.id ?? 'none';
    controls.replaceChildren(...(entry?.filter ? [filterControls(entry.filter, camera, texts)] : []));
  };
  const chosen = () => camera.choice.background?.id ?? 'none';
  const render = () => {
    const focused = document.activeElement instanceof HTMLInputElement ? document.activeElement.value : '';
    const entries = camera.filters().filter(({ filter }) => filter === null || filter.slot === 'background');
    list.replaceChildren(...entries.map((entry) => card(entry, name, chosen(), texts, choose)));
    for (const input of list.querySelectorAll('input')) if (input.value === focused) input.focus();
    showControls();
  };
  /** @param {string} id */
  const choose = (id) => {
    camera.setFilter(id);
    showControls();
  };
  camera.addEventListener('filters', render, { signal });
  render();
  return element('fieldset', {}, [element('legend', {}, [texts('filter.background')]), list, controls]);
}

/**
 * @param {import('../media/camera.js').FilterEntry} entry
 * @param {string} name
 * @param {string} chosen
 * @param {Texts} texts
 * @param {(id: string) => void} choose
 */
function card(entry, name, chosen, texts, choose) {
  const input = element('input', { type: 'radio', name, value: entry.id });
  input.checked = entry.id === chosen;
  input.disabled = !entry.available && !input.checked;
  input.addEventListener('change', () => choose(entry.id));
  const hint = element('small', { id: freshId() }, [texts(entry.reason === '' ? `${entry.label}.hint` : entry.reason)]);
  input.setAttribute('aria-describedby', hint.id);
  return element('label', { class: 'filter-card' }, [
    input,
    element('span', {}, [element('strong', {}, [texts(entry.label)]), hint]),
  ]);
}

/**
 * Filters that go with any background.
 * @param {Camera} camera
 * @param {Texts} texts
 */
function others(camera, texts) {
  const groups = camera.filters().flatMap(({ filter, label }) => {
    if (filter === null || filter.slot === 'background') return [];
    const controls = filterControls(filter, camera, texts);
    if (filter.controls.length === 1) return [controls];
    const group = element('div', { role: 'group', class: 'filter-group' }, [
      element('h3', { id: freshId() }, [texts(label)]),
      controls,
    ]);
    group.setAttribute('aria-labelledby', group.children[0].id);
    return [group];
  });
  return element('fieldset', {}, [element('legend', {}, [texts('filter.more')]), ...groups]);
}

/**
 * Resolution and frame rate; kept on the device, used at once when the camera is open.
 * @param {Camera} camera
 * @param {Texts} texts
 * @param {Storage | null} storage
 */
function cameraSettings(camera, texts, storage) {
  const note = element('p', { class: 'filter-note', role: 'status' });
  const { width, height, frameRate } = camera.wishes;
  let size = `${width} × ${height}`;
  let rate = `${frameRate}`;
  const changed = async () => {
    const [w, h] = size.split(' × ').map(Number);
    const wishes = { width: w, height: h, frameRate: Number(rate) };
    storage?.write('filter.camera', wishes);
    note.textContent = '';
    if (!camera.isOpen) return;
    try {
      await camera.open({ ...camera.options, ...wishes });
    } catch (error) {
      if (deviceFailure(error) === 'cancelled') return; // chosen anew, or switched off
      note.textContent = texts('filter.camera.failed', { error: String(error) });
    }
  };
  /** @param {string[]} known @param {string} value @returns {[string, string][]} */
  const items = (known, value) => (known.includes(value) ? known : [...known, value]).map((item) => [item, item]);
  return element('fieldset', {}, [
    element('legend', {}, [texts('filter.camera')]),
    select(texts('filter.camera.size'), items(SIZES, size), size, (value) => {
      size = value;
      void changed();
    }),
    select(texts('filter.camera.rate'), items(RATES, rate), rate, (value) => {
      rate = value;
      void changed();
    }),
    note,
  ]);
}

/**
 * Camera, figures and the debug view, for those who want to see why.
 * @param {Camera} camera
 * @param {Texts} texts
 * @param {AbortSignal} signal
 * @param {Storage | null} storage
 */
function advanced(camera, texts, signal, storage) {
  const line = element('p', { class: 'filter-figures' });
  const model = element('p', { class: 'filter-figures' });
  const show = () => {
    const stats = camera.stats();
    const none = stats === null || stats.model === '';
    /** @param {number} value */
    const ms = (value) => value.toFixed(1);
    line.textContent = stats === null ? texts('filter.details.none') : texts('filter.details.line', {
      fps: `${stats.fps}`, latency: ms(stats.latency), main: ms(stats.main), segment: ms(stats.segment), rest: ms(stats.rest),
    });
    model.textContent = none ? '' : texts('filter.details.model', {
      model: texts(`filter.model.${stats.model}`), width: `${stats.width}`, height: `${stats.height}`,
      path: texts(`filter.path.${stats.path}`),
    });
  };
  const timer = setInterval(show, READOUT_MS);
  signal.addEventListener('abort', () => clearInterval(timer));
  show();
  return element('details', { class: 'filter-details' }, [
    element('summary', {}, [texts('filter.details')]),
    cameraSettings(camera, texts, storage),
    line,
    model,
    debugView(camera, texts, signal),
  ]);
}
