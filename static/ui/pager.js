// @ts-check
/** Turns the stage's pages: a button at either side, and a stroke of a finger. Owns its elements, not the page. */
import { t } from '../base/texts.js';
import { el } from '../base/dom.js';
import { iconButton } from './icons.js';

/** Pixels of a stroke; shorter ones are touches. */
const STROKE = 60;

export class Pager {
  #previous;
  #next;
  #told = el('p', { class: 'pager-told', role: 'status', hidden: true });
  #page = 0;
  #pages = 1;
  #turn;

  /** @param {HTMLElement} stage @param {(page: number) => void} turn */
  constructor(stage, turn) {
    this.#turn = turn;
    this.#previous = iconButton('left', t('stage.page.previous'), { class: 'pager previous', hidden: true, onclick: () => this.#go(-1) });
    this.#next = iconButton('right', t('stage.page.next'), { class: 'pager next', hidden: true, onclick: () => this.#go(1) });
    stage.append(this.#previous, this.#next, this.#told);
    let from = 0;
    stage.addEventListener('touchstart', ({ touches }) => (from = touches.length === 1 ? touches[0].clientX : NaN), { passive: true });
    stage.addEventListener(
      'touchend',
      ({ changedTouches }) => {
        const way = changedTouches[0].clientX - from;
        if (Math.abs(way) > STROKE) this.#go(way > 0 ? -1 : 1);
      },
      { passive: true },
    );
  }

  /** @param {number} page from 0 @param {number} pages */
  show(page, pages) {
    if (page === this.#page && pages === this.#pages) return;
    this.#page = page;
    this.#pages = pages;
    const focused = document.activeElement;
    this.#previous.hidden = page === 0;
    this.#next.hidden = page >= pages - 1;
    this.#told.hidden = pages < 2;
    this.#told.textContent = pages < 2 ? '' : t('stage.page', { page: page + 1, pages });
    // A button that goes hands the focus to the other one.
    if (focused === this.#previous && page === 0) this.#next.focus();
    else if (focused === this.#next && page >= pages - 1) this.#previous.focus();
  }

  /** @param {number} by */
  #go(by) {
    const page = Math.min(this.#pages - 1, Math.max(0, this.#page + by));
    if (page !== this.#page) this.#turn(page);
  }
}
