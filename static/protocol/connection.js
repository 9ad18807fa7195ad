// @ts-check
/**
 * The connection to a server, and our membership in one group: what applications use.
 *
 * It reconnects by itself with jittered back-off, which starts over once we are in a group, when the socket is lost
 * (unless it was closed on purpose or we were kicked), and says so; what to do then (join again, publish again) is
 * the application's choice in its `open` listener. Knows no DOM: it runs wherever WebSocket and RTCPeerConnection
 * exist.
 */
import { Backoff } from './backoff.js';
import { Emitter } from './emitter.js';
import { Files } from './files.js';
import { joinFields } from './group.js';
import { randomId } from './ids.js';
import { readable } from './types.js';
import { Socket } from './socket.js';
import { Streams } from './streams.js';
import { hasWebRTC, hasWebSocket } from './support.js';

/** Nobody comes back. */
const NOBODY = { group: '', secret: '' };

/** @typedef {import('./types.js').Message} Message */
/** @typedef {import('./types.js').Joined} Joined */

/**
 * @typedef {object} ConnectionEvents
 * @property {void} open                      connected: join now
 * @property {{code: number, reason: string, opened: boolean, retryIn: number | null}} close  opened: there had been
 *   a connection; retryIn: milliseconds until the next attempt, null: there will be none
 * @property {Joined} joined
 * @property {{kind: 'add' | 'change' | 'delete', user: import('./types.js').UserInfo}} user
 * @property {import('./types.js').ChatMessage} chat
 * @property {import('./types.js').UserMessage} usermessage
 * @property {import('./up-stream.js').UpStream} up       a stream that we began to send
 * @property {import('./down-stream.js').DownStream} down a stream that we began to receive
 */

/**
 * @typedef {object} ConnectionOptions
 * @property {RTCConfiguration} [rtcConfiguration]  instead of the server's
 * @property {import('./socket.js').Platform} [platform]
 * @property {(configuration: RTCConfiguration) => RTCPeerConnection} [peer]
 */

/** @extends {Emitter<ConnectionEvents & Record<string, unknown>>} */
export class Connection extends Emitter {
  /** Our id; a new one with every socket, because the server may still know the old one. */
  id = '';
  username = '';
  group = '';
  /** @type {string[]} */
  permissions = [];
  streams;
  /** Files that others send, and that are sent to them. */
  files;
  #url = '';
  /** @type {Socket | null} */
  #socket = null;
  #options;
  #backoff = new Backoff();
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  #wanted = false;
  /** @type {RTCConfiguration} */
  #rtc = {};
  /** By what the server knows us when we come back to a group; kept nowhere else, and shown to nobody else. */
  #resume = NOBODY;

