// @ts-check
/**
 * Files that clients send to each other: all transfers of one connection, by the other client and the transfer's id.
 * A transfer goes on while the connection to the server is lost. See `file-transfer.js`.
 */
import { Emitter } from './emitter.js';
import { FileTransfer } from './file-transfer.js';
import { randomId } from './ids.js';

/** Transfers that others may have offered and nobody has answered. */
export const MOST_WAITING = 20;
const NAME_CHARS = 255;

/** @extends {Emitter<{transfer: FileTransfer}>} */
export class Files extends Emitter {
  /** @type {Map<string, FileTransfer>} */
  all = new Map();
  #link;

  /** @param {{send: (to: string, value: Record<string, unknown>) => unknown, peer: () => RTCPeerConnection}} link */
  constructor(link) {
    super();
    this.#link = link;
  }

  /** Offers a file to somebody. @param {string} to @param {File} file */
  send(to, file) {
    const { name, size, type } = file;
    const transfer = this.#add({ id: randomId(), peerId: to, name, size, mimetype: type }, file);
    this.#link.send(to, { type: 'invite', version: ['1'], id: transfer.about.id, name, size, mimetype: type });
    return transfer;
  }

  /** @param {string} from  id of a client @param {unknown} message  the value of a user message */
  receive(from, message) {
    const value = Object(message);
    const { type, id } = value;
    if (typeof id !== 'string' || from === '') return;
    const known = this.all.get(keyOf(from, id));
    if (type !== 'invite') void known?.receive(value);
    else if (!known) this.#invited(from, id, value);
  }

  /** Ends all of them, as when one leaves. */
  close() {
    for (const transfer of this.all.values()) transfer.cancel();
    this.all.clear();
  }

  /** @param {string} from @param {string} id @param {Record<string, any>} value */
  #invited(from, id, { version, name, size, mimetype }) {
    const waiting = [...this.all.values()].filter(({ incoming, state }) => incoming && state === 'invited');
    const valid = Array.isArray(version) && version.map(String).includes('1') && Number.isSafeInteger(size) && size >= 0;
    if (!valid || waiting.length >= MOST_WAITING) {
      this.#link.send(from, { type: 'cancel', id, message: valid ? 'too many files' : 'not supported' });
      return;
    }
    const about = {
      id,
      peerId: from,
      // Never a path, and nothing that turns the text around it.
      name: String(name ?? '').replace(/[/\\\u0000-\u001f\u202a-\u202e\u2066-\u2069]/gu, '_').slice(0, NAME_CHARS) || 'file',
      size,
      mimetype: typeof mimetype === 'string' ? mimetype : '',
    };
    this.#add(about, null);
  }

  /** @param {import('./file-transfer.js').About} about @param {File | null} file */
  #add(about, file) {
    const key = keyOf(about.peerId, about.id);
    const wire = {
      send: (/** @type {Record<string, unknown>} */ value) => void this.#link.send(about.peerId, value),
      peer: () => this.#link.peer(),
    };
    const transfer = new FileTransfer(about, wire, file);
    this.all.set(key, transfer);
    transfer.on('change', () => {
      if (transfer.over) this.all.delete(key);
    });
    this.emit('transfer', transfer);
    return transfer;
  }
}

/** @param {string} peer @param {string} id */
function keyOf(peer, id) {
  return `${peer} ${id}`;
}
