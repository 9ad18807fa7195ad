// @ts-check
/** Menus: a list of actions at a button, with the arrow keys, in the top layer, gone after a choice. */
import { el } from '../base/dom.js';
import { icon } from './icons.js';

/**
 * @typedef {object} Item
 * @property {string} label
 * @property {import('./icons.js').IconName} [icon]
 * @property {() => void} [run]
 * @property {boolean} [danger]
 * @property {boolean} [checked]    makes it a choice among others
 * @property {boolean} [toggle]     or one that is on or off by itself
 * @property {import('./icons.js').IconName} [sign]  beside the label of a choice
 * @property {HTMLElement} [custom] instead of a button, for instance a slider
 *
 * @typedef {Item | 'line' | false | null | undefined} Entry
 */

/** The open menu, if any. @type {(() => void) | null} */
let closeOpen = null;
/** The person or tile that it belongs to. @type {Element | null} */
let owner = null;

/**
 * @param {HTMLElement} anchor
 * @param {string} label
 * @param {Entry[]} entries
 */
export function openMenu(anchor, label, entries) {
  if (tidy(entries).length === 0) return; // nothing can be done now
  const menu = el('div', { class: 'menu', role: 'menu', 'aria-label': label, popover: 'manual' });
  open(anchor, menu, (close) => {
    for (const entry of tidy(entries)) menu.append(entry === 'line' ? el('hr') : render(entry, close));
    menu.addEventListener('keydown', (event) => onKey(event, menu, close));
  });
}

/** Something else in a menu's place, with keys of its own. @param {HTMLElement} anchor @param {string} label @param {HTMLElement} content */
export function openPopup(anchor, label, content) {
  const popup = el('div', { class: 'menu popup', role: 'dialog', 'aria-label': label, popover: 'manual' }, content);
  open(anchor, popup, (close) => {
    popup.addEventListener('keydown', (event) => {
      if (event.key !== 'Escape' && event.key !== 'Tab') return;
      event.stopPropagation();
      event.preventDefault();
      close();
    });
  });
}

/** @param {HTMLElement} anchor @param {HTMLElement} menu @param {(close: () => void) => void} fill */
function open(anchor, menu, fill) {
  const again = anchor.getAttribute('aria-expanded') === 'true';
  closeMenu();
  if (again) return;
  // Both outlast the button, which is made again when something changes.
  owner = anchor.closest('[data-user]');
  const home = /** @type {HTMLElement | null} */ (anchor.closest('[tabindex="-1"]'));
  const close = () => {
    if (closeOpen !== close) return;
    closeOpen = null;
    const inside = menu.contains(document.activeElement);
    menu.remove();
    anchor.setAttribute('aria-expanded', 'false');
    document.removeEventListener('pointerdown', outside, true);
    window.removeEventListener('resize', close);
    if (inside) (anchor.isConnected ? anchor : home)?.focus();
  };
  /** @param {Event} event */
  const outside = (event) => {
    if (event.target instanceof Node && !menu.contains(event.target) && !anchor.contains(event.target))
      close();
  };
  fill(close);
  (anchor.closest('dialog') ?? document.fullscreenElement ?? anchor.closest('main') ?? document.body).append(menu);
  menu.showPopover?.();
  position(menu, anchor);
  anchor.setAttribute('aria-expanded', 'true');
  closeOpen = close;
  document.addEventListener('pointerdown', outside, true);
  window.addEventListener('resize', close);
  items(menu)[0]?.focus();
}

/** Closes the open menu, if any. */
export function closeMenu() {
  closeOpen?.();
}

/** Closes it if it belongs to somebody or something that is not there any more. @param {Element} gone */
export function closeMenuOf(gone) {
  if (gone === owner) closeMenu();
}

/** Without empty entries and lines that divide nothing. @param {Entry[]} entries @returns {(Item | 'line')[]} */
function tidy(entries) {
  const real = /** @type {(Item | 'line')[]} */ (entries.filter(Boolean));
  const tidied = real.filter((entry, index) => entry !== 'line' || (index > 0 && real[index - 1] !== 'line'));
  while (tidied.length && tidied[tidied.length - 1] === 'line') tidied.pop();
  return tidied;
}

/** @param {Item} item @param {() => void} close */
function render(item, close) {
  if (item.custom) return el('div', { class: 'menu-custom' }, item.custom);
  const choice = item.checked !== undefined;
  const button = el('button', {
    type: 'button',
    class: item.danger ? 'menu-item danger' : 'menu-item',
    role: item.toggle ? 'menuitemcheckbox' : choice ? 'menuitemradio' : 'menuitem',
    tabindex: '-1',
    ...(choice ? { 'aria-checked': String(item.checked) } : {}),
    onclick: () => {
      close();
      item.run?.();
    },
  });
  button.append(
    choice
      ? item.checked
        ? icon('check')
        : el('span', { class: 'icon' })
      : item.icon
        ? icon(item.icon)
        : el('span', { class: 'icon' }),
    el('span', { dir: 'auto' }, item.label),
    ...(item.sign ? [icon(item.sign)] : []),
  );
  return button;
}

/** @param {HTMLElement} menu @returns {HTMLElement[]} */
function items(menu) {
  return [...menu.querySelectorAll('button, input')].filter((item) => item instanceof HTMLElement);
}

/** @param {KeyboardEvent} event @param {HTMLElement} menu @param {() => void} close */
function onKey(event, menu, close) {
  const all = items(menu);
  const index = all.indexOf(/** @type {HTMLElement} */ (document.activeElement));
  const slider = document.activeElement instanceof HTMLInputElement;
  /** @type {Record<string, () => void>} */
  const keys = {
    ArrowDown: () => all[(index + 1) % all.length]?.focus(),
    ArrowUp: () => all[(index - 1 + all.length) % all.length]?.focus(),
    Home: () => all[0]?.focus(),
    End: () => all[all.length - 1]?.focus(),
    Escape: close,
    Tab: close,
  };
  const action = keys[event.key];
  if (!action || (slider && (event.key === 'Home' || event.key === 'End'))) return;
  event.stopPropagation();
  if (event.key !== 'Tab') event.preventDefault();
  action();
}

/** Beside the anchor, inside the window. @param {HTMLElement} menu @param {HTMLElement} anchor */
function position(menu, anchor) {
  const at = anchor.getBoundingClientRect();
  const { width, height } = menu.getBoundingClientRect();
  const margin = 8;
  const from = document.documentElement.dir === 'rtl' ? at.left : at.right - width;
  const left = Math.min(Math.max(margin, from), window.innerWidth - width - margin);
  const below = at.bottom + 6;
  const top = below + height <= window.innerHeight - margin ? below : Math.max(margin, at.top - height - 6);
  menu.style.setProperty('left', `${Math.max(margin, left)}px`);
  menu.style.setProperty('top', `${top}px`);
}
