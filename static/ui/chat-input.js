// @ts-check
/**
 * The line to write into: to everybody or to one person, an answer, or a change of what one said. It gives words back
 * that may not have arrived. Owns what is being written, and nothing of what was said.
 */
import { t } from '../base/texts.js';
import { el } from '../base/dom.js';
import { edit } from '../model/chat-changes.js';
import { excerpt } from '../model/chat-text.js';
import { lineFor, wordsOf } from '../model/command-line.js';
import { Past } from '../model/past.js';
import { pickEmoji } from './emoji-picker.js';
import { icon, iconButton } from './icons.js';
import { MentionList } from './mention-list.js';

/** @typedef {import('../model/chat.js').Entry} Entry */
/** @typedef {{dest?: string, name?: string, answers?: Entry | null}} Saying */

/** Pixels to which the line grows. */
const TALLEST = 160;

export class ChatInput {
  element;
  #app;
  #say;
  #input = el('textarea', {
    id: 'chat-input',
    dir: 'auto',
    rows: '1',
    maxlength: '20000',
    'aria-label': t('chat.input'),
    enterkeyhint: 'send',
  });
  #aboutText = el('span', { dir: 'auto' });
  #about = el('div', { class: 'chat-about', hidden: true });
  #mentions;
  /** Who shall read it, '' for everybody; stays when they go, so that their words never reach all. */
  #dest = '';
  #destName = '';
  /** @type {Entry | null} */
  #answers = null;
  /** @type {Entry | null} */
  #edits = null;
  #past = new Past();
  /** Words to everybody that the server has not repeated yet. @type {string[]} */
  #unheard = [];

  /**
   * @param {import('./context.js').App} app
   * @param {{say: (line: string, saying: Saying) => boolean, said: () => void}} actions  say: whether it was said
   */
  constructor(app, { say, said }) {
    this.#app = app;
    this.#say = say;
    this.said = said;
    const emoji = iconButton('smile', t('chat.emoji'), { class: 'small', 'aria-haspopup': 'true', onclick: () => pickEmoji(emoji, (one) => this.#insert(one)) });
    this.#mentions = new MentionList(this.#input, () => this.#others());
    this.#about.append(icon('reply'), this.#aboutText, iconButton('close', t('chat.about.end'), { class: 'small', onclick: () => this.#plain() }));
    this.element = el(
      'form',
      { class: 'chat-form', onsubmit: (/** @type {Event} */ event) => this.#submit(event) },
      this.#about,
      this.#mentions.element,
      el(
        'div',
        { class: 'chat-line' },
        emoji,
        this.#input,
        iconButton('send', t('chat.send'), { type: 'submit', class: 'send', id: 'chat-send' }),
      ),
    );
    this.#input.addEventListener('keydown', (event) => this.#onKey(event));
    this.#input.addEventListener('input', () => this.#grow());
    const { room } = app;
    room.chat.on('add', (entry) => this.#heard(entry));
    room.chat.on('remove', (entries) => {
      if (entries.some((entry) => entry === this.#answers || entry === this.#edits)) this.#plain();
    });
    room.chat.on('forget', () => this.#forget());
    room.on('permissions', () => this.#permit());
    room.on('notice', () => (this.#unheard = [])); // perhaps a refusal: it was heard
    room.on('phase', () => this.#giveBack());
    this.#permit();
  }

  /** Who reads it from now on. @param {string} id '' is everybody @param {string} name */
  writeTo(id, name) {
    this.#dest = id;
    this.#destName = name;
    if (this.#answers || this.#edits) this.#plain();
    this.#permit();
  }

  /** @param {Entry} entry */
  answer(entry) {
    this.#edits = null;
    this.#answers = entry;
    this.#showAbout();
    this.focus();
  }

  /** @param {Entry} entry */
  change(entry) {
    this.#answers = null;
    this.#edits = entry;
    this.#input.value = entry.value;
    this.#showAbout();
    this.#grow();
    this.focus();
  }

  focus() {
    this.#input.focus();
  }

  /** Neither an answer nor a change any more. */
  #plain() {
    if (this.#edits) this.#input.value = '';
    const inside = this.#about.contains(document.activeElement);
    this.#answers = this.#edits = null;
    this.#showAbout();
    this.#grow();
    if (inside) this.focus();
  }

  #showAbout() {
    const entry = this.#edits ?? this.#answers;
    this.#about.hidden = entry === null;
    if (entry === null) return;
    const values = { name: entry.username || t('people.anonymous'), text: excerpt(entry.value) };
    this.#aboutText.textContent = this.#edits ? t('chat.editing') : t('chat.replying', values);
  }

  #permit() {
    // Commands work without the permission to write, so the line stays.
    this.#input.placeholder = !this.#app.room.can('message')
      ? t('chat.placeholder.forbidden')
      : this.#dest
        ? t('chat.placeholder.private', { name: this.#destName || t('people.anonymous') })
        : t('chat.placeholder');
  }

  #others() {
    const { room } = this.#app;
    return [...room.users.values()].filter(({ id, username }) => id !== room.selfId && username).map(({ username }) => username);
  }

  /** @param {string} text */
  #insert(text) {
    this.#input.setRangeText(text, this.#input.selectionStart, this.#input.selectionEnd, 'end');
    this.#grow();
    this.focus();
  }

  /** @param {Event} event */
  #submit(event) {
    event.preventDefault();
    const line = this.#input.value.replace(/\s+$/u, '');
    if (!line.trim() || !this.#send(line)) return;
    this.#past.add(line);
    this.#input.value = '';
    const words = wordsOf(line);
    if (!this.#dest && !this.#edits && words !== null) this.#unheard.push(words);
    this.#plain();
    this.said();
  }

  /** @param {string} line @returns {boolean} whether it was said */
  #send(line) {
    const { room, toasts } = this.#app;
    if (!this.#edits) return this.#say(line, { dest: this.#dest, name: this.#destName, answers: this.#answers });
    if (room.reachable && edit(room, this.#edits, line)) return true;
    toasts.show('warning', t('chat.unsent.offline'), { key: 'unsent' });
    return false;
  }

  /** The next one shall not see what this one wrote, nor to whom. */
  #forget() {
    this.#past.forget();
    this.#unheard = [];
    this.#input.value = '';
    this.#input.style.removeProperty('height');
    this.#plain();
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
    if (this.#mentions.takes(event) || event.isComposing) return;
    const { selectionStart, selectionEnd, value } = this.#input;
    if (event.key === 'Enter' && !event.shiftKey) {
      event.preventDefault();
      this.#input.form?.requestSubmit();
    } else if (event.key === 'Escape' && (this.#edits || this.#answers)) {
      event.preventDefault();
      this.#plain();
    } else if (event.key === 'ArrowUp' && selectionStart === 0) this.#recall(-1, event);
    else if (event.key === 'ArrowDown' && selectionEnd === value.length) this.#recall(1, event);
  }

  /** @param {-1 | 1} by @param {KeyboardEvent} event */
  #recall(by, event) {
    const line = this.#past.go(by, this.#input.value);
    if (line === null) return;
    event.preventDefault();
    this.#input.value = line;
    this.#grow();
    this.#input.setSelectionRange(0, 0);
  }

  #grow() {
    this.#input.style.setProperty('height', 'auto');
    this.#input.style.setProperty('height', `${Math.min(TALLEST, this.#input.scrollHeight)}px`);
  }
}
