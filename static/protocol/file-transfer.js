// @ts-check
/**
 * One file on its way from one client to another, over a data channel between the two: the server passes messages on,
 * and sees nothing of the file. Version 1 of the protocol's file transfer: the receiver offers, the sender answers and
 * sends chunks, the receiver says `done`. Knows no DOM. Made by `Files`; owns its peer connection.
 */
import { Emitter } from './emitter.js';
import { Trickle } from './trickle.js';

/** Bytes of one message of the data channel at most. */
export const CHUNK = 16_384;
/** Bytes that wait in the data channel before the sender pauses, and with which it goes on. */
const HIGH = 1 << 20;
const LOW = 1 << 18;
/** Bytes read from the file at once. */
const READ = 1 << 18;
/** Milliseconds for the connection to come about. */
export const CONNECT_MS = 30_000;

/**
 * @typedef {'invited' | 'connecting' | 'running' | 'done' | 'cancelled' | 'failed'} State
 * @typedef {{write: (data: ArrayBuffer) => void | Promise<void>, close: () => void | Promise<void>, abort: () => void}} Sink
 *   where a received file goes
 * @typedef {{send: (value: Record<string, unknown>) => void, peer: () => RTCPeerConnection}} Wire
 * @typedef {{id: string, peerId: string, name: string, size: number, mimetype: string}} About
 */

/** @extends {Emitter<{change: void}>} */
export class FileTransfer extends Emitter {
  /** @type {State} */
  state = 'invited';
  /** Bytes that have arrived, or are on their way. */
  bytes = 0;
  /** Words of the other side when it ended otherwise than well. */
  reason = '';
  about;
  incoming;
  #wire;
  /** @type {Blob | null} */
  #file;
  /** @type {Sink | null} */
  #sink = null;
  /** @type {RTCPeerConnection | null} */
  #pc = null;
  /** @type {RTCDataChannel | null} */
  #channel = null;
  /** @type {Trickle | null} */
  #trickle = null;
  /** Writing, in the order in which it came. */
  #written = Promise.resolve();
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;

  /** @param {About} about @param {Wire} wire @param {Blob | null} file  what is sent; null: it comes from the other side */
  constructor(about, wire, file) {
    super();
    this.about = about;
    this.incoming = file === null;
    this.#wire = wire;
    this.#file = file;
  }

  /** Whether it has ended, well or not. */
  get over() {
    return this.state === 'done' || this.state === 'cancelled' || this.state === 'failed';
  }

