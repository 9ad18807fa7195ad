// @ts-check
/**
 * The stage: keeps one tile per person and screen and puts each where the plan says (`model/stage-plan.js`). What
 * tiles show is the business of `tile-contents.js`, what the server sends of it that of `demand.js`.
 */
import { t } from '../base/texts.js';
import { el, onResize, perFrame } from '../base/dom.js';
import { isRecorder } from '../model/people.js';
import { CORNERS } from '../model/layout.js';
import { Order } from '../model/order.js';
import { Pins } from '../model/pins.js';
import { subjects } from '../model/subjects.js';
import { plan } from '../model/stage-plan.js';
import { Demand } from './demand.js';
import { dragInset } from './inset-drag.js';
import { closeMenuOf } from './menu.js';
import { Pager } from './pager.js';
import { TileContents } from './tile-contents.js';

/** @typedef {import('../model/subjects.js').Subject} Subject */
/** @typedef {import('./tile.js').Tile} Tile */
/** @typedef {import('../protocol/down-stream.js').DownStream} DownStream */

export class Stage {
  element = el('section', { class: 'stage', 'aria-label': t('stage.label') });
  /** @type {Map<string, Tile>} */
  tiles = new Map();
  update;
  #app;
  #actions;
  #contents;
  #demand;
  #pager;
  #rest = el('button', { type: 'button', class: 'tile tile-rest away', onclick: () => this.#actions.people() });
  #pins = new Pins();
  #order = new Order();
  #page = 0;
  /** Who is heard, and when somebody was last. @type {Set<string>} */
  #speaking = new Set();
  /** @type {Map<string, number>} */
  #spoke = new Map();
  /** Somebody else who speaks, or spoke last. */
  #speaker = '';
  /** What is large. */
  #large = '';

  /**
   * @param {import('./context.js').App} app
   * @param {{menu: (tile: Tile, anchor: HTMLElement) => void, blocked: () => void, people: () => void}} actions
   */
  constructor(app, actions) {
    this.#app = app;
    this.#actions = actions;
    this.#contents = new TileContents(app);
    this.#demand = new Demand(app, () => this.tiles.values());
    this.update = perFrame(() => this.#update());
    this.element.append(this.#rest);
    this.#pager = new Pager(this.element, (page) => {
      this.#page = page;
      this.#update();
    });
    dragInset(this.element, {
      at: (element) => this.tiles.get(element.closest('[data-place="float"]')?.getAttribute('data-tile') ?? ''),
      drop: (corner) => {
        app.settings.set('corner', corner);
        this.#update();
      },
    });
    onResize(this.element, () => this.update());
    const { room, publisher, settings } = app;
    room.on('user', () => this.update());
    room.on('phase', () => this.update());
    room.connection.on('down', (stream) => this.#follow(stream));
    publisher.on('change', () => this.update());
    settings.on('change', (key) => {
      if (key === 'layout') this.#page = 0;
      this.update();
    });
  }

  /** Shows a tile large beside others that are, or stops showing it so. @param {string} key */
  pin(key) {
    this.#pins.toggle(key);
    this.#update();
  }

  /** Nothing is large but what the layout makes so. */
  unpinAll() {
    this.#pins.forget();
    this.#update();
  }

  get pinned() {
    return this.#pins.keys.size;
  }

  /** The tiles worth seeing where there is room for few: what is large, screens, who spoke last; oneself last. */
  highlights() {
    /** @param {Tile} tile */
    const worth = (tile) =>
      tile.own ? -1 : (tile.element.dataset.place === 'large' ? 4 : 0) + (tile.kind === 'screen' ? 2 : 0) + (tile.hasVideo ? 1 : 0);
    /** @param {Tile} tile */
    const heard = ({ userId }) => this.#spoke.get(userId) ?? 0;
    return [...this.tiles.values()].sort((a, b) => worth(b) - worth(a) || heard(b) - heard(a));
  }

  /** Puts one's own picture into another corner. */
  nextCorner() {
    const { settings } = this.#app;
    const at = CORNERS.indexOf(/** @type {import('../model/layout.js').Corner} */ (settings.get('corner')));
    settings.set('corner', CORNERS[(at + 1) % CORNERS.length]);
  }

  /** Marks who speaks. @param {Set<string>} speaking ids of people @param {string} main of them, for some time @param {number} now */
  setSpeaking(speaking, main, now) {
    const { room, settings } = this.#app;
    let moves = false;
    this.#speaking = speaking;
    for (const id of speaking) this.#spoke.set(id, now);
    if (main && main !== room.selfId && main !== this.#speaker) {
      this.#speaker = main;
      moves = settings.get('layout') !== 'auto' && settings.get('layout') !== 'grid';
    }
    const marked = settings.get('activity') ? speaking : new Set();
    for (const tile of this.tiles.values()) {
      tile.setSpeaking(tile.kind === 'person' && marked.has(tile.userId));
      if (!tile.visible && speaking.has(tile.userId)) moves = true;
    }
    this.#note(now);
    if (moves) this.update();
  }

  /** Says what is wrong with the videos. @param {number} now */
  #note(now) {
    for (const tile of this.tiles.values()) tile.setNote(this.#contents.note(tile, now));
  }

  /** Plays everything, after the browser had waited for a click. */
  resume() {
    for (const tile of this.tiles.values()) tile.resume();
  }

  /** @param {DownStream} stream */
  #follow(stream) {
    stream.on('tracks', () => this.update());
    stream.on('status', () => this.update());
    stream.on('paused', () => this.#note(performance.now()));
    stream.on('close', () => {
      this.#demand.forget(stream.id);
      for (const tile of this.tiles.values()) if (tile.video.srcObject === stream.media) tile.freeze();
      // A stream that takes this one's place comes in the same instant.
      this.update();
    });
    this.update();
  }

  #update() {
    const { room, settings } = this.#app;
    this.element.classList.toggle('interrupted', room.phase === 'reconnecting');
    if (room.phase === 'reconnecting') {
      // Everybody stays as they were last seen.
      this.#pins.interrupted();
      for (const tile of this.tiles.values()) tile.setSpeaking(false);
      return;
    }
    const { users, selfId, phase } = room;
    const joined = phase === 'joined';
    const list = joined ? subjects(users.values(), this.#contents.media(), { selfId, audioOnly: settings.get('audioOnly') }) : [];
    this.#clear(new Set(list.map(({ key }) => key)));
    if (joined) this.#pins.update(list, { users, selfId }, performance.now());
    else this.#pins.forget();
    const pins = this.#pins.keys;
    for (const subject of list) this.#contents.fill(this.#tile(subject), subject, pins.has(subject.key));
    this.#arrange(list, pins);
    this.element.dataset.count = String(list.length);
  }

  /** @param {Set<string>} there  keys of subjects */
  #clear(there) {
    for (const [key, tile] of this.tiles) {
      if (there.has(key)) continue;
      const focused = tile.element.contains(document.activeElement);
      tile.remove();
      if (focused) /** @type {HTMLElement | null} */ (this.element.closest('[tabindex="-1"]'))?.focus();
      closeMenuOf(tile.element);
      this.tiles.delete(key);
    }
  }

