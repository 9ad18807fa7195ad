// @ts-check
/** The list of people, with what each may do and what may be done to each. */
import { t } from '../base/texts.js';
import { handRaised, hue, initials, persons, sorted } from '../model/people.js';
import { append, el, perFrame } from '../base/dom.js';
import { icon, iconButton } from './icons.js';
import { closeMenuOf, openMenu } from './menu.js';
import { userItems } from './menus.js';
import { openInvitations } from './invite-dialog.js';

/** @typedef {import('../protocol/types.js').UserInfo} UserInfo */

export class PeoplePanel {
  element = el('div', { class: 'people' });
  #app;
  #actions;
  #count = el('p', { class: 'people-count', 'aria-live': 'polite' });
  #list = el('ul', { class: 'people-list' });
  /** @type {Map<string, {row: HTMLElement, shown: string}>} */
  #rows = new Map();

  /** @param {import('./context.js').App} app @param {{message: (id: string) => void, hand: () => void}} actions */
  constructor(app, actions) {
    this.#app = app;
    this.#actions = actions;
    const invite = el(
      'button',
      { type: 'button', class: 'button wide', onclick: () => openInvitations(app) },
      icon('invite'),
      t('menu.invite'),
    );
    this.element.append(
      el('div', { class: 'people-head' }, this.#count),
      this.#list,
      el('div', { class: 'people-foot' }, invite),
    );
    const update = perFrame(() => this.#update());
    app.room.on('user', update);
    app.room.on('phase', update);
    update();
  }

  #update() {
    const { room } = this.#app;
    const people = sorted(persons(room.users.values()));
    this.#count.textContent = t('people.count', { count: people.length });
    const ids = new Set(people.map(({ id }) => id));
    for (const [id, { row }] of this.#rows) {
      if (ids.has(id)) continue;
      row.remove();
      closeMenuOf(row);
      this.#rows.delete(id);
    }
    people.forEach((user, index) => {
      const row = this.#row(user);
      if (this.#list.children[index] !== row)
        this.#list.insertBefore(row, this.#list.children[index] ?? null);
    });
  }

  /** @param {UserInfo} user */
  #row(user) {
    const shown = JSON.stringify([
      user.username,
      user.permissions,
      user.data.raisehand,
      user.data.muted,
      user.data.camera,
      user.id === this.#app.room.selfId,
    ]);
    const known = this.#rows.get(user.id);
    if (known?.shown === shown) return known.row;
    const row = known?.row ?? el('li', { class: 'person', 'data-user': user.id });
    const focused = row.contains(document.activeElement);
    this.#rows.set(user.id, { row, shown });
    this.#render(row, user);
    if (focused) row.querySelector('button')?.focus();
    return row;
  }

  /** @param {HTMLElement} row @param {UserInfo} user */
  #render(row, user) {
    const { room } = this.#app;
    const self = user.id === room.selfId;
    const name = user.username || t('people.anonymous');
    const avatar = el('span', { class: 'avatar small', 'aria-hidden': 'true' }, initials(user.username));
    avatar.style.setProperty('--hue', String(hue(name)));
    const can = (/** @type {string} */ permission) => user.permissions.includes(permission);
    const signs = el('span', { class: 'signs' });
    if (handRaised(user)) signs.append(sign('hand', t('stage.hand'), 'sign-hand'));
    if (can('present') && user.data.camera === true) signs.append(sign('camera', t('device.camera'), ''));
    if (can('present') && user.data.muted !== undefined)
      signs.append(
        sign(
          user.data.muted ? 'micOff' : 'mic',
          user.data.muted ? t('stage.muted') : t('device.microphone'),
          user.data.muted ? 'sign-off' : '',
        ),
      );
    const role = can('op')
      ? t('people.op')
      : !can('present')
        ? t('people.observer')
        : !can('message')
          ? t('people.silent')
          : '';
    const menu = iconButton('more', t('people.menu', { name }), {
      class: 'small',
      'aria-haspopup': 'menu',
      onclick: () => openMenu(menu, t('people.menu', { name }), userItems(this.#app, user.id, this.#actions)),
    });
    row.replaceChildren();
    append(row, [
      avatar,
      el(
        'span',
        { class: 'person-name' },
        el(
          'span',
          { class: 'person-title' },
          el('bdi', {}, name),
          self && el('span', { class: 'you' }, ' ', t('people.you')),
        ),
        role && el('span', { class: 'role' }, role),
      ),
      signs,
      menu,
    ]);
  }
}

/** @param {import('./icons.js').IconName} name @param {string} label @param {string} more */
function sign(name, label, more) {
  return el('span', { class: `sign ${more}`, role: 'img', 'aria-label': label, title: label }, icon(name));
}
