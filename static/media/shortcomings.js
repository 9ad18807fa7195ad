// @ts-check
/**
 * What is the matter with one's own video, told to the others, who would otherwise guess: that a filter blurs all of
 * it, or that computer or network hold it back. Shows nothing, changes nothing of what is sent.
 */
import { Emitter } from '../protocol/emitter.js';

/** @typedef {'' | 'filter-loading' | 'filter-closed' | 'filter-failed' | 'cpu' | 'bandwidth'} Shortcoming */

/** Milliseconds that a filter may be interrupted before others are told. @type {Record<string, number>} */
const TOLD_AFTER_MS = { loading: 1000, closed: 1000, failed: 0 };
/** Milliseconds between two looks at what holds the video back. */
const LOOK_MS = 3000;

/** @extends {Emitter<{change: void}>} */
export class Shortcomings extends Emitter {
  /** @type {Shortcoming} */
  now = '';
  #room;
  #publisher;
  /** @type {Shortcoming} */
  #filter = '';
  /** @type {Shortcoming} */
  #limit = '';
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;

  /**
   * @param {Pick<import('../model/room.js').Room, 'setData' | 'data'>} room
   * @param {import('./publisher.js').Publisher} publisher
   */
  constructor(room, publisher) {
    super();
    this.#room = room;
    this.#publisher = publisher;
    publisher.camera.addEventListener('status', () => this.#filterChanged());
    publisher.on('change', () => this.#tell());
    setInterval(() => void this.look(), LOOK_MS);
  }

  #filterChanged() {
    const { state } = this.#publisher.camera.status;
    const next = /** @type {Shortcoming} */ (state in TOLD_AFTER_MS ? `filter-${state}` : '');
    clearTimeout(this.#timer);
    if (next === this.#filter) return;
    const take = () => {
      this.#filter = next;
      this.#tell();
    };
    if (next === '' || TOLD_AFTER_MS[state] === 0) take();
    else this.#timer = setTimeout(take, TOLD_AFTER_MS[state]);
  }

  /** Asks the browser what holds the video back. */
  async look() {
    const { up, cameraOn } = this.#publisher;
    const tracks = cameraOn && up && !up.closed ? (await up.stats()).tracks : [];
    const limits = tracks.filter(({ kind }) => kind === 'video').map(({ limited }) => limited);
    this.#limit = limits.includes('cpu') ? 'cpu' : limits.includes('bandwidth') ? 'bandwidth' : '';
    this.#tell();
  }

  #tell() {
    const { cameraOn, camera } = this.#publisher;
    const video = cameraOn ? this.#filter || this.#limit : '';
    const height = (cameraOn && camera.track?.getSettings().height) || 0;
    const { data } = this.#room;
    if ((data.video ?? '') !== video || (data.height ?? 0) !== height)
      this.#room.setData({ video: video || null, height: height || null });
    if (video === this.now) return;
    this.now = video;
    this.emit('change', undefined);
  }
}
