// @ts-check
/** The messages of one thread, with a line before what is new; those that a search is for. Owns its elements. */
import { t } from '../base/texts.js';
import { el } from '../base/dom.js';
import { continues } from '../model/chat.js';
import { ALL } from '../model/threads.js';
import { messageNode } from './chat-message.js';
import { icon } from './icons.js';

/** @typedef {import('../model/chat.js').Entry} Entry */

/** Pixels from the end within which new messages keep the view at the end. */
const NEAR_END = 80;

export class ChatLog {
  element = el('div', { class: 'chat-log', role: 'log', 'aria-label': t('chat.log'), tabindex: '0' });
  more = el('button', { type: 'button', class: 'chat-new', hidden: true, onclick: () => this.toEnd() }, icon('down'), t('chat.new'));
  #app;
  #actions;
  #empty = el('p', { class: 'chat-empty' });
  #news = el('div', { class: 'chat-news', role: 'separator' }, el('span', {}, t('chat.news')));
  #thread = ALL;
  #query = '';
  /** @type {Map<Entry, HTMLElement>} */
  #nodes = new Map();

  /** @param {import('./context.js').App} app @param {import('./chat-message.js').MessageActions} actions */
  constructor(app, actions) {
    this.#app = app;
    this.#actions = actions;
    this.element.addEventListener('scroll', () => {
      if (this.#atEnd()) this.more.hidden = true;
    });
    const { chat } = app.room;
    chat.on('add', (entry) => this.#add(entry));
    chat.on('change', (entry) => this.#change(entry));
    chat.on('remove', (entries) => this.#remove(entries));
    this.show(ALL);
  }

  /** The messages of a thread. @param {string} thread */
  show(thread) {
    this.#thread = thread;
    this.#fill();
  }

  /** Only messages that contain this; '' is all. @param {string} query @returns {number} how many there are */
  search(query) {
    this.#query = query.trim().toLowerCase();
    return this.#fill();
  }

  toEnd() {
    this.element.scrollTop = this.element.scrollHeight;
    this.more.hidden = true;
  }

  /** Shows one message. @param {Entry} entry */
  jump(entry) {
    const node = this.#nodes.get(entry);
    if (!node) return;
    node.scrollIntoView({ block: 'center' });
    node.classList.remove('found');
    void node.offsetWidth; // so that it starts over
    node.classList.add('found');
  }

  #fill() {
    const { chat } = this.#app.room;
    const shown = chat.entries.filter((entry) => this.#belongs(entry));
    const news = this.#query ? undefined : chat.news(this.#thread);
    this.element.replaceChildren(this.#empty);
    for (const entry of shown) {
      if (entry === news) this.element.append(this.#news);
      this.element.append(this.#node(entry));
    }
    this.#showEmpty(shown.length);
    this.toEnd();
    if (news && this.#news.isConnected) this.#news.scrollIntoView({ block: 'center' });
    return shown.length;
  }

  /** @param {Entry} entry */
  #belongs(entry) {
    return entry.thread === this.#thread && (this.#query === '' || entry.value.toLowerCase().includes(this.#query));
  }

  /** @param {Entry} entry */
  #node(entry) {
    let node = this.#nodes.get(entry);
    if (!node) {
      node = messageNode(this.#app, entry, this.#follows(entry), this.#actions);
      this.#nodes.set(entry, node);
    }
    return node;
  }

  /** @param {Entry} entry */
  #follows(entry) {
    const { entries } = this.#app.room.chat;
    let before = entries.lastIndexOf(entry) - 1;
    while (before >= 0 && entries[before].thread !== entry.thread) before -= 1;
    return continues(entries[before], entry);
  }

  /** @param {Entry} entry */
  #add(entry) {
    if (!this.#belongs(entry)) return;
    const atEnd = this.#atEnd();
    const { chat } = this.#app.room;
    if (chat.news(this.#thread) === entry && !this.#query) this.element.append(this.#news);
    this.element.append(this.#node(entry));
    this.#showEmpty(1);
    if (atEnd || entry.own || entry.kind === 'note') this.toEnd();
    else this.more.hidden = false;
  }

  /** @param {Entry} entry */
  #change(entry) {
    const before = this.#nodes.get(entry);
    if (!before) return;
    const atEnd = this.#atEnd();
    /** @param {Element | null} button */
    const which = (button) => button?.getAttribute('data-reaction') ?? button?.getAttribute('aria-label') ?? null;
    const focused = before.contains(document.activeElement) ? which(document.activeElement) : null;
    const node = messageNode(this.#app, entry, before.classList.contains('follows'), this.#actions);
    this.#nodes.set(entry, node);
    before.replaceWith(node);
    if (focused !== null && node.isConnected)
      [...node.querySelectorAll('button')].find((button) => which(button) === focused)?.focus();
    if (atEnd) this.toEnd();
  }

  /** @param {Entry[]} entries */
  #remove(entries) {
    for (const entry of entries) {
      this.#nodes.get(entry)?.remove();
      this.#nodes.delete(entry);
    }
    if (this.element.querySelector('.message') === null) this.#news.remove();
    this.#showEmpty(this.element.querySelectorAll('.message').length);
  }

  /** @param {number} count */
  #showEmpty(count) {
    this.#empty.hidden = count > 0;
    this.#empty.textContent = t(this.#query ? 'chat.search.none' : 'chat.empty');
  }

  #atEnd() {
    const { scrollHeight, scrollTop, clientHeight } = this.element;
    return scrollHeight - scrollTop - clientHeight < NEAR_END;
  }
}
