// @ts-check
/** Labelled fields and questions of the document pages; a dialog of the room is ui/dialog.js. */
import { el, uniqueId } from './dom.js';

/**
 * A labelled field.
 * @param {string} label
 * @param {HTMLElement} input an input, select or textarea
 * @param {import('./dom.js').Child} [hint]
 * @returns {HTMLElement}
 */
export function field(label, input, hint) {
  input.id ||= uniqueId('field');
  const explanation = hint ? el('p', { class: 'hint', id: `${input.id}-hint` }, hint) : null;
  if (explanation) input.setAttribute('aria-describedby', explanation.id);
  if (input instanceof HTMLInputElement && input.type === 'checkbox') {
    return el('div', { class: 'field' }, el('label', { class: 'check' }, input, el('span', {}, label, explanation)));
  }
  return el('div', { class: 'field' }, el('label', { for: input.id }, label), input, explanation);
}

/**
 * A modal dialog with a form. Resolves with what `submit` returns, or null when the person closes it. An error that
 * `submit` throws is shown in the dialog, which stays open.
 * @template T
 * @param {{title: string, body: import('./dom.js').Child[], confirm: string, cancel?: string, danger?: boolean,
 *   submit: () => Promise<T> | T}} options
 * @returns {Promise<T | null>}
 */
export function ask({ title, body, confirm, cancel, danger, submit }) {
  return new Promise((resolve) => {
    const error = el('p', { class: 'notice bad', role: 'alert' });
    const dialog = el('dialog', { 'aria-label': title });
    /** @type {T | null} */
    let result = null;
    const form = el('form', {
      onsubmit: async (/** @type {Event} */ event) => {
        event.preventDefault();
        try {
          result = await submit();
          dialog.close();
        } catch (reason) {
          error.textContent = reason instanceof Error ? reason.message : String(reason);
        }
      },
    }, el('h2', {}, title), ...body, error, el('div', { class: 'toolbar' },
      cancel ? el('button', { type: 'button', onclick: () => dialog.close() }, cancel) : null,
      el('button', { type: 'submit', class: danger ? 'primary danger' : 'primary' }, confirm)));
    dialog.addEventListener('close', () => {
      dialog.remove();
      resolve(result);
    });
    dialog.append(form);
    document.body.append(dialog);
    dialog.showModal();
  });
}
