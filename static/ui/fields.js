// @ts-check
/** Fields bound to settings: a switch or a choice that stores what is chosen and follows what others store. */
import { text } from '../base/texts.js';
import { CHOICES } from '../model/settings.js';
import { el, uniqueId } from '../base/dom.js';

/** @typedef {import('../model/settings.js').Values} Values */
/** @typedef {import('../model/settings.js').Settings} Settings */

/**
 * @param {Settings} settings
 * @param {keyof Values} key
 * @param {string} label  key of the text
 * @param {string} [hint]
 */
export function switchField(settings, key, label, hint) {
  const id = uniqueId('setting');
  const input = el('input', {
    id,
    type: 'checkbox',
    role: 'switch',
    class: 'switch',
    checked: Boolean(settings.get(key)),
    'data-setting': key,
    ...(hint ? { 'aria-describedby': `${id}-hint` } : {}),
    onchange: () => settings.set(key, /** @type {any} */ (input.checked)),
  });
  return el(
    'div',
    { class: 'field-switch' },
    el(
      'div',
      {},
      el('label', { for: id }, text(label)),
      hint && el('p', { class: 'hint', id: `${id}-hint` }, text(hint)),
    ),
    input,
  );
}

/**
 * @param {Settings} settings
 * @param {keyof typeof CHOICES} key
 * @param {string} label
 * @param {string} [hint]
 */
export function choiceField(settings, key, label, hint) {
  const id = uniqueId('setting');
  const select = el(
    'select',
    { id, 'data-setting': key, onchange: () => settings.set(key, /** @type {any} */ (select.value)) },
    ...CHOICES[key].map((value) =>
      el('option', { value, selected: settings.get(key) === value }, text(`settings.${key}.${value}`)),
    ),
  );
  return el(
    'div',
    { class: 'field' },
    el('label', { for: id }, text(label)),
    select,
    hint && el('p', { class: 'hint' }, text(hint)),
  );
}
