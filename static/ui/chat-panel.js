// @ts-check
/** The conversation and the line to write into. Everything that others wrote is text, never markup. */
import { moment, t } from '../base/texts.js';
import { continues } from '../model/chat.js';
import { lineFor, wordsOf } from '../model/command-line.js';
import { parts } from '../model/links.js';
import { hue } from '../model/people.js';
import { append, copy, el } from '../base/dom.js';
import { icon, iconButton } from './icons.js';
import { openMenu } from './menu.js';
import { clearChat, keepOut, kick } from './questions.js';

/** @typedef {import('../model/chat.js').Entry} Entry */

/** Pixels from the end within which new messages keep the view at the end. */
const NEAR_END = 80;
/** Pixels to which the line grows. */
const TALLEST = 160;

export class ChatPanel {
  element = el('div', { class: 'chat' });
  #app;
  #say;
  #log = el('div', { class: 'chat-log', role: 'log', 'aria-label': t('chat.log'), tabindex: '0' });
  #empty = el('p', { class: 'chat-empty' }, t('chat.empty'));
  #new = el(
    'button',
    { type: 'button', class: 'chat-new', hidden: true, onclick: () => this.#toEnd() },
    icon('down'),
    t('chat.new'),
  );
  #input = el('textarea', {
    id: 'chat-input',
    dir: 'auto',
    rows: '1',
    maxlength: '20000',
    'aria-label': t('chat.input'),
    enterkeyhint: 'send',
  });
  #privateText = el('span');
  #private = el(
    'div',
    { class: 'chat-private', hidden: true },
    icon('mail'),
    this.#privateText,
    iconButton('close', t('chat.private.end'), { class: 'small', onclick: () => this.#writeToAll() }),
  );
  #send;
  /** The one who shall read it, '' for everybody; stays when they go, so that their words never reach all. */
  #dest = '';
  #destName = '';
  /** @type {Map<Entry, HTMLElement>} */
  #nodes = new Map();
  /** Lines said, for the arrow keys. @type {string[]} */
  #past = [];
  #pastIndex = 0;
  /** What was being written when the arrow keys went to the past. */
  #draft = '';
  /** Words to everybody that the server has not repeated yet. @type {string[]} */
  #unheard = [];

  /** @param {import('./context.js').App} app @param {(line: string, dest: string, name: string) => boolean} say whether it was said */
  constructor(app, say) {
    this.#app = app;
    this.#say = say;
    this.#send = iconButton('send', t('chat.send'), { type: 'submit', class: 'send', id: 'chat-send' });
    const form = el(
      'form',
      { class: 'chat-form', onsubmit: (/** @type {Event} */ event) => this.#submit(event) },
      this.#private,
      el('div', { class: 'chat-line' }, this.#input, this.#send),
    );
    this.#log.append(this.#empty);
    this.element.append(this.#log, this.#new, form);
    this.#input.addEventListener('keydown', (event) => this.#onKey(event));
    this.#input.addEventListener('input', () => this.#grow());
    this.#log.addEventListener('scroll', () => {
      if (this.#atEnd()) this.#new.hidden = true;
    });
    const { chat } = app.room;
    chat.on('add', (entry) => this.#add(entry));
    chat.on('remove', (entries) => this.#remove(entries));
    chat.on('forget', () => this.#forget());
    app.room.on('permissions', () => this.#permit());
    app.room.on('notice', () => (this.#unheard = [])); // perhaps a refusal: it was heard
    app.room.on('phase', () => this.#giveBack());
    app.room.on('user', ({ user }) => {
      if (user.id === this.#dest || user.username === this.#destName) this.#showDest();
    });
    this.#permit();
  }

  /** Writes privately to somebody from now on; '' to everybody. @param {string} id */
  writeTo(id) {
    this.#dest = id;
    this.#destName = this.#app.room.users.get(id)?.username ?? '';
    this.#showDest();
    if (id) this.focus();
  }

  /** The button for it goes, and with it the focus. */
  #writeToAll() {
    this.writeTo('');
    this.focus();
  }

  focus() {
    this.#input.focus();
  }

  /** The panel was opened. */
  shown() {
    this.#toEnd();
  }

  #showDest() {
    const name = this.#destName || t('people.anonymous');
    this.#private.hidden = !this.#dest;
    this.#privateText.textContent = t(this.#whereabouts(), { name });
    this.#permit();
  }

  /** What can be said of the one to write to. */
  #whereabouts() {
    const { room } = this.#app;
    if (room.isThere(this.#dest, this.#destName)) return 'chat.private.to';
    const others = [...room.users.keys()].filter((id) => id !== room.connection.id);
    const namesake = this.#destName && others.some((id) => room.isThere(id, this.#destName));
    return namesake ? 'chat.private.anew' : 'chat.private.gone';
  }

  #permit() {
    const allowed = this.#app.room.can('message');
    // Commands work without the permission to write, so the line stays.
    this.#input.placeholder = !allowed
      ? t('chat.placeholder.forbidden')
      : this.#dest
        ? t('chat.placeholder.private', { name: this.#destName || t('people.anonymous') })
        : t('chat.placeholder');
  }

  /** @param {Event} event */
  #submit(event) {
    event.preventDefault();
    const line = this.#input.value.replace(/\s+$/u, '');
    if (!line.trim() || !this.#say(line, this.#dest, this.#destName)) return;
    if (this.#past[this.#past.length - 1] !== line) this.#past.push(line);
    this.#pastIndex = this.#past.length;
    this.#input.value = '';
    this.#draft = '';
    const words = wordsOf(line);
    if (!this.#dest && words !== null) this.#unheard.push(words);
    this.#grow();
    this.#toEnd();
  }

  /** The next one shall not see what this one wrote, nor to whom. */
  #forget() {
    this.#past = [];
    this.#pastIndex = 0;
    this.#unheard = [];
    this.#input.value = this.#draft = '';
    this.#new.hidden = true;
    this.#input.style.removeProperty('height');
    this.writeTo('');
  }

  /** The connection was lost; what was said into it may be lost as well. */
  #giveBack() {
    const lost = this.#unheard.splice(0);
    if (lost.length === 0) return;
    this.#input.value = [lineFor(lost.join('\n')), this.#input.value].filter(Boolean).join('\n');
    this.#grow();
    this.#app.toasts.show('warning', t('chat.unsent.perhaps'), { key: 'unsent' });
  }

  /** @param {Entry} entry */
  #heard({ own, dest, history, value }) {
    if (!own || dest) return;
    this.#unheard.splice(0, this.#unheard.indexOf(value) + 1);
    // Given back, but it had arrived.
    if (history && this.#input.value === lineFor(value)) this.#input.value = '';
  }

  /** @param {KeyboardEvent} event */
  #onKey(event) {
    if (event.key === 'Enter' && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      this.#input.form?.requestSubmit();
    } else if (event.key === 'ArrowUp' && this.#input.selectionStart === 0 && this.#pastIndex > 0) {
      event.preventDefault();
      this.#recall(this.#pastIndex - 1);
    } else if (
      event.key === 'ArrowDown' &&
      this.#input.selectionEnd === this.#input.value.length &&
      this.#pastIndex < this.#past.length
    ) {
      event.preventDefault();
      this.#recall(this.#pastIndex + 1);
    }
  }

  /** @param {number} index */
  #recall(index) {
    if (this.#pastIndex === this.#past.length) this.#draft = this.#input.value;
    this.#pastIndex = index;
    this.#input.value = this.#past[index] ?? this.#draft;
    this.#grow();
    this.#input.setSelectionRange(0, 0);
  }

  #grow() {
    this.#input.style.setProperty('height', 'auto');
    this.#input.style.setProperty('height', `${Math.min(TALLEST, this.#input.scrollHeight)}px`);
  }

  /** @param {Entry} entry */
  #add(entry) {
    this.#heard(entry);
    const atEnd = this.#atEnd();
    const { entries } = this.#app.room.chat;
    const node = this.#render(entry, continues(entries[entries.length - 2], entry));
    this.#nodes.set(entry, node);
    this.#empty.hidden = true;
    this.#log.append(node);
    if (atEnd || entry.own || entry.kind === 'note') this.#toEnd();
    else this.#new.hidden = false;
  }

  /** @param {Entry[]} entries */
  #remove(entries) {
    for (const entry of entries) {
      this.#nodes.get(entry)?.remove();
      this.#nodes.delete(entry);
    }
    this.#empty.hidden = this.#nodes.size > 0;
  }

  /** @param {Entry} entry @param {boolean} follows */
  #render(entry, follows) {
    if (entry.kind === 'note') return el('div', { class: 'message note', dir: 'auto' }, ...linked(entry.value));
    const { room } = this.#app;
    const name = entry.username || t('people.anonymous');
    const private_ = entry.dest !== '';
    const node = el('div', {
      class: `message ${entry.own ? 'own' : ''} ${follows ? 'follows' : ''} ${private_ ? 'private' : ''}`,
      'data-message': entry.id,
    });
    if (!follows) {
      const author = el('span', { class: 'author' }, el('bdi', {}, name), entry.privileged && icon('shield'));
      author.style.setProperty('--hue', String(hue(name)));
      append(node, [el('div', { class: 'message-head' }, author, time(entry.time))]);
    }
    if (private_) {
      const other = room.users.get(entry.dest)?.username || t('people.anonymous');
      node.append(
        el(
          'p',
          { class: 'private-note' },
          icon('mail'),
          entry.own ? t('chat.private.to', { name: other }) : t('chat.private.from', { name }),
        ),
      );
    }
    const body =
      entry.kind === 'me'
        ? el('p', { class: 'message-text me', dir: 'auto' }, el('strong', {}, el('bdi', {}, name)), ' ', ...linked(entry.value))
        : el('p', { class: 'message-text', dir: 'auto' }, ...linked(entry.value));
    const menu = iconButton('more', t('chat.menu'), {
      class: 'small message-menu',
      'aria-haspopup': 'menu',
      onclick: () => openMenu(menu, t('chat.menu'), this.#items(entry)),
    });
    node.append(el('div', { class: 'bubble' }, body), menu);
    return node;
  }

  /** @param {Entry} entry @returns {import('./menu.js').Entry[]} */
  #items(entry) {
    const { room } = this.#app;
    const op = room.can('op') && entry.dest === '';
    const name = entry.username || t('people.anonymous');
    const there = room.users.has(entry.source) && entry.source !== room.connection.id;
    return [
      { label: t('chat.copy'), icon: 'copy', run: () => void this.#copy(entry.value) },
      there && { label: t('user.message'), icon: 'mail', run: () => this.writeTo(entry.source) },
      'line',
      op &&
        entry.id !== '' && {
          label: t('chat.delete'),
          icon: 'trash',
          run: () => room.connection.groupAction('clearchat', { id: entry.id, userId: entry.source }),
        },
      op && {
        label: t('chat.delete.all', { name }),
        icon: 'trash',
        run: () => void clearChat(this.#app, { id: entry.source, name }),
      },
      op &&
        there && {
          label: t('user.identify'),
          icon: 'eye',
          run: () => room.connection.userAction('identify', entry.source),
        },
      op &&
        there && {
          label: t('user.kick'),
          icon: 'kick',
          danger: true,
          run: () => void kick(this.#app, entry.source, name),
        },
      op &&
        there && {
          label: t('user.ban'),
          icon: 'keepOut',
          danger: true,
          run: () => void keepOut(this.#app, entry.source, name),
        },
    ];
  }

  /** @param {string} text */
  async #copy(text) {
    const { toasts } = this.#app;
    if (await copy(text)) toasts.show('good', t('chat.copied'), { key: 'copied' });
    else toasts.show('warning', t('toast.copyFailed'), { key: 'copied' });
  }

  #atEnd() {
    return this.#log.scrollHeight - this.#log.scrollTop - this.#log.clientHeight < NEAR_END;
  }

  #toEnd() {
    this.#log.scrollTop = this.#log.scrollHeight;
    this.#new.hidden = true;
  }
}

/** Text with its addresses as links. @param {string} value @returns {Node[]} */
function linked(value) {
  return parts(value).map(({ text, url }) =>
    url
      ? el('a', { href: url, target: '_blank', rel: 'noopener noreferrer nofollow' }, text)
      : document.createTextNode(text),
  );
}

/** @param {Date} date */
function time(date) {
  const today = date.toDateString() === new Date().toDateString();
  const words = moment(date, today ? { timeStyle: 'short' } : { dateStyle: 'short', timeStyle: 'short' });
  return el('time', { datetime: date.toISOString() }, words);
}
