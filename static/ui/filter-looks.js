// @ts-check
/**
 * The backgrounds side by side, as small pictures: none, blurs, images, one's own and a plain colour; below them what can
 * be set of the chosen one. Draws from the filters' descriptions; owns its elements.
 */
import { el, uniqueId } from '../base/dom.js';
import { t, text } from '../base/texts.js';
import { dropPicture, keepPicture, loadPicture } from '../filters/effects/own-picture.js';
import { SCENES } from '../filters/effects/scenes.js';
import { filterControls } from './filter-controls.js';

/** @typedef {import('../media/camera.js').Camera} Camera */
/** @typedef {import('../media/camera.js').FilterEntry} FilterEntry */
/** @typedef {{entry: FilterEntry, look: import('../filters/effects/filter.js').Look | null}} Option */

/** Pixels of the picture's blur for a thumbnail, by the strength of the filter. */
const BLUR = 9;

/** @param {Camera} camera @param {AbortSignal} signal */
export function backgrounds(camera, signal) {
  const settings = el('div');
  const list = el('div', { class: 'filter-tiles', role: 'radiogroup', 'aria-label': t('filter.background') });
  const why = el('p', { class: 'filter-note' });
  const name = uniqueId('filter');
  const render = () => {
    const focused = list.contains(document.activeElement) ? /** @type {HTMLInputElement} */ (document.activeElement).value : null;
    const options = camera.filters().flatMap((entry) => optionsOf(entry));
    list.replaceChildren(...options.map((option) => tile(option, name, camera, choose)));
    if (focused !== null) for (const input of list.querySelectorAll('input')) if (input.value === focused) input.focus();
    const reason = options.find(({ entry }) => !entry.available)?.entry.reason ?? '';
    why.textContent = reason && text(reason);
    showSettings();
  };
  const showSettings = () => {
    const { background } = camera.choice;
    const filter = camera.filters().find(({ id, filter }) => filter?.slot === 'background' && id === background?.id)?.filter;
    settings.replaceChildren(
      ...(background?.params.picture === 'own' ? [own] : []),
      ...(filter ? [filterControls(filter, camera)] : []),
    );
  };
  const own = ownImage(camera, render);
  /** @param {Option} option */
  const choose = ({ entry, look }) => {
    camera.setFilter(entry.id, look?.params);
    showSettings();
    if (look?.name === 'own' && camera.params(entry.id).version === '') own.querySelector('input')?.click();
  };
  camera.addEventListener('filters', render, { signal });
  render();
  return el('fieldset', {}, [el('legend', {}, [t('filter.background')]), list, why, settings]);
}

/** @param {FilterEntry} entry @returns {Option[]} */
function optionsOf(entry) {
  if (entry.filter === null) return [{ entry, look: null }];
  if (entry.filter.slot !== 'background') return [];
  return (entry.filter.looks ?? []).map((look) => ({ entry, look }));
}

/** @param {Option} option @param {string} name @param {Camera} camera @param {(option: Option) => void} choose */
function tile(option, name, camera, choose) {
  const { entry, look } = option;
  const input = el('input', { type: 'radio', name, value: look ? `${entry.id} ${look.name}` : entry.id });
  const background = camera.choice.background;
  input.checked = look ? background?.id === entry.id && look.chosen(background.params) : background === undefined;
  input.disabled = !entry.available && !input.checked;
  input.addEventListener('change', () => choose(option));
  const label = look ? text(`filter.${entry.id}.look.${look.name}`) : text(entry.label);
  return el('label', { class: 'filter-tile' }, [input, thumbnail(look, camera), el('span', {}, label)]);
}

