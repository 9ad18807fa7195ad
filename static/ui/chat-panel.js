// @ts-check
/** The conversation: its threads, what was said, the line to write into, search, and what may be done to a message. */
import { moment, t } from '../base/texts.js';
import { copy, el } from '../base/dom.js';
import { canDelete, canEdit, canReact, react, remove } from '../model/chat-changes.js';
import { asText } from '../model/chat-text.js';
import { ALL } from '../model/threads.js';
import { ChatInput } from './chat-input.js';
import { ChatLog } from './chat-log.js';
import { pickEmoji } from './emoji-picker.js';
import { icon, iconButton } from './icons.js';
import { openMenu } from './menu.js';
import { clearChat, keepOut, kick } from './questions.js';
import { takeDrops, takePastes } from './send-file.js';

/** @typedef {import('../model/chat.js').Entry} Entry */

export class ChatPanel {
  element = el('div', { class: 'chat' });
  #app;
  #log;
  #input;
  #threads = el('div', { class: 'chat-threads', role: 'group', 'aria-label': t('chat.threads'), hidden: true });
  #search = el('input', { type: 'search', class: 'chat-search', 'aria-label': t('chat.search'), placeholder: t('chat.search') });
  #searchRow;
  #found = el('span', { class: 'hint', role: 'status' });
  #privateText = el('span');
  #private;
  #thread = ALL;
  #visible = false;

