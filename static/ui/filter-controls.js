/**
 * The controls of one filter, made from its description: the panel knows no filter by name. Each change goes to
 * the camera at once.
 */
import { dropPicture, keepPicture, loadPicture } from '../filters/effects/own-picture.js';
import { SCENES } from '../filters/effects/scenes.js';
import { filled } from '../model/sliders.js';

/** @typedef {import('../media/camera.js').Camera} Camera */
/** @typedef {import('../filters/effects/filter.js').Filter} Filter */
/** @typedef {import('../filters/effects/filter.js').Control} Control */
/** @typedef {(key: string, values?: Record<string, string>) => string} Texts */

let counter = 0;

/**
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag
 * @param {Record<string, string>} [attributes]
 * @param {(Node | string)[]} [children]
 * @returns {HTMLElementTagNameMap[K]}
 */
export function element(tag, attributes = {}, children = []) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

/** An id that no other element of the page has. */
export function freshId() {
  return `filter-${++counter}`;
}

/**
 * @param {Filter} filter
 * @param {Camera} camera
 * @param {Texts} texts
 * @returns {HTMLElement}
 */
export function filterControls(filter, camera, texts) {
  const box = element('div', { class: 'filter-controls' });
  const render = () => {
    const params = camera.params(filter.id);
    const shown = filter.controls.filter((control) => control.shown?.(params) ?? true);
    const focused = box.contains(document.activeElement);
    box.replaceChildren(...shown.map((control) => controlOf(filter, control, camera, texts, render)));
    // What was pressed is there no more; the choice that came of it is.
    if (focused) /** @type {HTMLElement | null} */ (box.querySelector('input:checked'))?.focus();
  };
  render();
  return box;
}

/**
 * @param {Filter} filter
 * @param {Control} control
 * @param {Camera} camera
 * @param {Texts} texts
 * @param {() => void} again renders the controls anew, when a value changes which ones make sense
 */
function controlOf(filter, control, camera, texts, again) {
  const key = `filter.${filter.id}.${control.key}`;
  const value = camera.params(filter.id)[control.key];
  /** @param {number | string | boolean} changed */
  const set = (changed) => camera.setFilter(filter.id, { [control.key]: changed });
  if (control.kind === 'range') return range(texts(key), control, Number(value), set);
  if (control.kind === 'switch') return toggle(texts(key), value === true, set);
  if (control.kind === 'colour') return colour(texts(key), String(value), set);
  if (control.kind === 'choice') return choice(key, control, value, texts, set);
  return pictures(filter, control, camera, texts, again);
}

/**
 * @param {string} label
 * @param {Control} control
 * @param {number} value
 * @param {(value: number) => void} set
 */
function range(label, { min = 0, max = 1, step = 0.1 }, value, set) {
  const id = freshId();
  const input = element('input', { type: 'range', id, min: `${min}`, max: `${max}`, step: `${step}` });
  input.value = String(value);
  const fill = () => {
    const [from, to] = filled(min, max, Number(input.value));
    input.style.setProperty('--from', `${from}%`);
    input.style.setProperty('--to', `${to}%`);
  };
  input.addEventListener('input', () => {
    fill();
    set(Number(input.value));
  });
  fill();
  if (min < 0) input.classList.add('two-sided');
  return element('div', { class: 'filter-row' }, [element('label', { for: id }, [label]), input]);
}

/**
 * @param {string} label
 * @param {boolean} value
 * @param {(value: boolean) => void} set
 */
function toggle(label, value, set) {
  const input = element('input', { type: 'checkbox', role: 'switch' });
  input.checked = value;
  input.addEventListener('change', () => set(input.checked));
  return element('label', { class: 'filter-row filter-switch' }, [element('span', {}, [label]), input]);
}

/**
 * @param {string} label
 * @param {string} value
 * @param {(value: string) => void} set
 */
function colour(label, value, set) {
  const id = freshId();
  const input = element('input', { type: 'color', id });
  input.value = value;
  input.addEventListener('input', () => set(input.value));
  return element('div', { class: 'filter-row' }, [element('label', { for: id }, [label]), input]);
}

/**
 * @param {string} key
 * @param {Control} control
 * @param {unknown} value
 * @param {Texts} texts
 * @param {(value: string | number) => void} set
 */
function choice(key, control, value, texts, set) {
  const values = control.values ?? [];
  const items = values.map((item) => /** @type {[string, string]} */ ([`${item}`, texts(`${key}.${item}`)]));
  return select(texts(key), items, String(value), (chosen) => {
    const found = values.find((item) => String(item) === chosen);
    if (found !== undefined) set(found);
  });
}

