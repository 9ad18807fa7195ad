// @ts-check
/**
 * All streams of one connection, up and down, by their ids; hands each message to the stream it is for.
 */
import { DownStream } from './down-stream.js';
import { Emitter } from './emitter.js';
import { lastingId, randomId } from './ids.js';
import { UpStream } from './up-stream.js';

/** @typedef {import('./types.js').Message} Message */

/** @extends {Emitter<{up: UpStream, down: DownStream}>} */
export class Streams extends Emitter {
  /** @type {Map<string, UpStream>} */
  up = new Map();
  /** @type {Map<string, DownStream>} */
  down = new Map();
  #link;

  /** @param {import('./up-stream.js').Link} link */
  constructor(link) {
    super();
    this.#link = link;
  }

  /**
   * Sends a new stream. With `replace`, one of our own streams ends as the new one begins.
   * @param {import('./up-stream.js').PublishOptions} options
   */
  publish(options) {
    const replaced = options.replace ? this.up.get(options.replace) : undefined;
    const id = options.lasting ? lastingId(options.lasting) : randomId();
    const stream = new UpStream(id, this.#link, { ...options, replace: replaced?.id ?? '' });
    this.up.set(stream.id, stream);
    stream.on('close', () => this.up.delete(stream.id));
    replaced?.drop();
    this.emit('up', stream);
    return stream;
  }

  /**
   * Takes a message that concerns a stream; true if it was one.
   * @param {Message} message
   */
  receive(message) {
    const id = message.id ?? '';
    switch (message.type) {
      case 'offer':
        this.#offered(message);
        return true;
      case 'answer':
      case 'renegotiate':
      case 'abort':
        this.up.get(id)?.receive(message);
        return true;
      case 'close':
      case 'paused':
      case 'speaking':
        this.down.get(id)?.receive(message);
        return true;
      case 'ice':
        (this.up.get(id) ?? this.down.get(id))?.receive(message);
        return true;
      default:
        return false;
    }
  }

  /** The connection or the group is gone: everything ends, nobody is told. */
  dropAll() {
    for (const stream of [...this.up.values()]) stream.drop();
    for (const stream of [...this.down.values()]) stream.drop(false);
  }

  /** @param {Message} message */
  #offered(message) {
    const id = message.id ?? '';
    if (!id || this.up.has(id)) {
      this.#link.send({ type: 'abort', id });
      return;
    }
    const old = message.replace && message.replace !== id ? this.down.get(message.replace) : undefined;
    const localId = old?.localId ?? randomId();
    let stream = this.down.get(id);
    // The old stream goes first, but whoever shows it is told that another follows.
    old?.drop(true);
    if (!stream) {
      try {
        stream = new DownStream(message, localId, this.#link);
      } catch (error) {
        console.error('no peer connection:', error);
        this.#link.send({ type: 'abort', id });
        return;
      }
      this.#keep(stream);
    }
    stream.receive(message);
  }

  /** @param {DownStream} stream */
  #keep(stream) {
    this.down.set(stream.id, stream);
    stream.on('close', () => this.down.delete(stream.id));
    this.emit('down', stream);
  }
}