  /** @param {ConnectionOptions} [options] */
  constructor(options = {}) {
    super();
    this.#options = options;
    const make = options.peer ?? ((configuration) => new RTCPeerConnection(configuration));
    this.streams = new Streams({
      send: (message) => this.#send(message),
      peer: () => make({ bundlePolicy: 'max-bundle', ...this.rtcConfiguration }),
    });
    this.files = new Files({
      send: (to, value) => this.userMessage('filetransfer', to, value),
      peer: () => make(options.rtcConfiguration ?? this.#rtc),
    });
    this.streams.on('up', (stream) => this.emit('up', stream));
    this.streams.on('down', (stream) => this.emit('down', stream));
  }

  /** Whether this browser can connect at all. */
  get canConnect() {
    return this.#options.platform?.socket !== undefined || hasWebSocket();
  }

  /** Whether this browser can send and receive media at all. */
  get canStream() {
    return this.#options.peer !== undefined || hasWebRTC();
  }

  get connected() {
    return this.#socket?.open ?? false;
  }

  /** How connections are made: the server's own word, once we have joined. @returns {RTCConfiguration} */
  get rtcConfiguration() {
    return this.#options.rtcConfiguration ?? this.#rtc;
  }

  /** The network has changed, or the device was asleep: looks for new paths at once, before the old ones time out. */
  networkChanged() {
    this.probe();
    for (const stream of [...this.streams.up.values(), ...this.streams.down.values()]) stream.restart();
  }

  /** Whether a lost connection would be tried again. */
  get reconnects() {
    return this.#wanted;
  }

  /** Connects, and keeps trying until `close`. @param {string} url the `endpoint` of the group's status */
  connect(url) {
    this.#url = url;
    this.#resume = NOBODY;
    this.#wanted = true;
    this.#open();
  }

  /** Tries at once instead of waiting for the next attempt. */
  retryNow() {
    if (this.#wanted && !this.#socket) this.#open();
  }

  /** Nobody can let us in at the moment: gives this attempt up, and makes the next one after the usual wait. */
  retryLater() {
    this.#socket?.close(4003, 'not let in yet');
  }

  /** The network changed, or the computer woke up: find out soon what is left of the connection. */
  probe() {
    if (this.#socket) this.#socket.probe();
    else this.retryNow();
  }

  /** Leaves for good. */
  close() {
    this.files.close();
    this.#wanted = false;
    this.#resume = NOBODY;
    clearTimeout(this.#timer);
    this.#socket?.close(1000, '');
  }

  // --- what may be asked of the server -------------------------------------------------------------

  /**
   * Asks to enter a group; the answer is a `joined` event. Throws RequestError if the authorisation server
   * refuses or cannot be reached.
   * @param {string} group
   * @param {import('./types.js').Credentials} credentials
   * @param {Record<string, any>} [data]  what everybody may know about us
   */
  async join(group, credentials, data = {}) {
    const socket = this.#socket;
    const fields = await joinFields(credentials);
    // Another connection has been made meanwhile, and asks for itself.
    if (socket !== this.#socket) return;
    const resume = this.#resume.group === group ? { resume: this.#resume.secret } : {};
    this.#send({ type: 'join', kind: 'join', group, ...fields, ...resume, data });
  }

  leave() {
    this.#send({ type: 'join', kind: 'leave', group: this.group });
  }

  /** Says what we want to receive, by label; '' is the default. @param {Record<string, string[]>} request */
  request(request) {
    this.#send({ type: 'request', request });
  }

  /** @param {import('./up-stream.js').PublishOptions} options */
  publish(options) {
    return this.streams.publish(options);
  }

  /** @param {string} value @param {{kind?: string, dest?: string, replyTo?: string}} [options] */
  chat(value, { kind = '', dest = '', replyTo = '' } = {}) {
    return this.#speak({ type: 'chat', kind, dest, value, ...(replyTo ? { replyTo } : {}) });
  }

  /** @param {string} kind @param {string} dest @param {unknown} [value] */
  userMessage(kind, dest, value) {
    return this.#speak({ type: 'usermessage', kind, dest, value, noecho: true });
  }

  /** @param {string} kind @param {string} dest @param {unknown} [value] */
  userAction(kind, dest, value) {
    return this.#speak({ type: 'useraction', kind, dest, value });
  }

  /** @param {string} kind @param {unknown} [value] */
  groupAction(kind, value) {
    return this.#speak({ type: 'groupaction', kind, value });
  }

  // --- inside --------------------------------------------------------------------------------------

  /** @param {Message} message */
  #speak(message) {
    return this.#send({ ...message, source: this.id, username: this.username });
  }

  /** @param {Message} message */
  #send(message) {
    if (message.type === 'offer') message = { ...message, source: this.id, username: this.username };
    return this.#socket?.send(message) ?? false;
  }

  #open() {
    clearTimeout(this.#timer);
    this.id = randomId();
    const socket = (this.#socket = new Socket(this.#url, this.id, this.#options.platform));
    socket.on('open', () => this.emit('open', undefined));
    socket.on('message', (message) => this.#receive(message));
    socket.on('close', (event) => this.#closed(socket, event));
  }

  /** @param {Socket} socket @param {{code: number, reason: string, opened: boolean}} event */
  #closed(socket, { code, reason, opened }) {
    if (this.#socket !== socket) return;
    this.#socket = null;
    this.#left();
    const retryIn = this.#wanted ? this.#backoff.next() : null;
    if (retryIn !== null) this.#timer = setTimeout(() => this.retryNow(), retryIn);
    this.emit('close', { code, reason, opened, retryIn });
  }

  #left() {
    this.streams.dropAll();
    this.group = '';
    this.permissions = [];
  }

  /** @param {Message} message */
  #receive(message) {
    if (this.streams.receive(message)) return;
    switch (message.type) {
      case 'joined':
        this.#joined(message);
        break;
      case 'user':
        this.#user(message);
        break;
      case 'chat':
      case 'chathistory':
        this.emit('chat', chatMessage(message));
        break;
      case 'usermessage':
        // Whoever was put out does not knock again by itself; a server that restarts is another matter.
        if (message.kind === 'kicked' && !restarts(message)) {
          this.#wanted = false;
          this.#resume = NOBODY;
        }
        if (message.kind === 'filetransfer') this.files.receive(message.source ?? '', message.value);
        this.emit('usermessage', userMessage(message));
        break;
    }
  }

  /** @param {Message} message */
  #joined(message) {
    const kind = /** @type {Joined['kind']} */ (message.kind);
    const permissions = message.permissions ?? [];
    if (kind === 'join') {
      this.#backoff.reset();
      const secret = message.resume;
      this.#resume = typeof secret === 'string' && secret !== '' ? { group: message.group ?? '', secret } : NOBODY;
    } else if (kind === 'leave') {
      this.#resume = NOBODY;
    }
    if (kind === 'join' || kind === 'change') {
      this.group = message.group ?? '';
      this.username = message.username ?? '';
      this.permissions = permissions;
      this.#rtc = message.rtcConfiguration ?? {};
    } else {
      this.#left();
    }
    this.emit('joined', {
      kind,
      error: message.error ?? '',
      group: message.group ?? '',
      username: message.username ?? '',
      permissions,
      status: message.status,
      data: message.data ?? {},
      value: message.value,
    });
  }

  /** @param {Message} message */
  #user(message) {
    const kind = message.kind;
    if (kind !== 'add' && kind !== 'change' && kind !== 'delete') return;
    const { id = '', username = '', permissions = [], data = {} } = message;
    this.emit('user', { kind, user: { id, username, permissions, data } });
  }
}

/** Whether it is the server itself, not an operator, who puts people out, because it restarts. @param {Message} message */
function restarts({ id, username, value }) {
  return !id && !username && /shutting down/i.test(readable(value));
}

/** @param {Message} message @returns {import('./types.js').ChatMessage} */
function chatMessage(message) {
  const time = message.time === undefined || message.time === '' ? null : new Date(message.time);
  return {
    id: message.id ?? '',
    source: message.source ?? '',
    username: message.username ?? '',
    dest: message.dest ?? '',
    kind: message.kind ?? '',
    privileged: message.privileged === true,
    history: message.type === 'chathistory',
    time: time && !Number.isNaN(time.getTime()) ? time : null,
    value: readable(message.value),
    replyTo: typeof message.replyTo === 'string' ? message.replyTo : '',
    edited: message.edited === true,
    reactions: reactions(message.reactions),
  };
}

/** Names by emoji, as far as they are what they should be. @param {unknown} told @returns {Map<string, string[]>} */
function reactions(told) {
  return new Map(
    Object.entries(Object(told))
      .filter(([, names]) => Array.isArray(names))
      .map(([reaction, names]) => [reaction, names.filter((/** @type {unknown} */ name) => typeof name === 'string')]),
  );
}

/** @param {Message} message @returns {import('./types.js').UserMessage} */
function userMessage(message) {
  return {
    kind: message.kind ?? '',
    error: message.error ?? '',
    source: message.source ?? '',
    username: message.username ?? '',
    dest: message.dest ?? '',
    privileged: message.privileged === true,
    value: message.value,
  };
}