/**
 * @param {string} label
 * @param {[string, string][]} items value and text
 * @param {string} value
 * @param {(value: string) => void} set
 */
export function select(label, items, value, set) {
  const id = freshId();
  const box = element('select', { id }, items.map(([item, text]) => element('option', { value: item }, [text])));
  box.value = value;
  box.addEventListener('change', () => set(box.value));
  return element('div', { class: 'filter-row' }, [element('label', { for: id }, [label]), box]);
}

/**
 * Thumbnails to choose from, the own picture and the plain colour among them.
 * @param {Filter} filter
 * @param {Control} control
 * @param {Camera} camera
 * @param {Texts} texts
 * @param {() => void} again
 */
function pictures(filter, control, camera, texts, again) {
  const key = `filter.${filter.id}.${control.key}`;
  const name = freshId();
  const chosen = camera.params(filter.id)[control.key];
  const note = element('p', { class: 'filter-note', role: 'status' }, [texts(`filter.${filter.id}.kept`)]);
  const file = element('input', { type: 'file', accept: 'image/*', class: 'filter-file', tabindex: '-1' });
  file.setAttribute('aria-label', texts(`filter.${filter.id}.choose`));
  file.addEventListener('change', () => {
    const [picked] = file.files ?? [];
    if (picked !== undefined) void keep(picked);
  });
  /** @param {Blob} picked */
  const keep = async (picked) => {
    try {
      camera.setFilter(filter.id, { [control.key]: 'own', version: await keepPicture(picked) });
      again();
    } catch {
      note.textContent = texts(`filter.${filter.id}.bad`);
    }
  };
  const tiles = (control.values ?? []).map((value) => {
    const input = element('input', { type: 'radio', name, value: String(value) });
    input.checked = value === chosen;
    input.addEventListener('change', () => {
      camera.setFilter(filter.id, { [control.key]: value });
      if (value === 'own' && camera.params(filter.id).version === '') file.click();
      again();
    });
    const text = element('span', {}, [texts(`${key}.${value}`)]);
    return element('label', { class: 'filter-tile' }, [input, thumbnail(String(value), camera), text]);
  });
  const own = element('button', { type: 'button', class: 'filter-button' }, [texts(`filter.${filter.id}.choose`)]);
  own.addEventListener('click', () => file.click());
  const remove = element('button', { type: 'button', class: 'filter-button' }, [texts(`filter.${filter.id}.remove`)]);
  remove.hidden = camera.params(filter.id).version === '';
  remove.addEventListener('click', async () => {
    camera.setFilter(filter.id, { [control.key]: filter.defaults[control.key], version: '' });
    await dropPicture().catch(() => undefined); // where nothing can be kept, nothing is
    again();
  });
  const group = element('div', { class: 'filter-tiles', role: 'radiogroup' }, tiles);
  group.setAttribute('aria-label', texts(key));
  return element('div', {}, chosen === 'own' ? [group, own, remove, file, note] : [group, file]);
}

/**
 * @param {string} value
 * @param {Camera} camera
 */
function thumbnail(value, camera) {
  const canvas = element('canvas', { width: '128', height: '72', 'aria-hidden': 'true' });
  const context = canvas.getContext('2d');
  if (context === null) return canvas;
  const scene = SCENES.get(value);
  if (scene !== undefined) {
    scene(context, canvas.width, canvas.height);
    return canvas;
  }
  context.fillStyle = value === 'colour' ? String(camera.params('image').colour) : '#8884';
  context.fillRect(0, 0, canvas.width, canvas.height);
  if (value === 'own') {
    context.strokeStyle = '#888';
    context.lineWidth = 3;
    context.beginPath();
    context.arc(64, 36, 14, 0, 7);
    context.moveTo(64, 28);
    context.lineTo(64, 44);
    context.moveTo(56, 36);
    context.lineTo(72, 36);
    context.stroke();
    if (camera.params('image').version !== '') void drawOwn(context);
  }
  return canvas;
}

/** The middle of the own picture, in place of the sign for choosing one. @param {CanvasRenderingContext2D} context */
async function drawOwn(context) {
  const bitmap = await loadPicture().catch(() => null);
  if (bitmap === null) return;
  const { width, height } = context.canvas;
  const scale = Math.max(width / bitmap.width, height / bitmap.height);
  const [wide, tall] = [bitmap.width * scale, bitmap.height * scale];
  context.drawImage(bitmap, (width - wide) / 2, (height - tall) / 2, wide, tall);
  bitmap.close();
}