/** The file behind the own image, and what to do about it. @param {Camera} camera @param {() => void} again */
function ownImage(camera, again) {
  const note = el('p', { class: 'filter-note', role: 'status' }, [t('filter.image.kept')]);
  const file = el('input', { type: 'file', accept: 'image/*', class: 'filter-file', tabindex: '-1' });
  file.setAttribute('aria-label', t('filter.image.choose'));
  file.addEventListener('change', async () => {
    const [picked] = file.files ?? [];
    if (picked === undefined) return;
    try {
      camera.setFilter('image', { picture: 'own', version: await keepPicture(picked) });
      again();
    } catch {
      note.textContent = t('filter.image.bad');
    }
  });
  const choose = el('button', { type: 'button', class: 'filter-button' }, [t('filter.image.choose')]);
  choose.addEventListener('click', () => file.click());
  const remove = el('button', { type: 'button', class: 'filter-button' }, [t('filter.image.remove')]);
  remove.addEventListener('click', async () => {
    camera.setFilter('image', { picture: SCENES.keys().next().value ?? '', version: '' });
    await dropPicture().catch(() => undefined); // where nothing can be kept, nothing is
    again();
  });
  return el('div', {}, [choose, remove, file, note]);
}

/** @param {Option['look']} look @param {Camera} camera */
function thumbnail(look, camera) {
  const canvas = el('canvas', { width: '128', height: '72', 'aria-hidden': 'true' });
  const context = canvas.getContext('2d');
  if (context === null) return canvas;
  const { width, height } = canvas;
  const scene = SCENES.get(look?.name ?? '');
  const strength = look?.params.strength;
  if (scene !== undefined) scene(context, width, height);
  else if (typeof strength === 'number') blurred(context, strength);
  else if (look?.name === 'colour') fill(context, String(camera.params('image').colour));
  else {
    fill(context, '#8883');
    sign(context, look === null);
    if (look?.name === 'own' && camera.params('image').version !== '') void drawOwn(context);
  }
  return canvas;
}

/** @param {CanvasRenderingContext2D} context @param {string} colour */
function fill(context, colour) {
  context.fillStyle = colour;
  context.fillRect(0, 0, context.canvas.width, context.canvas.height);
}

/** A room out of focus, with somebody in it who is not. @param {CanvasRenderingContext2D} context @param {number} strength */
function blurred(context, strength) {
  const { width, height } = context.canvas;
  const room = el('canvas', { width, height });
  const pen = room.getContext('2d');
  if (pen) SCENES.get('library')?.(pen, width, height);
  context.filter = `blur(${strength * BLUR}px)`;
  context.drawImage(room, -8, -5, width + 16, height + 10);
  context.filter = 'none';
  context.fillStyle = '#e8c4ae';
  context.beginPath();
  context.arc(width / 2, height * 0.42, height * 0.18, 0, 7);
  context.fill();
  context.fillStyle = '#3d5a80';
  context.beginPath();
  context.ellipse(width / 2, height * 1.02, height * 0.42, height * 0.36, 0, 0, 7);
  context.fill();
}

/** A circle with a slash, or with a plus. @param {CanvasRenderingContext2D} context @param {boolean} none */
function sign(context, none) {
  context.strokeStyle = '#888';
  context.lineWidth = 3;
  context.beginPath();
  context.arc(64, 36, 14, 0, 7);
  if (none) {
    context.moveTo(54.1, 26.1);
    context.lineTo(73.9, 45.9);
  } else {
    context.moveTo(64, 28);
    context.lineTo(64, 44);
    context.moveTo(56, 36);
    context.lineTo(72, 36);
  }
  context.stroke();
}

/** The middle of the own image, in place of the sign for choosing one. @param {CanvasRenderingContext2D} context */
async function drawOwn(context) {
  const bitmap = await loadPicture().catch(() => null);
  if (bitmap === null) return;
  const { width, height } = context.canvas;
  const scale = Math.max(width / bitmap.width, height / bitmap.height);
  const [wide, tall] = [bitmap.width * scale, bitmap.height * scale];
  context.drawImage(bitmap, (width - wide) / 2, (height - tall) / 2, wide, tall);
  bitmap.close();
}
