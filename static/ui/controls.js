// @ts-check
/** The bar of controls below the stage. */
import { t } from '../base/texts.js';
import { canShareScreen } from '../media/screen.js';
import { persons } from '../model/people.js';
import { el } from '../base/dom.js';
import { icon, iconButton, relabel } from './icons.js';
import { openFilters } from './filters-dialog.js';
import { openMenu } from './menu.js';
import { deviceItems, moreItems, shareItems } from './menus.js';

/** @typedef {import('./context.js').App} App */

/** @typedef {{chat: () => void, people: () => void, leave: () => void, hand: () => void, layout: (anchor: HTMLElement) => void}} ControlActions */

export class Controls {
  element = el('div', { class: 'controls', role: 'toolbar', 'aria-label': t('control.bar') });
  #app;
  #actions;
  #mic;
  #camera;
  #share;
  #hand;
  #people;
  #chat;
  #unread = el('span', { class: 'count-badge', hidden: true });
  #count = el('span', { class: 'count-badge quiet' });

  /** @param {App} app @param {ControlActions} actions */
  constructor(app, actions) {
    this.#app = app;
    this.#actions = actions;
    this.#mic = button('mic', 'mic', t('control.mic.off'), () => void this.toggleMic());
    this.#camera = button('camera', 'camera', t('control.camera.off'), () => void this.toggleCamera());
    this.#share = button('screen', 'share', t('control.share'), () => this.share());
    this.#hand = button('hand', 'hand', t('control.hand.raise'), actions.hand);
    this.#people = button('people', 'people', t('control.people'), actions.people);
    this.#chat = button('chat', 'chat', t('control.chat'), actions.chat);
    this.#people.title = key(t('control.people'), 'P');
    this.#chat.title = key(t('control.chat'), 'C');
    this.#people.append(this.#count);
    this.#chat.append(this.#unread);
    this.#build();
    const update = () => this.#update();
    app.publisher.on('change', update);
    app.room.on('permissions', update);
    app.room.on('user', update);
    app.room.on('phase', update);
    app.room.chat.on('unread', update);
    update();
  }

