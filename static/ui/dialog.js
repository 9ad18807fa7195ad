// @ts-check
/** Modal dialogs on the platform's own element: focus stays inside, Escape closes, focus returns. */
import { t } from '../base/texts.js';
import { append, el, uniqueId } from '../base/dom.js';
import { iconButton } from './icons.js';

/** Told to the document: another dialog is in front now, or none. */
export const DIALOG_IN_FRONT = 'dialoginfront';

/** The dialog in front, beside which nothing can be pressed or is read out; null while there is none. */
export function frontDialog() {
  return [...document.querySelectorAll('dialog')].filter((dialog) => dialog.open).at(-1) ?? null;
}

/**
 * @param {string} title
 * @param {import('../base/dom.js').Child[]} body
 * @param {{wide?: boolean, side?: boolean, onclose?: () => void, id?: string}} [options]  side: beside what it is about
 * @returns {HTMLDialogElement}
 */
export function openDialog(title, body, { wide = false, side = false, onclose, id = '' } = {}) {
  const label = uniqueId('dialog');
  const dialog = el('dialog', {
    class: `dialog${wide ? ' wide' : ''}${side ? ' side' : ''}`,
    'aria-labelledby': label,
    tabindex: '-1',
    ...(id ? { id } : {}),
  });
  const head = el(
    'header',
    { class: 'dialog-head' },
    el('h2', { id: label }, title),
    iconButton('close', t('dialog.close'), { onclick: () => dialog.close() }),
  );
  const content = el('div', { class: 'dialog-body' });
  append(content, body);
  dialog.append(head, content);
  dialog.addEventListener('close', () => {
    document.dispatchEvent(new Event(DIALOG_IN_FRONT));
    dialog.remove();
    onclose?.();
  });
  // A click beside the dialog closes it; one that began inside (selecting text) does not.
  dialog.addEventListener('pointerdown', (event) => {
    if (event.target === dialog) dialog.close();
  });
  document.body.append(dialog);
  dialog.showModal();
  // Otherwise the first to have the focus would be the button that closes it.
  dialog.focus();
  document.dispatchEvent(new Event(DIALOG_IN_FRONT));
  return dialog;
}

/** Closes every open dialog as its own button would: what was asked in one stays unanswered. */
export function closeDialogs() {
  for (const dialog of document.querySelectorAll('dialog')) dialog.close();
}

/**
 * Asks for a line of text; null when the person thinks better of it.
 * @param {{title: string, label: string, confirm: string, text?: string, value?: string, placeholder?: string, danger?: boolean}} options
 * @returns {Promise<string | null>}
 */
export function askText({ title, label, confirm, text = '', value = '', placeholder = '', danger = false }) {
  return new Promise((resolve) => {
    const id = uniqueId('ask');
    const input = el('input', {
      id,
      type: 'text',
      dir: 'auto',
      value,
      placeholder,
      maxlength: '500',
      autocomplete: 'off',
    });
    /** @type {string | null} */
    let answer = null;
    const form = el(
      'form',
      { method: 'dialog', onsubmit: () => (answer = input.value.trim()) },
      text && el('p', {}, text),
      el('div', { class: 'field' }, el('label', { for: id }, label), input),
      el(
        'div',
        { class: 'dialog-actions' },
        el('button', { type: 'button', class: 'button', onclick: () => dialog.close() }, t('dialog.cancel')),
        el('button', { type: 'submit', class: danger ? 'button danger' : 'button primary' }, confirm),
      ),
    );
    const dialog = openDialog(title, [form], { onclose: () => resolve(answer) });
    input.focus();
  });
}

/**
 * Asks whether something shall be done that cannot be taken back.
 * @param {{title: string, text: string, confirm: string}} options
 * @returns {Promise<boolean>}
 */
export function confirm({ title, text, confirm: label }) {
  return new Promise((resolve) => {
    let sure = false;
    const cancel = el(
      'button',
      { type: 'button', class: 'button', onclick: () => dialog.close() },
      t('dialog.cancel'),
    );
    const form = el(
      'form',
      { method: 'dialog', onsubmit: () => (sure = true) },
      el('p', {}, text),
      el(
        'div',
        { class: 'dialog-actions' },
        cancel,
        el('button', { type: 'submit', class: 'button danger' }, label),
      ),
    );
    const dialog = openDialog(title, [form], { onclose: () => resolve(sure) });
    cancel.focus();
  });
}
