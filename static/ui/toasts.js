// @ts-check
/**
 * Short notices that come and go: what happened and what to do. Read out by screen readers; errors at once.
 * They live in the top layer, so that an open dialog does not hide them, and inside that dialog, because whatever
 * is outside of it can neither be pressed nor read out.
 */
import { t } from '../base/texts.js';
import { DIALOG_IN_FRONT, frontDialog } from './dialog.js';
import { el } from '../base/dom.js';
import { icon, iconButton } from './icons.js';

/** Milliseconds; long texts stay longer. */
const BRIEF_MS = 5000;
const PER_CHARACTER_MS = 60;
const MOST = 4;
/** Where they would cover too much of the meeting, and how many there may be then. */
const SMALL = '(max-width: 640px), (max-height: 480px)';
const MOST_SMALL = 2;

/** @typedef {'info' | 'good' | 'warning' | 'error'} Level */
/** @typedef {{label: string, run: () => void}} ToastAction */

export class Toasts {
  element = el('div', {
    class: 'toasts',
    role: 'region',
    'aria-label': t('toast.region'),
    popover: 'manual',
  });
  #list = el('div', { class: 'toasts-list' });
  /** What is read out; apart from the notices, because those come and go with the top layer. */
  #polite = el('div', { class: 'read-out', 'aria-live': 'polite' });
  #urgent = el('div', { class: 'read-out', 'aria-live': 'assertive' });
  /** @type {Map<string, HTMLElement>} */
  #keyed = new Map();

  /** @type {HTMLElement | null} */
  #parent = null;

  constructor() {
    this.element.append(this.#list);
  }

  /** Puts itself on the page. @param {HTMLElement} parent */
  mount(parent) {
    this.#parent = parent;
    this.#settle();
    document.addEventListener(DIALOG_IN_FRONT, () => this.#settle());
    document.addEventListener('fullscreenchange', () => this.#raise());
  }

  /**
   * @param {Level} level
   * @param {string} text
   * @param {{key?: string, sticky?: boolean, action?: ToastAction}} [options]  key: replaces the one of the same key
   */
  show(level, text, { key = '', sticky = false, action } = {}) {
    if (key) this.dismiss(key);
    this.#settle();
    const toast = el('div', { class: `toast toast-${level}`, 'data-level': level, 'data-sticky': sticky });
    const close = () => this.#remove(toast, key);
    toast.append(
      icon(level === 'error' || level === 'warning' ? 'warning' : level === 'good' ? 'check' : 'info'),
      el('p', { dir: 'auto' }, text),
    );
    if (action) {
      toast.append(
        el(
          'button',
          { type: 'button', class: 'toast-action', onclick: () => (close(), action.run()) },
          action.label,
        ),
      );
    }
    toast.append(iconButton('close', t('toast.dismiss'), { class: 'small', onclick: close }));
    this.#list.append(toast);
    (level === 'error' ? this.#urgent : this.#polite).textContent = text;
    if (key) this.#keyed.set(key, toast);
    if (!sticky) this.#expire(toast, close, text);
    this.#raise();
    this.#trim();
    return close;
  }

  /** @param {string} key */
  dismiss(key) {
    const toast = this.#keyed.get(key);
    if (toast) this.#remove(toast, key);
  }

  /** Takes everything back that was told. */
  clear() {
    for (const told of [this.#list, this.#polite, this.#urgent]) told.replaceChildren();
    this.#keyed.clear();
    if (this.element.matches(':popover-open')) this.element.hidePopover();
  }

  /** Not while somebody reads or is about to press. @param {HTMLElement} toast @param {() => void} close @param {string} text */
  #expire(toast, close, text) {
    const start = () => setTimeout(close, BRIEF_MS + PER_CHARACTER_MS * text.length);
    let timer = start();
    const hold = () => clearTimeout(timer);
    const resume = () => {
      clearTimeout(timer);
      timer = start();
    };
    for (const name of ['pointerenter', 'focusin']) toast.addEventListener(name, hold);
    for (const name of ['pointerleave', 'focusout']) toast.addEventListener(name, resume);
  }

  /** Goes where it can be pressed and read out. */
  #settle() {
    const place = frontDialog() ?? this.#parent;
    if (!place || this.element.parentNode === place) return;
    const focused = this.#focused;
    place.append(this.element, this.#polite, this.#urgent);
    this.#raise();
    focused?.focus();
  }

  /** @returns {HTMLElement | null} what has the focus, of the notices */
  get #focused() {
    return this.element.querySelector(':focus');
  }

  /** To the front of the top layer. */
  #raise() {
    if (!this.element.isConnected || !this.element.showPopover || !this.#list.firstChild) return;
    const focused = this.#focused;
    if (this.element.matches(':popover-open')) this.element.hidePopover();
    this.element.showPopover();
    focused?.focus();
  }

  /** Too many: the oldest go, last those that would not go by themselves or have the focus; the newest never. */
  #trim() {
    const all = [...this.#list.children];
    const most = matchMedia(SMALL).matches ? MOST_SMALL : MOST;
    const rank = (/** @type {Element} */ toast) =>
      toast.matches(':focus-within') ? 2 : Number(toast.hasAttribute('data-sticky'));
    const order = all.slice(0, -1).sort((one, other) => rank(one) - rank(other));
    for (const toast of order.slice(0, Math.max(0, all.length - most))) toast.remove();
  }

  /** @param {HTMLElement} toast @param {string} key */
  #remove(toast, key) {
    toast.remove();
    if (key && this.#keyed.get(key) === toast) this.#keyed.delete(key);
    if (!this.element.querySelector('.toast') && this.element.matches(':popover-open'))
      this.element.hidePopover();
  }
}