  /** @param {Subject} subject */
  #tile(subject) {
    let tile = this.tiles.get(subject.key);
    if (!tile) {
      const { menu, blocked } = this.#actions;
      tile = this.#contents.make(subject, { pin: ({ key }) => this.pin(key), menu, blocked });
      this.tiles.set(subject.key, tile);
      this.element.append(tile.element);
    }
    return tile;
  }

  /** @param {Subject[]} list @param {Set<string>} pins */
  #arrange(list, pins) {
    const { room, settings } = this.#app;
    const area = { width: this.element.clientWidth, height: this.element.clientHeight };
    const candidates = list.filter((subject) => subject.video || pins.has(subject.key) || this.#wantsTile(subject));
    const view = /** @type {import('../model/stage-plan.js').View} */ ({
      mode: settings.get('layout'),
      self: settings.get('self'),
      corner: settings.get('corner'),
      pins,
      speaker: this.#speaker,
      selfId: room.selfId,
      page: this.#page,
      saving: this.#app.saving(),
      voices: { speaking: this.#speaking, spoke: this.#spoke },
      more: this.#silent(list),
    });
    const { places, rest, hidden, page, pages } = plan(area, candidates, view, this.#order);
    for (const [key, tile] of this.tiles) {
      const found = places.get(key);
      tile.place(found?.rect ?? null, found?.place);
    }
    this.#page = page;
    this.#pager.show(page, pages);
    this.#placeRest(hidden, rest);
    const large = [...places].filter(([, { place }]) => place === 'large').map(([key]) => key).join();
    // What has just become large is wanted large at once.
    if (large !== this.#large) this.#demand.now();
    else this.#demand.later();
    this.#large = large;
  }

  /** How many are here but not shown, where nobody else is: otherwise one would seem to be alone. @param {Subject[]} list */
  #silent(list) {
    const { room, settings } = this.#app;
    if (!settings.get('audioOnly') || list.some(({ userId }) => userId !== room.selfId)) return 0;
    return [...room.users.values()].filter((user) => user !== room.self && !isRecorder(user)).length;
  }

  /** @param {Subject} subject */
  #wantsTile(subject) {
    const { room, settings } = this.#app;
    // A camera that we do not ask for, because its tile is hidden, is a camera all the same.
    const camera = room.users.get(subject.userId)?.data.camera === true;
    return settings.get('audioOnly') || camera || subject.userId === room.selfId;
  }

  /** @param {number} hidden @param {import('../model/layout.js').Rect | null} rect */
  #placeRest(hidden, rect) {
    this.#rest.classList.toggle('away', !rect);
    if (!rect) return;
    this.#rest.textContent = t('stage.more', { count: hidden });
    this.#rest.setAttribute('aria-label', t('stage.more.who', { count: hidden }));
    const lengths = { '--x': rect.x, '--y': rect.y, '--w': rect.width, '--h': rect.height };
    for (const [name, value] of Object.entries(lengths)) this.#rest.style.setProperty(name, `${value}px`);
  }
}
