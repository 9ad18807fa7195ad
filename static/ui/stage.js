// @ts-check
/**
 * The stage: keeps one tile per person and screen, decides how they share the space, and asks the server for
 * what is seen and no more.
 */
import { t, text } from '../base/texts.js';
import { OwnView } from '../media/own-view.js';
import * as layout from '../model/layout.js';
import { handRaised, isRecorder } from '../model/people.js';
import { Pin } from '../model/pin.js';
import { shortcoming } from '../model/sharpness.js';
import { choose, seats } from '../model/seats.js';
import { Volumes } from '../model/volumes.js';
import { wanted } from '../model/subscriptions.js';
import { el, onResize, perFrame } from '../base/dom.js';
import { closeMenuOf } from './menu.js';
import { seatName } from './seat-names.js';
import { Tile } from './tile.js';

/** @typedef {import('../model/seats.js').Seat} Seat */
/** @typedef {import('../protocol/down-stream.js').DownStream} DownStream */

/** Milliseconds without change after which the server is asked for other sizes. */
const WISH_MS = 600;

export class Stage {
  element = el('section', { class: 'stage', 'aria-label': t('stage.label') });
  /** @type {Map<string, Tile>} */
  tiles = new Map();
  #app;
  #actions;
  #rest = el('button', { type: 'button', class: 'tile tile-rest away', onclick: () => this.#actions.people() });
  #pin = new Pin();
  /** When somebody was last heard. @type {Map<string, number>} */
  #spoke = new Map();
  /** @type {Set<string>} */
  #shown = new Set();
  /** What was last asked for, by stream. @type {Map<string, string>} */
  #asked = new Map();
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #wishTimer;
  #ownView = new OwnView();
  update;

  /**
   * @param {import('./context.js').App} app
   * @param {{menu: (tile: Tile, anchor: HTMLElement) => void, blocked: () => void, people: () => void}} actions
   */
  constructor(app, actions) {
    this.#app = app;
    this.#actions = actions;
    this.update = perFrame(() => this.#update());
    this.element.append(this.#rest);
    onResize(this.element, () => this.update());
    const { room, publisher, settings } = app;
    room.on('user', () => this.update());
    room.on('phase', () => this.update());
    room.connection.on('down', (stream) => this.#follow(stream));
    publisher.on('change', () => this.update());
    settings.on('change', () => this.update());
  }

  /** Shows a tile large, or back in the grid. @param {string} key */
  pin(key) {
    this.#pin.toggle(key);
    // What is large is asked for large at once.
    this.#update();
    this.#ask();
  }

  /** Marks who speaks. @param {Set<string>} speaking ids of people @param {number} now */
  setSpeaking(speaking, now) {
    let hidden = false;
    for (const id of speaking) this.#spoke.set(id, now);
    for (const tile of this.tiles.values()) {
      tile.setSpeaking(tile.kind === 'person' && speaking.has(tile.userId));
      if (!tile.visible && speaking.has(tile.userId)) hidden = true;
    }
    if (hidden) this.update();
    for (const tile of this.tiles.values()) tile.setNote(this.#note(tile, now));
  }

  /** Why somebody's video is not what one would expect. @param {Tile} tile @param {number} now */
  #note(tile, now) {
    if (!tile.hasVideo || !tile.visible || tile.kind === 'screen') return '';
    const { room } = this.#app;
    const data = tile.own ? room.data : room.users.get(tile.userId)?.data;
    const ratio = globalThis.devicePixelRatio || 1;
    const key = shortcoming({
      told: data?.video,
      height: tile.own ? 0 : data?.height,
      got: { width: tile.video.videoWidth, height: tile.video.videoHeight },
      room: { width: tile.size.width * ratio, height: tile.size.height * ratio },
      since: now - tile.sizedAt,
    });
    return key && text(key);
  }

  /** Plays everything, after the browser had waited for a click. */
  resume() {
    for (const tile of this.tiles.values()) tile.resume();
  }

  /** @param {DownStream} stream */
  #follow(stream) {
    stream.on('tracks', () => this.update());
    stream.on('status', () => this.update());
    stream.on('close', () => {
      this.#asked.delete(stream.id);
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
      this.#pin.interrupted();
      for (const tile of this.tiles.values()) tile.setSpeaking(false);
      return;
    }
    const list =
      room.phase === 'joined'
        ? seats(room.users.values(), this.#media(), { selfId: room.selfId, audioOnly: settings.get('audioOnly') })
        : [];
    const keys = new Set(list.map(({ key }) => key));
    for (const [key, tile] of this.tiles) {
      if (keys.has(key)) continue;
      const focused = tile.element.contains(document.activeElement);
      tile.remove();
      if (focused) /** @type {HTMLElement | null} */ (this.element.closest('[tabindex="-1"]'))?.focus();
      closeMenuOf(tile.element);
      this.tiles.delete(key);
    }
    this.#followPin(list);
    for (const seat of list) this.#fill(this.#tile(seat), seat);
    this.#arrange(list);
    this.element.dataset.count = String(list.length);
    // Never put off: while somebody speaks, updates keep coming.
    this.#wishTimer ??= setTimeout(() => {
      this.#wishTimer = undefined;
      this.#ask();
    }, WISH_MS);
  }

  /** @param {Seat[]} list */
  #followPin(list) {
    const { room } = this.#app;
    const { phase, users } = room;
    if (phase === 'joined') this.#pin.update(list, { users, selfId: room.selfId }, performance.now());
    else this.#pin.forget();
  }

  /** All streams, ours included. */
  #media() {
    const { room, publisher } = this.#app;
    const self = room.selfId;
    const media = [...room.connection.streams.down.values()].map((stream) => ({
      id: stream.id,
      localId: stream.localId,
      source: stream.source,
      label: stream.label,
      video: this.#shows(stream),
    }));
    if (publisher.cameraOn || publisher.microphone.isOpen) {
      media.push({ id: 'own', localId: 'own', source: self, label: 'camera', video: publisher.cameraOn });
    }
    return media;
  }

