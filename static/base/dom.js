// @ts-check
/**
 * Makes elements. Text is always text: there is no way in here for markup in strings.
 */

/** @typedef {Node | string | number | false | null | undefined} Child */

/**
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag
 * @param {Record<string, any>} [properties]  `class`, `on…` listeners, `data-…`/`aria-…`/other attributes;
 *   false, null and undefined leave an attribute out
 * @param {...(Child | Child[])} children
 * @returns {HTMLElementTagNameMap[K]}
 */
export function el(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (typeof value === 'function') element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, '');
    else if (value !== false && value !== null && value !== undefined)
      element.setAttribute(name, String(value));
  }
  append(element, children);
  return element;
}

/** @param {Element} element @param {(Child | Child[])[]} children */
export function append(element, children) {
  for (const child of children.flat()) {
    if (child === false || child === null || child === undefined) continue;
    element.append(child instanceof Node ? child : String(child));
  }
}

/** Replaces everything inside an element. @param {Element} element @param {...(Child | Child[])} children */
export function fill(element, ...children) {
  element.replaceChildren();
  append(element, children);
}

let count = 0;

/** An id that nobody else has. @param {string} prefix */
export function uniqueId(prefix) {
  count += 1;
  return `${prefix}-${count}`;
}

/** Calls once per frame, however often it is asked. @param {() => void} update */
export function perFrame(update) {
  let pending = false;
  return () => {
    if (pending) return;
    pending = true;
    const run = () => {
      if (!pending) return;
      pending = false;
      update();
    };
    requestAnimationFrame(run);
    // Hidden pages get no frames, but their state must follow all the same.
    setTimeout(run, 250);
  };
}

/** Calls when an element's size changes, as far as the browser tells. @param {Element} element @param {() => void} changed */
export function onResize(element, changed) {
  if (typeof globalThis.ResizeObserver === 'function') new ResizeObserver(changed).observe(element);
  else addEventListener('resize', changed);
}

/** Copies text; false if the browser refuses. @param {string} text */
export async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}