  /** @param {import('./context.js').App} app @param {(line: string, saying: import('./chat-input.js').Saying) => boolean} say whether it was said */
  constructor(app, say) {
    this.#app = app;
    const { room } = app;
    this.#log = new ChatLog(app, {
      menu: (entry, anchor) => openMenu(anchor, t('chat.menu'), this.#items(entry)),
      react: (entry, reaction) => void react(room, entry, reaction),
      pick: (entry, anchor) => pickEmoji(anchor, (reaction) => void react(room, entry, reaction), true),
      jump: (entry) => this.#jump(entry),
    });
    this.#input = new ChatInput(app, { say, said: () => this.#log.toEnd() });
    this.#private = el(
      'div',
      { class: 'chat-private', hidden: true },
      icon('mail'),
      this.#privateText,
      iconButton('close', t('chat.private.end'), { class: 'small', onclick: () => this.#writeToAll() }),
    );
    this.#searchRow = el(
      'div',
      { class: 'chat-search-row', hidden: true },
      this.#search,
      this.#found,
      iconButton('close', t('chat.search.end'), { class: 'small', onclick: () => this.#endSearch() }),
    );
    this.#search.addEventListener('input', () => this.#lookFor());
    this.#search.addEventListener('keydown', (event) => {
      if (event.key !== 'Escape') return;
      event.preventDefault();
      event.stopPropagation();
      this.#endSearch();
    });
    const more = iconButton('more', t('chat.more'), {
      class: 'small',
      'aria-haspopup': 'menu',
      onclick: () => openMenu(more, t('chat.more'), this.#moreItems()),
    });
    this.element.append(
      el('div', { class: 'chat-head' }, this.#threads, more),
      this.#searchRow,
      this.#log.element,
      this.#log.more,
      el('div', { class: 'chat-foot' }, this.#private, this.#input.element),
    );
    const whom = () => room.chat.threads.all.get(this.#thread)?.id ?? '';
    takeDrops(app, this.element, whom);
    takePastes(app, this.#input.element, whom);
    room.chat.on('add', (entry) => {
      if (entry.thread !== ALL) this.#showThreads();
    });
    room.chat.on('unread', () => this.#showThreads());
    room.chat.on('forget', () => this.#open(ALL));
    room.on('user', ({ user }) => {
      const thread = room.chat.threads.all.get(this.#thread);
      if (thread && (user.id === thread.id || user.username === thread.name)) this.#showDest();
    });
  }

  /** Writes privately to somebody from now on; '' to everybody. @param {string} id */
  writeTo(id) {
    const { room } = this.#app;
    this.#open(id ? room.chat.threads.open(id, room.users.get(id)?.username ?? '').key : ALL);
    if (id) this.focus();
  }

  focus() {
    this.#input.focus();
  }

  /** Whether the panel is on the screen. @param {boolean} visible */
  shown(visible) {
    const { chat } = this.#app.room;
    const begins = visible && !this.#visible;
    this.#visible = visible;
    if (!begins) {
      if (!visible) chat.watch(null);
      return;
    }
    // Where there is something new; first of all, where one was.
    const news = [this.#thread, ALL, ...chat.threads.all.keys()].find((key) => chat.unreadOf(key) > 0);
    this.#open(news ?? this.#thread);
  }

  /** The thread that is on the screen, or none. */
  get watched() {
    return this.#visible ? this.#thread : null;
  }

  /** The button for it goes, and with it the focus. */
  #writeToAll() {
    this.writeTo('');
    this.focus();
  }

  /** @param {string} key */
  #open(key) {
    const { chat } = this.#app.room;
    this.#thread = key;
    // What is new is marked before it counts as read.
    this.#log.show(key);
    if (this.#visible) chat.watch(key);
    this.#showDest();
    this.#showThreads();
  }

  #showThreads() {
    const { chat } = this.#app.room;
    const focused = this.#threads.contains(document.activeElement) ? document.activeElement?.getAttribute('data-thread') : null;
    const all = [{ key: ALL, name: t('chat.everyone') }, ...chat.threads.all.values()];
    this.#threads.hidden = all.length < 2;
    this.#threads.replaceChildren(
      ...all.map(({ key, name }) => {
        const unread = chat.unreadOf(key);
        const label = name || t('people.anonymous');
        return el(
          'button',
          {
            type: 'button',
            class: 'chat-thread',
            'data-thread': key,
            'aria-pressed': String(key === this.#thread),
            'aria-label': unread > 0 ? t('chat.thread.unread', { name: label, count: unread }) : null,
            onclick: () => this.#open(key),
          },
          el('bdi', {}, label),
          unread > 0 && el('span', { class: 'count-badge' }, String(unread)),
        );
      }),
    );
    if (focused !== null) [...this.#threads.querySelectorAll('button')].find(({ dataset }) => dataset.thread === focused)?.focus();
  }

  #showDest() {
    const thread = this.#app.room.chat.threads.all.get(this.#thread);
    const name = thread?.name || t('people.anonymous');
    this.#private.hidden = !thread;
    if (thread) this.#privateText.textContent = t(this.#whereabouts(thread), { name });
    this.#input.writeTo(thread?.id ?? '', thread?.name ?? '');
  }

  /** What can be said of the one to write to. @param {import('../model/threads.js').Thread} thread */
  #whereabouts({ id, name }) {
    const { room } = this.#app;
    if (room.isThere(id, name)) return 'chat.private.to';
    const others = [...room.users.keys()].filter((other) => other !== room.connection.id);
    const namesake = name && others.some((other) => room.isThere(other, name));
    return namesake ? 'chat.private.anew' : 'chat.private.gone';
  }

  #lookFor() {
    const count = this.#log.search(this.#search.value);
    this.#found.textContent = this.#search.value.trim() ? t('chat.search.found', { count }) : '';
  }

  #endSearch() {
    this.#searchRow.hidden = true;
    this.#search.value = '';
    this.#lookFor();
    this.focus();
  }

  /** @param {Entry} entry */
  #jump(entry) {
    if (!this.#searchRow.hidden) this.#endSearch();
    if (entry.thread !== this.#thread) this.#open(entry.thread);
    this.#log.jump(entry);
  }

  /** @returns {import('./menu.js').Entry[]} */
  #moreItems() {
    const { room } = this.#app;
    return [
      {
        label: t('chat.search'),
        icon: 'search',
        run: () => {
          this.#searchRow.hidden = false;
          this.#search.focus();
        },
      },
      { label: t('chat.save'), icon: 'download', run: () => this.#save() },
      room.can('op') && { label: t('menu.clearchat'), icon: 'trash', run: () => void clearChat(this.#app) },
    ];
  }

  #save() {
    const { room, config } = this.#app;
    /** @param {string} name */
    const called = (name) => name || t('people.anonymous');
    /** @param {Entry} entry */
    const who = (entry) =>
      entry.dest
        ? t('chat.save.private', { name: called(entry.username), other: called(entry.own ? entry.destName : room.username) })
        : called(entry.username);
    const text = asText(room.chat.entries, who, (time) => moment(time, { dateStyle: 'short', timeStyle: 'medium' }));
    const url = URL.createObjectURL(new Blob([text], { type: 'text/plain;charset=utf-8' }));
    el('a', { href: url, download: `${config.group.replaceAll('/', '-')}.txt` }).click();
    setTimeout(() => URL.revokeObjectURL(url), 10_000);
  }

  /** @param {Entry} entry @returns {import('./menu.js').Entry[]} */
  #items(entry) {
    const app = this.#app;
    const { room } = app;
    const op = room.can('op') && entry.dest === '';
    const name = entry.username || t('people.anonymous');
    const there = room.users.has(entry.source) && entry.source !== room.connection.id;
    return [
      room.can('message') && { label: t('chat.reply'), icon: 'reply', run: () => this.#input.answer(entry) },
      canEdit(room, entry) && { label: t('chat.edit'), icon: 'edit', run: () => this.#input.change(entry) },
      canReact(room, entry) && { label: t('chat.react'), icon: 'smile', run: () => this.#pick(entry) },
      { label: t('chat.copy'), icon: 'copy', run: () => void this.#copy(entry.value) },
      there && { label: t('user.message'), icon: 'mail', run: () => this.writeTo(entry.source) },
      'line',
      canDelete(room, entry)
        ? { label: t('chat.delete'), icon: 'trash', run: () => void remove(room, entry) }
        : op &&
          entry.id !== '' && {
            label: t('chat.delete'),
            icon: 'trash',
            run: () => room.connection.groupAction('clearchat', { id: entry.id, userId: entry.source }),
          },
      op && { label: t('chat.delete.all', { name }), icon: 'trash', run: () => void clearChat(app, { id: entry.source, name }) },
      op && there && { label: t('user.identify'), icon: 'eye', run: () => room.connection.userAction('identify', entry.source) },
      op && there && { label: t('user.kick'), icon: 'kick', danger: true, run: () => void kick(app, entry.source, name) },
      op && there && { label: t('user.ban'), icon: 'keepOut', danger: true, run: () => void keepOut(app, entry.source, name) },
    ];
  }

  /** @param {Entry} entry */
  #pick(entry) {
    const anchor = /** @type {HTMLElement | null} */ (document.activeElement);
    if (anchor) pickEmoji(anchor, (reaction) => void react(this.#app.room, entry, reaction), true);
  }

  /** @param {string} text */
  async #copy(text) {
    const { toasts } = this.#app;
    if (await copy(text)) toasts.show('good', t('chat.copied'), { key: 'copied' });
    else toasts.show('warning', t('toast.copyFailed'), { key: 'copied' });
  }
}
