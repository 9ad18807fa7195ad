/**
 * The controls of one filter, made from its description: the panel knows no filter by name. Each change goes to
 * the camera at once.
 */
import { el, uniqueId } from '../base/dom.js';
import { text } from '../base/texts.js';
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
  const params = camera.params(filter.id);
  const shown = filter.controls.filter((control) => control.shown?.(params) ?? true);
  box.append(...shown.map((control) => controlOf(filter, control, camera)));
  return box;
}

/**
 * @param {Filter} filter
 * @param {Control} control
 * @param {Camera} camera
 */
function controlOf(filter, control, camera) {
  const key = `filter.${filter.id}.${control.key}`;
  const value = camera.params(filter.id)[control.key];
  /** @param {number | string | boolean} changed */
  const set = (changed) => camera.setFilter(filter.id, { [control.key]: changed });
  if (control.kind === 'range') return range(text(key), control, Number(value), set);
  if (control.kind === 'switch') return toggle(text(key), value === true, set);
  if (control.kind === 'colour') return colour(text(key), String(value), set);
  return choice(key, control, value, set);
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
