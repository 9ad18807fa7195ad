/**
 * The controls of one filter, made from its description: the panel knows no filter by name. Each change goes to
 * the camera at once.
 */
import { el, uniqueId } from '../base/dom.js';
import { text } from '../base/texts.js';
import { dropPicture, keepPicture, loadPicture } from '../filters/effects/own-picture.js';
import { SCENES } from '../filters/effects/scenes.js';
import { filled } from '../model/sliders.js';

/** @typedef {import('../media/camera.js').Camera} Camera */
/** @typedef {import('../filters/effects/filter.js').Filter} Filter */
/** @typedef {import('../filters/effects/filter.js').Control} Control */
/** @typedef {(key: string, values?: Record<string, string>) => string} Texts */

/**
 * @param {Filter} filter
 * @param {Camera} camera
 * @returns {HTMLElement}
 */
export function filterControls(filter, camera) {
  const box = el('div', { class: 'filter-controls' });
  const render = () => {
    const params = camera.params(filter.id);
    const shown = filter.controls.filter((control) => control.shown?.(params) ?? true);
    const focused = box.contains(document.activeElement);
    box.replaceChildren(...shown.map((control) => controlOf(filter, control, camera, render)));
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
 * @param {() => void} again renders the controls anew, when a value changes which ones make sense
 */
function controlOf(filter, control, camera, again) {
  const key = `filter.${filter.id}.${control.key}`;
  const value = camera.params(filter.id)[control.key];
  /** @param {number | string | boolean} changed */
  const set = (changed) => camera.setFilter(filter.id, { [control.key]: changed });
  if (control.kind === 'range') return range(text(key), control, Number(value), set);
  if (control.kind === 'switch') return toggle(text(key), value === true, set);
  if (control.kind === 'colour') return colour(text(key), String(value), set);
  if (control.kind === 'choice') return choice(key, control, value, set);
  return pictures(filter, control, camera, again);
}

/**
 * @param {string} label
 * @param {Control} control
 * @param {number} value
 * @param {(value: number) => void} set
 */
function range(label, { min = 0, max = 1, step = 0.1 }, value, set) {
  const id = uniqueId('filter');
  const input = el('input', { type: 'range', id, min: `${min}`, max: `${max}`, step: `${step}` });
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
  return el('div', { class: 'filter-row' }, [el('label', { for: id }, [label]), input]);
}

/**
 * @param {string} label
 * @param {boolean} value
 * @param {(value: boolean) => void} set
 */
function toggle(label, value, set) {
  const input = el('input', { type: 'checkbox', role: 'switch' });
  input.checked = value;
  input.addEventListener('change', () => set(input.checked));
  return el('label', { class: 'filter-row filter-switch' }, [el('span', {}, [label]), input]);
}

/**
 * @param {string} label
 * @param {string} value
 * @param {(value: string) => void} set
 */
function colour(label, value, set) {
  const id = uniqueId('filter');
  const input = el('input', { type: 'color', id });
  input.value = value;
  input.addEventListener('input', () => set(input.value));
  return el('div', { class: 'filter-row' }, [el('label', { for: id }, [label]), input]);
}

/**
 * @param {string} key
 * @param {Control} control
 * @param {unknown} value
 * @param {(value: string | number) => void} set
 */
function choice(key, control, value, set) {
  const values = control.values ?? [];
  const items = values.map((item) => /** @type {[string, string]} */ ([`${item}`, text(`${key}.${item}`)]));
  return select(text(key), items, String(value), (chosen) => {
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
  const id = uniqueId('filter');
  const box = el('select', { id }, items.map(([item, label]) => el('option', { value: item }, label)));
  box.value = value;
  box.addEventListener('change', () => set(box.value));
  return el('div', { class: 'filter-row' }, [el('label', { for: id }, [label]), box]);
}

/**
 * Thumbnails to choose from, the own picture and the plain colour among them.
 * @param {Filter} filter
 * @param {Control} control
 * @param {Camera} camera
 * @param {() => void} again
 */
function pictures(filter, control, camera, again) {
  const key = `filter.${filter.id}.${control.key}`;
  const name = uniqueId('filter');
  const chosen = camera.params(filter.id)[control.key];
  const note = el('p', { class: 'filter-note', role: 'status' }, [text(`filter.${filter.id}.kept`)]);
  const file = el('input', { type: 'file', accept: 'image/*', class: 'filter-file', tabindex: '-1' });
  file.setAttribute('aria-label', text(`filter.${filter.id}.choose`));
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
      note.textContent = text(`filter.${filter.id}.bad`);
    }
  };
  const tiles = (control.values ?? []).map((value) => {
    const input = el('input', { type: 'radio', name, value: String(value) });
    input.checked = value === chosen;
    input.addEventListener('change', () => {
      camera.setFilter(filter.id, { [control.key]: value });
      if (value === 'own' && camera.params(filter.id).version === '') file.click();
      again();
    });
    const label = el('span', {}, text(`${key}.${value}`));
    return el('label', { class: 'filter-tile' }, [input, thumbnail(String(value), camera), label]);
  });
  const own = el('button', { type: 'button', class: 'filter-button' }, [text(`filter.${filter.id}.choose`)]);
  own.addEventListener('click', () => file.click());
  const remove = el('button', { type: 'button', class: 'filter-button' }, [text(`filter.${filter.id}.remove`)]);
  remove.hidden = camera.params(filter.id).version === '';
  remove.addEventListener('click', async () => {
    camera.setFilter(filter.id, { [control.key]: filter.defaults[control.key], version: '' });
    await dropPicture().catch(() => undefined); // where nothing can be kept, nothing is
    again();
  });
  const group = el('div', { class: 'filter-tiles', role: 'radiogroup' }, tiles);
  group.setAttribute('aria-label', text(key));
  return el('div', {}, chosen === 'own' ? [group, own, remove, file, note] : [group, file]);
}

/**
 * @param {string} value
 * @param {Camera} camera
 */
function thumbnail(value, camera) {
  const canvas = el('canvas', { width: '128', height: '72', 'aria-hidden': 'true' });
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
