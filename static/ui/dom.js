// @ts-check
/**
 * Makes elements. Text is always text: there is no way in here for markup in strings.
 */
import { ICONS } from './icons.js';

const SVG = 'http://www.w3.org/2000/svg';

/** @typedef {Node | string | number | false | null | undefined} Child */

/**
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag
 * @param {Record<string, any>} [properties]  `class`, `on…` listeners, `data-…`/`aria-…`/other attributes;
 *   false, null and undefined leave an attribute out
 * @param {...Child} children
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

/** @param {Element} element @param {Child[]} children */
export function append(element, children) {
  for (const child of children) {
    if (child === false || child === null || child === undefined) continue;
    element.append(child instanceof Node ? child : String(child));
  }
}

/** @typedef {keyof typeof ICONS} IconName */

/** @param {IconName} name */
export function icon(name) {
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('viewBox', '0 0 24 24');
  svg.setAttribute('class', name === 'more' ? 'icon icon-dots' : 'icon');
  svg.setAttribute('aria-hidden', 'true');
  for (const d of ICONS[name]) {
    const path = document.createElementNS(SVG, 'path');
    path.setAttribute('d', d);
    svg.append(path);
  }
  return svg;
}

/**
 * A round button with a picture and a name for those who do not see it.
 * @param {IconName} name @param {string} label @param {Record<string, any>} [properties]
 */
export function iconButton(name, label, properties = {}) {
  const { class: more = '', ...rest } = properties;
  return el(
    'button',
    { type: 'button', class: `icon-button ${more}`, 'aria-label': label, title: label, ...rest },
    icon(name),
  );
}

/** Exchanges picture and name of an icon button. @param {HTMLElement} button @param {IconName} name @param {string} label */
export function relabel(button, name, label) {
  if (button.getAttribute('aria-label') === label && button.dataset.icon === name) return;
  button.dataset.icon = name;
  button.setAttribute('aria-label', label);
  button.title = label;
  button.querySelector('svg.icon')?.replaceWith(icon(name));
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