  /** Whether a stream has a picture now. @param {DownStream} stream */
  #shows(stream) {
    const track = stream.track('video');
    if (!track || track.muted) return false;
    return stream.label !== 'camera' || this.#app.room.users.get(stream.source)?.data.camera !== false;
  }

  /** @param {Seat} seat */
  #tile(seat) {
    let tile = this.tiles.get(seat.key);
    if (!tile) {
      const own = seat.userId === this.#app.room.selfId;
      tile = new Tile(
        { key: seat.key, userId: seat.userId, kind: seat.kind, own },
        {
          pin: ({ key }) => this.pin(key),
          menu: this.#actions.menu,
          blocked: this.#actions.blocked,
        },
      );
      const name = this.#app.room.users.get(seat.userId)?.username ?? '';
      if (!own) tile.video.volume = new Volumes(this.#app.settings).get(name, seat.kind);
      this.tiles.set(seat.key, tile);
      this.element.append(tile.element);
    }
    return tile;
  }

  /** @param {Tile} tile @param {Seat} seat */
  #fill(tile, seat) {
    const { room, settings, publisher, camera } = this.#app;
    const user = room.users.get(seat.userId);
    const name = user?.username || t('people.anonymous');
    const you = tile.own;
    const screen = seat.kind === 'screen';
    tile.setName({ name, label: seatName(seat, name, you), you });
    tile.setPinned(tile.key === this.#pin.key);
    tile.setMirrored(you && !screen && settings.get('mirror'));
    if (you) {
      tile.setMedia(this.#ownView.of(publisher.cameraOn ? camera.track : null), seat.video);
      tile.setStatus(publisher.statusOf());
      tile.setBadges({
        muted: !screen && !publisher.microphoneOn,
        hand: !screen && Boolean(room.data.raisehand),
      });
      return;
    }
    const stream = room.connection.streams.down.get(seat.mediaId);
    tile.setMedia(stream?.media ?? null, seat.video);
    tile.setStatus(stream?.status ?? 'connected');
    tile.setSpeaker(settings.get('speaker'));
    const audio = stream?.track('audio');
    tile.setBadges({
      muted: !screen && (user?.data.muted === true || (user?.data.muted === undefined && !audio)),
      hand: !screen && user !== undefined && handRaised(user),
    });
  }

  /** @param {Seat[]} list */
  #arrange(list) {
    const area = { width: this.element.clientWidth, height: this.element.clientHeight };
    const large = this.#pin.key
      ? list.filter(({ key }) => key === this.#pin.key)
      : list.filter(({ kind }) => kind === 'screen');
    const others = list.filter((seat) => !large.includes(seat) && (seat.video || this.#wantsSeat(seat)));
    const room = large.length ? layout.stripCapacity(area, large.length) : layout.capacity(area);
    const shown = this.#choose(others, room);
    const hidden = others.length - shown.length + this.#silent(list);
    this.#shown = new Set(shown.map(({ key }) => key));
    for (const seat of list)
      if (!large.includes(seat) && !shown.includes(seat)) this.tiles.get(seat.key)?.place(null);
    const count = shown.length + (hidden > 0 ? 1 : 0);
    /** @type {layout.Rect[]} */
    let rects;
    if (large.length) {
      const places = layout.focus(area, large.length, count);
      large.forEach((seat, index) => this.tiles.get(seat.key)?.place(places.large[index], 'large'));
      rects = places.strip;
    } else if (this.#isCall(shown, count)) {
      this.#arrangeCall(shown, area);
      rects = [];
    } else {
      rects = layout.grid(area, count);
    }
    if (rects.length)
      shown.forEach((seat, index) =>
        this.tiles.get(seat.key)?.place(rects[index], large.length ? 'small' : ''),
      );
    this.#placeRest(hidden, rects[count - 1]);
  }

  /** How many are here without a seat, where nobody else has one: otherwise one would seem to be alone. @param {Seat[]} list */
  #silent(list) {
    const { room, settings } = this.#app;
    if (!settings.get('audioOnly') || list.some(({ userId }) => userId !== room.selfId)) return 0;
    return [...room.users.values()].filter((user) => user !== room.self && !isRecorder(user)).length;
  }

  /** @param {Seat} seat */
  #wantsSeat(seat) {
    const { room, settings } = this.#app;
    // A camera that we do not ask for, because its tile is hidden, is a camera all the same.
    const camera = room.users.get(seat.userId)?.data.camera === true;
    return settings.get('audioOnly') || camera || seat.userId === room.selfId;
  }

  /** @param {Seat[]} others @param {number} room */
  #choose(others, room) {
    const fits = others.length <= room ? others.length : room - 1;
    return choose(others, fits, {
      selfId: this.#app.room.selfId,
      shown: this.#shown,
      spoke: this.#spoke,
    });
  }

  /** Oneself and one other. @param {Seat[]} shown @param {number} count */
  #isCall(shown, count) {
    return shown.length === 2 && count === 2 && this.#self(shown) !== undefined;
  }

  /** @param {Seat[]} shown */
  #self(shown) {
    return shown.find(({ userId }) => userId === this.#app.room.selfId);
  }

  /** @param {Seat[]} shown @param {layout.Size} area */
  #arrangeCall(shown, area) {
    const self = this.#self(shown);
    const { other, own } = layout.call(area);
    for (const seat of shown)
      this.tiles.get(seat.key)?.place(seat === self ? own : other, seat === self ? 'float' : '');
  }

  /** @param {number} hidden @param {layout.Rect | undefined} rect */
  #placeRest(hidden, rect) {
    this.#rest.classList.toggle('away', hidden <= 0 || !rect);
    if (hidden <= 0 || !rect) return;
    this.#rest.textContent = t('stage.more', { count: hidden });
    this.#rest.setAttribute('aria-label', t('stage.more.who', { count: hidden }));
    for (const [name, value] of /** @type {const} */ ([
      ['--x', rect.x],
      ['--y', rect.y],
      ['--w', rect.width],
      ['--h', rect.height],
    ])) {
      this.#rest.style.setProperty(name, `${value}px`);
    }
  }

  /** Tells the server what of each stream is wanted, where that has changed. */
  #ask() {
    const { room, settings } = this.#app;
    const ratio = globalThis.devicePixelRatio || 1;
    const byMedia = new Map([...this.tiles.values()].map((tile) => [tile.video.srcObject, tile]));
    for (const stream of room.connection.streams.down.values()) {
      const tile = byMedia.get(stream.media);
      const kinds = wanted(settings.get('receive'), {
        label: stream.label,
        visible: Boolean(tile?.visible),
        width: (tile?.size.width ?? 0) * ratio,
        height: (tile?.size.height ?? 0) * ratio,
      });
      const asked = kinds.join();
      const { requested } = room;
      const before = this.#asked.get(stream.id) ?? (requested[stream.label] ?? requested[''] ?? []).join();
      if (asked === before || stream.status !== 'connected') continue;
      this.#asked.set(stream.id, asked);
      stream.request(kinds);
    }
  }
}
