// @ts-check
/**
 * The meeting: stage, controls and panel together; keys; who speaks; what is told in toasts.
 */
import { t } from '../base/texts.js';
import { isRecorder, persons } from '../model/people.js';
import { Activity, THRESHOLD } from '../media/activity.js';
import { wordsOf } from '../model/command-line.js';
import { speak } from '../model/saying.js';
import { ChatPanel } from './chat-panel.js';
import { runCommand } from './commands.js';
import { Controls } from './controls.js';
import { copy, el } from '../base/dom.js';
import { icon, iconButton } from './icons.js';
import { openMenu } from './menu.js';
import { tileItems } from './menus.js';
import { PeoplePanel } from './people-panel.js';
import { Presenting } from './presenting.js';
import { bindKeys } from './keys.js';
import { layoutItems } from './layout-menu.js';
import { toggleWindow } from './small-window.js';
import { PlayerBar } from './player-bar.js';
import { takeDrops } from './send-file.js';
import { Stage } from './stage.js';
import { Transfers } from './transfers.js';

/** @typedef {import('./context.js').App} App */

/** Milliseconds between two looks at who speaks. */
const LISTEN_MS = 200;
/** Milliseconds of speech while muted before one is told. */
const MUTED_SPEECH_MS = 1500;

export class Shell {
  element = el('div', { class: 'room', tabindex: '-1' });
  controls;
  stage;
  #app;
  #leave;
  #chat;
  #people;
  #panel = el('aside', { class: 'panel', hidden: true });
  #panelBody = el('div', { class: 'panel-body', id: 'panel-body', role: 'tabpanel' });
  #tabs;
  #title = el('div', { class: 'room-title' });
  #alone = el('div', { class: 'alone', hidden: true });
  #presenting;
  #waiting = el(
    'div',
    { class: 'waiting', hidden: true, role: 'status' },
    el('span', { class: 'spinner', 'aria-hidden': 'true' }),
    t('stage.reconnecting'),
  );
  #caption = el('p', { class: 'caption', hidden: true, 'aria-live': 'polite' });
  #sound = el('div', { class: 'sound-blocked', hidden: true });
  #activity = new Activity();
  /** @type {'chat' | 'people' | ''} */
  #open = '';
  #mutedSince = 0;
  #titleShown = '';
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #captionTimer;

  /** @param {App} app @param {() => void} leave */
  constructor(app, leave) {
    this.#app = app;
    this.#leave = leave;
    this.#chat = new ChatPanel(app, (line, saying) => this.say(line, saying));
    this.#people = new PeoplePanel(app, { message: (id) => this.writeTo(id), hand: () => this.hand() });
    this.stage = new Stage(app, {
      menu: (tile, anchor) =>
        openMenu(
          anchor,
          tile.options,
          tileItems(app, tile, {
            message: (id) => this.writeTo(id),
            hand: () => this.hand(),
            pin: (key) => this.stage.pin(key),
            corner: () => this.stage.nextCorner(),
          }),
        ),
      blocked: () => (this.#sound.hidden = false),
      people: () => this.#show('people'),
    });
    this.#presenting = new Presenting(app);
    this.controls = new Controls(app, {
      chat: () => this.toggle('chat'),
      people: () => this.toggle('people'),
      leave,
      hand: () => this.hand(),
      layout: (anchor) => this.#chooseLayout(anchor),
    });
    this.#tabs = {
      people: this.#tab('people'),
      chat: this.#tab('chat'),
    };
    this.#build();
    app.room.on('status', () => {
      this.#showTitle();
      this.#showAlone();
    });
    app.room.on('permissions', () => this.#showAlone());
    app.room.on('user', () => {
      this.#showAlone();
      this.#showTitle();
    });
    app.room.on('phase', () => this.#showAlone());
    app.room.on('caption', ({ username, text }) => this.#showCaption(username, text));
    bindKeys(this, app);
    setInterval(() => this.#listen(), LISTEN_MS);
  }

  /** The thread of the conversation that is on the screen, or none. */
  get watched() {
    return this.#chat.watched;
  }

  /** Whether the conversation is on the screen. */
  get chatOpen() {
    return this.#open === 'chat';
  }

  /**
   * Says it, or says why not.
   * @param {string} line
   * @param {import('./chat-input.js').Saying} [saying]  to whom, with their name, and what it answers
   * @returns {boolean} whether it was said
   */
  say(line, saying = {}) {
    const { toasts } = this.#app;
    const words = wordsOf(line);
    const obstacle = words === null ? this.#command(line.slice(1)) : this.#message(words, saying);
    if (obstacle) toasts.show('warning', t(obstacle), { key: 'unsent' });
    else toasts.dismiss('unsent');
    return !obstacle;
  }

  /** @param {string} line */
  #command(line) {
    const run = runCommand(line, this.#app, {
      leave: this.#leave,
      hand: (up) => this.hand(up),
      share: () => this.controls.share(),
    });
    return run ? '' : 'chat.unsent.offline';
  }

  /** @param {string} text @param {import('./chat-input.js').Saying} saying */
  #message(text, { dest = '', name = '', answers = null }) {
    const obstacle = this.#unsaid(dest, name);
    if (obstacle) return obstacle;
    return speak(this.#app.room, text, { dest, answers }) ? '' : 'chat.unsent.offline';
  }

  /** Why nothing can be said now; '' when it can. @param {string} dest @param {string} name */
  #unsaid(dest, name) {
    const { room } = this.#app;
    if (room.phase !== 'joined') return 'chat.unsent.offline';
    if (!room.can('message')) return 'chat.placeholder.forbidden';
    return dest && !room.isThere(dest, name) ? 'chat.unsent.gone' : '';
  }

  /** Raises or lowers the hand. @param {boolean} [up] */
  hand(up) {
    const { room } = this.#app;
    const raised = up ?? !room.data.raisehand;
    room.setData({ raisehand: raised || null, handSince: raised ? Date.now() : null });
    this.stage.update();
  }

  /** Opens the conversation to write to one person. @param {string} id */
  writeTo(id) {
    this.openChat();
    this.#chat.writeTo(id);
  }

  /** @param {HTMLElement} anchor */
  #chooseLayout(anchor) {
    const { stage, controls } = this;
    const items = layoutItems(this.#app, {
      pinned: stage.pinned,
      unpinAll: () => stage.unpinAll(),
      window: () =>
        void toggleWindow(this.#app, {
          tiles: () => stage.highlights(),
          toggleMic: () => controls.toggleMic(),
          toggleCamera: () => controls.toggleCamera(),
          leave: this.#leave,
        }),
    });
    openMenu(anchor, t('stage.layout'), items);
  }

  openChat() {
    if (!this.chatOpen) this.toggle('chat');
  }

  /** @param {'chat' | 'people'} which */
  toggle(which) {
    this.#show(this.#open === which ? '' : which);
    if (this.#open === 'chat' && !matchMedia('(pointer: coarse)').matches) this.#chat.focus();
  }

  closePanel() {
    const was = this.#open;
    this.#show('');
    return was !== '';
  }

  #build() {
    this.#sound.append(
      icon('volumeOff'),
      el('span', {}, t('stage.sound')),
      el(
        'button',
        {
          type: 'button',
          class: 'button primary',
          onclick: () => {
            this.#sound.hidden = true;
            this.stage.resume();
          },
        },
        t('stage.sound.on'),
      ),
    );
    const head = el(
      'div',
      { class: 'panel-head' },
      el('div', { class: 'tabs', role: 'tablist' }, this.#tabs.people, this.#tabs.chat),
      iconButton('close', t('panel.close'), { onclick: () => this.closePanel() }),
    );
    this.#panel.append(head, this.#panelBody);
    const layout = iconButton('auto', t('stage.layout'), {
      class: 'small layout-button',
      'aria-haspopup': 'menu',
      'data-action': 'layout',
      onclick: () => this.#chooseLayout(layout),
    });
    this.element.append(
      el(
        'div',
        { class: 'theatre' },
        el('div', { class: 'theatre-top' }, this.#title, this.#presenting.element, layout),
        this.stage.element,
        new Transfers(this.#app).element,
        this.#waiting,
        this.#alone,
        this.#caption,
        this.#sound,
        new PlayerBar(this.#app).element,
        this.controls.element,
      ),
      this.#panel,
    );
    takeDrops(this.#app, this.element);
    this.#showTitle();
  }

  /** @param {'chat' | 'people'} which */
  #tab(which) {
    return el(
      'button',
      {
        type: 'button',
        role: 'tab',
        id: `tab-${which}`,
        'aria-selected': 'false',
        'aria-controls': 'panel-body',
        onclick: () => this.#show(which),
      },
      t(`control.${which}`),
    );
  }

  /** @param {'chat' | 'people' | ''} which */
  #show(which) {
    const left = which === '' && this.#panel.contains(document.activeElement);
    this.#open = which;
    this.#panel.hidden = which === '';
    this.element.classList.toggle('with-panel', which !== '');
    this.controls.setPanel(which);
    // Not to the panel's button: the space bar would press that one instead of opening the microphone.
    if (left) this.element.focus();
    for (const [name, tab] of Object.entries(this.#tabs))
      tab.setAttribute('aria-selected', String(name === which));
    if (which) {
      const view = which === 'chat' ? this.#chat.element : this.#people.element;
      const changed = this.#panelBody.contains(document.activeElement) && view.parentNode === null;
      this.#panelBody.replaceChildren(view);
      if (changed) this.#tabs[which].focus(); // what had the focus is gone
      this.#panel.setAttribute('aria-label', t(`control.${which}`));
    }
    this.#chat.shown(which === 'chat');
    if (which === 'chat') this.#app.toasts.dismiss('chat');
    this.stage.update();
  }

  #showTitle() {
    const { room, config } = this.#app;
    const recording = [...room.users.values()].some(isRecorder);
    const shown = JSON.stringify([room.status.displayName, room.status.locked, recording]);
    if (shown === this.#titleShown) return;
    this.#titleShown = shown;
    this.#title.replaceChildren(el('h1', { dir: 'auto' }, room.status.displayName || config.title));
    if (room.status.locked) {
      const lock = el(
        'span',
        { class: 'chip', role: 'img', 'aria-label': t('stage.locked'), title: t('stage.locked') },
        icon('lock'),
      );
      this.#title.append(lock);
    }
    if (recording) {
      this.#title.append(
        el('span', { class: 'chip recording', role: 'status' }, icon('record'), t('stage.recording')),
      );
    }
  }

  #showAlone() {
    const { room } = this.#app;
    const { locked } = room.status;
    this.#alone.hidden = room.phase !== 'joined' || persons(room.users.values()).length > 1;
    this.#waiting.hidden = room.phase !== 'reconnecting';
    const can = !locked || room.can('op');
    const action = locked ? () => room.connection.groupAction('unlock') : () => void this.#copyAddress();
    this.#alone.replaceChildren(
      el('p', {}, t('stage.alone')),
      el('p', { class: 'hint' }, t(locked ? 'stage.alone.locked' : 'stage.alone.hint')),
    );
    if (!can) return;
    const [picture, label] = locked
      ? /** @type {const} */ (['unlock', 'menu.unlock'])
      : /** @type {const} */ (['copy', 'stage.copy']);
    this.#alone.append(
      el('button', { type: 'button', class: 'button', onclick: action }, icon(picture), t(label)),
    );
  }

  async #copyAddress() {
    const { toasts, config } = this.#app;
    if (await copy(config.location)) toasts.show('good', t('stage.copied'));
    else toasts.show('warning', t('toast.copyFailed'));
  }

  /** @param {string} username @param {string} text */
  #showCaption(username, text) {
    const words = el('span', { dir: 'auto' }, text);
    this.#caption.replaceChildren(...(username ? [el('bdi', {}, username), ': ', words] : [words]));
    this.#caption.hidden = text === '';
    clearTimeout(this.#captionTimer);
    this.#captionTimer = setTimeout(() => (this.#caption.hidden = true), 3000);
  }

  #listen() {
    const { room, publisher } = this.#app;
    if (room.phase !== 'joined') return;
    /** @type {Map<string, number>} */
    const levels = new Map();
    for (const stream of room.connection.streams.down.values()) {
      if (stream.label === 'screenshare') continue;
      // The server hears also those whose sound does not come to us.
      const level = stream.track('audio') ? stream.audioLevel() : stream.speaking ? THRESHOLD : 0;
      levels.set(stream.source, Math.max(level, levels.get(stream.source) ?? 0));
    }
    const own = publisher.microphone.level();
    levels.set(room.connection.id, publisher.microphoneOn ? own : 0);
    const now = performance.now();
    const speaking = this.#activity.update(levels, now);
    this.stage.setSpeaking(speaking, this.#activity.main, now);
    this.#noticeMuted(own, now);
  }

  /** @param {number} level @param {number} now */
  #noticeMuted(level, now) {
    const { publisher, toasts, room } = this.#app;
    const talking =
      publisher.microphone.isOpen && publisher.microphone.muted && level > 0.12 && room.can('present');
    if (!talking) {
      if (level < 0.05) this.#mutedSince = 0;
      return;
    }
    if (!this.#mutedSince) this.#mutedSince = now;
    else if (now - this.#mutedSince > MUTED_SPEECH_MS) {
      this.#mutedSince = now + 30_000; // once in a while is enough
      toasts.show('info', t('toast.mutedSpeaking', { key: 'M' }), { key: 'mutedSpeaking' });
    }
  }
}
