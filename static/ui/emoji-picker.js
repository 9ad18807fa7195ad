// @ts-check
/** A choice of emoji in a menu's place, with the arrow keys; nothing is fetched. Gone after a choice. */
import { t } from '../base/texts.js';
import { el } from '../base/dom.js';
import { EMOJI, REACTIONS } from '../model/emoji.js';
import { closeMenu, openPopup } from './menu.js';

const COLUMNS = 8;

/**
 * @param {HTMLElement} anchor
 * @param {(emoji: string) => void} choose
 * @param {boolean} [reacting]  the usual reactions first
 */
export function pickEmoji(anchor, choose, reacting = false) {
  const all = reacting ? [...REACTIONS, ...EMOJI.filter((emoji) => !REACTIONS.includes(emoji))] : EMOJI;
  const buttons = all.map((emoji, at) =>
    el(
      'button',
      {
        type: 'button',
        class: 'emoji',
        tabindex: at === 0 ? '0' : '-1',
        onclick: () => {
          closeMenu();
          choose(emoji);
        },
      },
      emoji,
    ),
  );
  const grid = el('div', { class: 'emoji-grid', role: 'group', 'aria-label': t('chat.emoji') }, buttons);
  grid.addEventListener('keydown', (event) => {
    const at = buttons.indexOf(/** @type {HTMLButtonElement} */ (document.activeElement));
    const forward = getComputedStyle(grid).direction === 'rtl' ? -1 : 1;
    const by = { ArrowRight: forward, ArrowLeft: -forward, ArrowDown: COLUMNS, ArrowUp: -COLUMNS, Home: -at, End: all.length - 1 - at }[event.key];
    if (by === undefined || at === -1) return;
    event.preventDefault();
    event.stopPropagation();
    const next = buttons[Math.min(all.length - 1, Math.max(0, at + by))];
    buttons[at].tabIndex = -1;
    next.tabIndex = 0;
    next.focus();
  });
  openPopup(anchor, t('chat.emoji'), grid);
}
