// @ts-check
/**
 * One WebSocket to the server: handshake, keeping it alive, noticing that it is dead.
 *
 * A Socket is used once: after `close` it is over, and a new one is made. It knows messages only as far
 * as the handshake and ping/pong go; everything else is handed on.
 */
import { Emitter } from './emitter.js';

/** @typedef {import('./types.js').Message} Message */

const VERSION = '2';
/** Milliseconds: ask after this much silence; give up after that much; look at the clock this often. */
const PING_MS = 15_000;
const GIVE_UP_MS = 65_000;
const LOOK_MS = 5_000;
/** Milliseconds to answer a `probe`. */
export const PROBE_MS = 5_000;
/** Milliseconds for the connection and the handshake together. */
const OPEN_MS = 15_000;

/**
 * @typedef {object} Platform  what a test replaces
 * @property {(url: string) => WebSocket} [socket]
 * @property {() => number} [now]  milliseconds that never run backwards
 */

/**
 * @extends {Emitter<{open: void, message: Message, close: {code: number, reason: string, opened: boolean}}>}
 */
export class Socket extends Emitter {
  /** @type {WebSocket} */
  #socket;
  #opened = false;
  #closed = false;
  #heard;
  #started;
  #now;
  /** @type {ReturnType<typeof setInterval> | undefined} */
  #timer;

  /**
   * @param {string} url  ws: or wss:
   * @param {string} id   our client id
   * @param {Platform} [platform]
   */
  constructor(url, id, platform = {}) {
    super();
    this.#now = platform.now ?? (() => performance.now());
    this.#started = this.#heard = this.#now();
    this.#socket = platform.socket ? platform.socket(url) : new WebSocket(url);
    this.#socket.onopen = () => this.#write({ type: 'handshake', version: [VERSION], id });
    this.#socket.onmessage = (event) => this.#receive(event.data);
    this.#socket.onclose = (event) => this.#end(event.code, event.reason);
    this.#timer = setInterval(() => this.poll(), LOOK_MS);
  }

  /** Whether the handshake is done and the socket still open. */
  get open() {
    return this.#opened && !this.#closed && this.#socket.readyState === 1;
  }

  /** Sends a message; false when the socket is not open. @param {Message} message */
  send(message) {
    if (!this.open) return false;
    this.#write(message);
    return true;
  }

  /** @param {number} [code] @param {string} [reason] */
  close(code = 1000, reason = '') {
    try {
      this.#socket.close(code, reason);
    } catch {
      // a reason that is too long, or a socket that never was: either way it ends here
    }
    this.#end(code, reason);
  }

  /** Asks whether the server is still there, and gives up soon if it does not answer. */
  probe() {
    if (!this.send({ type: 'ping' })) return;
    const heard = this.#heard;
    setTimeout(() => {
      if (this.#heard === heard) this.close(4001, 'the server is silent');
    }, PROBE_MS);
  }

  /** Looks at the clock: pings after silence, gives up after a long one. Called by a timer. */
  poll() {
    if (this.#closed) return;
    const silence = this.#now() - this.#heard;
    if (!this.#opened) {
      if (this.#now() - this.#started >= OPEN_MS) this.close(4000, 'no handshake');
    } else if (silence >= GIVE_UP_MS) {
      this.close(4001, 'the server is silent');
    } else if (silence >= PING_MS) {
      this.send({ type: 'ping' });
    }
  }

  /** @param {Message} message */
  #write(message) {
    this.#socket.send(JSON.stringify(message));
  }

  /** @param {unknown} data */
  #receive(data) {
    if (this.#closed) return;
    this.#heard = this.#now();
    /** @type {Message} */
    let message;
    try {
      message = JSON.parse(String(data));
    } catch {
      return; // not ours to judge: a newer server may know better
    }
    if (message === null || typeof message !== 'object') return;
    if (message.type === 'ping') this.#write({ type: 'pong' });
    else if (message.type === 'handshake') this.#handshake(message);
    else if (message.type !== 'pong' && this.#opened) this.emit('message', message);
  }

  /** @param {Message} message */
  #handshake(message) {
    if (this.#opened) return;
    if (!Array.isArray(message.version) || !message.version.includes(VERSION)) {
      this.close(4002, 'the server speaks another version of the protocol');
      return;
    }
    this.#opened = true;
    this.emit('open', undefined);
  }

  /** @param {number} code @param {string} reason */
  #end(code, reason) {
    if (this.#closed) return;
    this.#closed = true;
    clearInterval(this.#timer);
    this.emit('close', { code, reason, opened: this.#opened });
  }
}