  /** Takes the file that is offered. @param {Sink} sink */
  async accept(sink) {
    if (!this.incoming || this.state !== 'invited') return;
    this.#sink = sink;
    const pc = this.#connect();
    const channel = pc.createDataChannel('file');
    this.#listen(channel);
    channel.onmessage = ({ data }) => this.#received(data);
    await this.#try(async () => {
      await pc.setLocalDescription();
      this.#tell('offer', { version: ['1'], sdp: pc.localDescription?.sdp });
      this.#trickle?.announced();
    });
  }

  /** Either side's decision, at any time. @param {string} [message] why, for people */
  cancel(message = '') {
    if (this.over) return;
    this.#tell('cancel', message ? { message } : {});
    this.#end('cancelled');
  }

  /** @param {Record<string, any>} value  a message of the other side */
  async receive({ type, sdp, candidate, message }) {
    if (this.over) return;
    if (type === 'cancel') this.#end('cancelled', typeof message === 'string' ? message : '');
    else if (type === 'ice') this.#trickle?.add(candidate);
    else if (type === 'offer' && !this.incoming && this.state === 'invited') await this.#answer(String(sdp));
    else if (type === 'answer' && this.incoming && this.state === 'connecting')
      await this.#try(async () => {
        await this.#pc?.setRemoteDescription({ type: 'answer', sdp: String(sdp) });
        this.#trickle?.described();
      });
  }

  /** @param {string} sdp */
  async #answer(sdp) {
    const pc = this.#connect();
    pc.ondatachannel = ({ channel }) => {
      this.#listen(channel);
      channel.onmessage = ({ data }) => {
        if (data === 'done' && this.bytes >= this.about.size) this.#end('done');
      };
      if (channel.readyState === 'open') void this.#pour(channel);
      else channel.onopen = () => void this.#pour(channel);
    };
    await this.#try(async () => {
      await pc.setRemoteDescription({ type: 'offer', sdp });
      this.#trickle?.described();
      await pc.setLocalDescription();
      this.#tell('answer', { sdp: pc.localDescription?.sdp });
      this.#trickle?.announced();
    });
  }

  #connect() {
    const pc = (this.#pc = this.#wire.peer());
    this.#trickle = new Trickle(pc, (candidate) => this.#tell('ice', { candidate }));
    pc.onconnectionstatechange = () => {
      if (pc.connectionState === 'failed') this.#lost();
    };
    this.#timer = setTimeout(() => this.#lost(), CONNECT_MS);
    this.#become('connecting');
    return pc;
  }

  /** @param {RTCDataChannel} channel */
  #listen(channel) {
    this.#channel = channel;
    channel.binaryType = 'arraybuffer';
    channel.onclose = () => this.#lost();
    channel.addEventListener('open', () => {
      clearTimeout(this.#timer);
      this.#become('running');
      if (this.incoming && this.about.size === 0) void this.#try(() => this.#finish());
    });
  }

  /** Sends the file, never more at once than fits into the channel's buffer. @param {RTCDataChannel} channel */
  async #pour(channel) {
    channel.bufferedAmountLowThreshold = LOW;
    await this.#try(async () => {
      for (let at = 0; at < this.about.size && !this.over; at += READ) {
        const part = await /** @type {Blob} */ (this.#file).slice(at, at + READ).arrayBuffer();
        for (let from = 0; from < part.byteLength && !this.over; from += CHUNK) {
          if (channel.bufferedAmount > HIGH) await drained(channel);
          if (channel.readyState !== 'open') return;
          const chunk = part.slice(from, from + CHUNK);
          channel.send(chunk);
          this.#progress(chunk.byteLength);
        }
      }
    });
  }

  /** @param {unknown} data */
  #received(data) {
    if (!(data instanceof ArrayBuffer) || this.over) return;
    if (this.bytes + data.byteLength > this.about.size) {
      this.#fail('more than was announced');
      return;
    }
    this.#progress(data.byteLength);
    const last = this.bytes === this.about.size;
    this.#written = this.#written.then(() => this.#sink?.write(data)).then(() => (last ? this.#finish() : undefined));
    this.#written.catch((error) => this.#fail(String(error)));
  }

  /** Everything is there, and kept. */
  async #finish() {
    await this.#sink?.close();
    this.#sink = null;
    this.#channel?.send('done');
    this.#become('done');
    // The sender closes the connection when it has heard that.
    this.#timer = setTimeout(() => this.#close(), CONNECT_MS);
  }

  /** @param {number} bytes */
  #progress(bytes) {
    this.bytes += bytes;
    this.emit('change', undefined);
  }

  #lost() {
    if (this.state === 'done') this.#close();
    else this.#fail('');
  }

  /** @param {string} reason */
  #fail(reason) {
    if (this.over) return;
    this.#tell('cancel', { message: reason || 'connection lost' });
    this.#end('failed', reason);
  }

  /** @param {() => Promise<unknown>} steps */
  async #try(steps) {
    try {
      await steps();
    } catch (error) {
      this.#fail(String(error));
    }
  }

  /** @param {string} type @param {Record<string, unknown>} more */
  #tell(type, more) {
    this.#wire.send({ type, id: this.about.id, ...more });
  }

  /** @param {State} state @param {string} [reason] */
  #end(state, reason = '') {
    this.reason = reason;
    this.#sink?.abort();
    this.#sink = null;
    this.#become(state);
    this.#close();
  }

  #close() {
    clearTimeout(this.#timer);
    if (this.#channel) this.#channel.onclose = null;
    this.#pc?.close();
    this.#pc = this.#channel = this.#file = null;
  }

  /** @param {State} state */
  #become(state) {
    if (this.over) return;
    this.state = state;
    this.emit('change', undefined);
  }
}

/** @param {RTCDataChannel} channel @returns {Promise<void>} when there is room again, or nobody to send to */
function drained(channel) {
  return new Promise((resolve) => {
    const go = () => {
      channel.removeEventListener('bufferedamountlow', go);
      channel.removeEventListener('close', go);
      resolve();
    };
    channel.addEventListener('bufferedamountlow', go);
    channel.addEventListener('close', go);
  });
}
