// @ts-check
/**
 * Asks the server for what is seen of each stream and no more, and tells how large it is seen, so that a narrow line
 * goes to what is large: at once for what became large, otherwise when the stage has been still for a moment.
 * Remembers what it asked for.
 */
import { wanted } from '../model/subscriptions.js';

/** Milliseconds without change after which the server is asked for other sizes. */
const WISH_MS = 600;

/** The same for sizes that differ by less than a half or so. @param {[number, number]} size */
function magnitude([width, height]) {
  return Math.round(Math.log2(1 + width * height));
}

export class Demand {
  #app;
  #tiles;
  /** What was last asked for, by stream. @type {Map<string, string>} */
  #asked = new Map();
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;

  /** @param {import('./context.js').App} app @param {() => Iterable<import('./tile.js').Tile>} tiles */
  constructor(app, tiles) {
    this.#app = app;
    this.#tiles = tiles;
  }

  /** Soon. Never put off: while somebody speaks, updates keep coming. */
  later() {
    this.#timer ??= setTimeout(() => this.now(), WISH_MS);
  }

  /** Tells the server what of each stream is wanted, where that has changed. */
  now() {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const { room, settings } = this.#app;
    const ratio = globalThis.devicePixelRatio || 1;
    const byMedia = new Map([...this.#tiles()].map((tile) => [tile.video.srcObject, tile]));
    for (const stream of room.connection.streams.down.values()) {
      const tile = byMedia.get(stream.media);
      const visible = Boolean(tile?.visible);
      const width = (tile?.size.width ?? 0) * ratio;
      const height = (tile?.size.height ?? 0) * ratio;
      const kinds = wanted(settings.get('receive'), {
        label: stream.label,
        visible,
        audio: stream.track('audio') !== null,
        width,
        height,
      });
      /** @type {[number, number]} */
      const size = visible ? [Math.round(width), Math.round(height)] : [0, 0];
      const asked = `${kinds.join()} ${magnitude(size)}`;
      if (asked === this.#asked.get(stream.id) || stream.status !== 'connected') continue;
      this.#asked.set(stream.id, asked);
      stream.request(kinds, size);
    }
  }

  /** It has ended. @param {string} id of a stream */
  forget(id) {
    this.#asked.delete(id);
  }
}