  async toggleMic() {
    const { publisher } = this.#app;
    if (!publisher.microphoneOn && !this.#mayPresent()) return;
    await publisher.setMicrophone(!publisher.microphoneOn);
  }

  async toggleCamera() {
    const { publisher } = this.#app;
    // While it is being exchanged for another one, it can be switched off all the same.
    if (!publisher.cameraOn && (publisher.cameraBusy || !this.#mayPresent())) return;
    await publisher.setCamera(!publisher.cameraOn);
  }

  /** @param {HTMLElement} [anchor]  of the menu, when there is more than one thing to do */
  share(anchor = this.#share) {
    const { publisher, toasts } = this.#app;
    if (!this.#mayPresent()) return;
    if (!canShareScreen()) {
      toasts.show('warning', t('toast.shareNot'));
      return;
    }
    if (publisher.screens.size === 0) void publisher.shareScreen();
    else openMenu(anchor, t('control.share'), shareItems(publisher));
  }

  /** Shows which panel is open. @param {'chat' | 'people' | ''} open */
  setPanel(open) {
    this.#chat.setAttribute('aria-pressed', String(open === 'chat'));
    this.#people.setAttribute('aria-pressed', String(open === 'people'));
  }

  #build() {
    const app = this.#app;
    const filters = button('filters', 'filters', t('control.filters'), () => void openFilters(app));
    const more = button('more', 'more', t('control.more'), () =>
      openMenu(more, t('control.more'), moreItems(app, { hand: this.#actions.hand, share: () => this.share(more), layout: () => this.#actions.layout(more) }, this.#hand.offsetParent === null)),
    );
    const leave = el(
      'button',
      {
        type: 'button',
        class: 'control leave',
        'data-action': 'leave',
        'aria-label': t('control.leave'),
        title: t('control.leave'),
        onclick: this.#actions.leave,
      },
      icon('leave'),
      el('span', { class: 'control-text' }, t('control.leave')),
    );
    this.element.append(
      el(
        'div',
        { class: 'controls-group' },
        this.#split(this.#mic, t('control.devices.mic'), () => deviceItems(app, ['microphone', 'speaker'])),
        this.#split(this.#camera, t('control.devices.camera'), () => deviceItems(app, ['camera'])),
        el('div', { class: 'wide-only' }, filters),
        el('div', { class: 'wide-only' }, this.#share),
      ),
      el(
        'div',
        { class: 'controls-group' },
        el('div', { class: 'wide-only' }, this.#hand),
        this.#people,
        this.#chat,
        more,
      ),
      leave,
    );
  }

  /** A control with a small button beside it that opens a choice. @param {HTMLElement} control @param {string} label @param {() => import('./menu.js').Entry[]} entries */
  #split(control, label, entries) {
    const chevron = iconButton('up', label, {
      class: 'chevron',
      'aria-haspopup': 'menu',
      onclick: () => openMenu(chevron, label, entries()),
    });
    return el('div', { class: 'split' }, control, chevron);
  }

  #mayPresent() {
    const { room, toasts } = this.#app;
    // While the connection is being restored, people may get ready.
    const { able } = this.#app.publisher;
    if (able && (room.can('present') || room.phase === 'reconnecting')) return true;
    toasts.show('warning', t(able ? 'control.noPresent' : 'control.noWebRTC'), { key: 'noPresent' });
    return false;
  }

  #update() {
    const { publisher, room } = this.#app;
    const present = publisher.able && (room.can('present') || room.phase === 'reconnecting');
    const hand = Boolean(room.data.raisehand);
    relabel(
      this.#mic,
      publisher.microphoneOn ? 'mic' : 'micOff',
      key(t(publisher.microphoneOn ? 'control.mic.off' : 'control.mic.on'), 'M'),
    );
    relabel(
      this.#camera,
      publisher.cameraOn ? 'camera' : 'cameraOff',
      key(t(publisher.cameraOn ? 'control.camera.off' : 'control.camera.on'), 'V'),
    );
    relabel(this.#hand, 'hand', key(t(hand ? 'control.hand.lower' : 'control.hand.raise'), 'H'));
    this.#mic.classList.toggle('off', !publisher.microphoneOn);
    this.#camera.classList.toggle('off', !publisher.cameraOn);
    this.#camera.classList.toggle('busy', publisher.cameraBusy);
    this.#mic.dataset.on = String(publisher.microphoneOn);
    this.#camera.dataset.on = String(publisher.cameraOn);
    this.#hand.classList.toggle('active', hand);
    const sharing = publisher.screens.size > 0;
    relabel(this.#share, 'screen', t(sharing ? 'control.share.on' : 'control.share'));
    this.#share.classList.toggle('active', sharing);
    if (sharing) this.#share.setAttribute('aria-haspopup', 'menu');
    else this.#share.removeAttribute('aria-haspopup');
    for (const control of [this.#mic, this.#camera, this.#share])
      control.setAttribute('aria-disabled', String(!present));
    const { unread } = room.chat;
    this.#unread.hidden = unread === 0;
    this.#unread.textContent = unread > 99 ? '99+' : String(unread);
    this.#chat.setAttribute(
      'aria-label',
      unread ? t('control.chat.unread', { count: unread }) : t('control.chat'),
    );
    const size = persons(room.users.values()).length;
    this.#people.setAttribute(
      'aria-label',
      size ? t('control.people.count', { count: size }) : t('control.people'),
    );
    this.#count.textContent = String(size || '');
    this.#count.hidden = size === 0;
  }
}

/** @param {import('./icons.js').IconName} picture @param {string} action @param {string} label @param {() => void} run */
function button(picture, action, label, run) {
  return iconButton(picture, label, { class: 'control', 'data-action': action, onclick: run });
}

/** @param {string} name @param {string} letter */
function key(name, letter) {
  return t('control.key', { name, key: letter });
}
