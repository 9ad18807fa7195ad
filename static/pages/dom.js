/**
 * Elements without markup strings: `h('p', {class: 'hint'}, 'text', child)`.
 * Text is always text. Properties that start with `on` are listeners.
 * @module
 */

/** @typedef {Node | string | number | null | undefined | false} Child */

/**
 * @param {string} tag
 * @param {Record<string, unknown>} [properties] attributes; `onclick` and the like are listeners; `false`,
 *   `null` and `undefined` leave an attribute out, `true` sets it empty
 * @param {...(Child | Child[])} children
 * @returns {HTMLElement}
 */
export function h(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (typeof value === 'function') {
      element.addEventListener(name.slice(2), /** @type {EventListener} */ (value));
    } else if (value === true) {
      element.setAttribute(name, '');
    } else if (value !== false && value !== null && value !== undefined) {
      element.setAttribute(name, String(value));
    }
  }
  append(element, children.flat());
  return element;
}

/**
 * @param {Element} element
 * @param {Child[]} children
 */
function append(element, children) {
  for (const child of children) {
    if (child === null || child === undefined || child === false) continue;
    element.append(child instanceof Node ? child : String(child));
  }
}

/**
 * Replace everything inside an element.
 * @param {Element} element
 * @param {...(Child | Child[])} children
 */
export function fill(element, ...children) {
  element.replaceChildren();
  append(element, children.flat());
}

let fields = 0;

/**
 * A labelled field.
 * @param {string} label
 * @param {HTMLElement} input an input, select or textarea
 * @param {Child} [hint]
 * @returns {HTMLElement}
 */
export function field(label, input, hint) {
  input.id ||= `field-${++fields}`;
  const explanation = hint ? h('p', { class: 'hint', id: `${input.id}-hint` }, hint) : null;
  if (explanation) input.setAttribute('aria-describedby', explanation.id);
  if (input instanceof HTMLInputElement && input.type === 'checkbox') {
    return h('div', { class: 'field' }, h('label', { class: 'check' }, input, h('span', {}, label, explanation)));
  }
  return h('div', { class: 'field' }, h('label', { for: input.id }, label), input, explanation);
}

/**
 * A modal dialog with a form. Resolves with what `submit` returns, or null when the person closes it. An error that
 * `submit` throws is shown in the dialog, which stays open.
 * @template T
 * @param {{title: string, body: Child[], confirm: string, cancel: string, danger?: boolean,
 *   submit: () => Promise<T> | T}} options
 * @returns {Promise<T | null>}
 */
export function ask({ title, body, confirm, cancel, danger, submit }) {
  return new Promise((resolve) => {
    const error = h('p', { class: 'notice bad', role: 'alert' });
    const dialog = /** @type {HTMLDialogElement} */ (h('dialog', { 'aria-label': title }));
    /** @type {T | null} */
    let result = null;
    const form = h('form', {
      onsubmit: async (/** @type {Event} */ event) => {
        event.preventDefault();
        try {
          result = await submit();
          dialog.close();
        } catch (reason) {
          error.textContent = reason instanceof Error ? reason.message : String(reason);
        }
      },
    }, h('h2', {}, title), ...body, error, h('div', { class: 'toolbar' },
      h('button', { type: 'button', onclick: () => dialog.close() }, cancel),
      h('button', { type: 'submit', class: danger ? 'primary danger' : 'primary' }, confirm)));
    dialog.addEventListener('close', () => {
      dialog.remove();
      resolve(result);
    });
    dialog.append(form);
    document.body.append(dialog);
    dialog.showModal();
  });
}
