// @ts-check
/**
 * The state of our membership in a group, as a store with events: everything that the interface shows comes
 * from here. It joins, and joins again after the connection was lost.
 *
 * Never touches a device or an element. Owns the connection.
 */
import { Connection, Emitter, fetchStatus, readable, RequestError } from '../protocol/index.js';
import { Chat } from './chat.js';
import { heardChange } from './chat-heard.js';
import { Company } from './company.js';
import { Invitations } from './invitations.js';
import { OwnData } from './own-data.js';
import { Rejoining } from './rejoining.js';
import { lockedWith, Refusal, refusal, refusedLogin } from './refusal.js';

/** @typedef {import('../protocol/types.js').UserInfo} UserInfo */
/** @typedef {import('../protocol/types.js').GroupStatus} GroupStatus */
/** @typedef {import('../protocol/types.js').Credentials} Credentials */
/** @typedef {'out' | 'entering' | 'joined' | 'reconnecting' | 'ended'} Phase */

/**
 * @typedef {object} Notice  words for this person, from the server or another person
 * @property {'error' | 'warning' | 'info'} level
 * @property {string} text
 * @property {string} code
 * @property {string} from     '' is the server
 * @property {boolean} privileged
 */

/**
 * @typedef {object} RoomEvents
 * @property {Phase} phase
 * @property {GroupStatus} status
 * @property {void} permissions
 * @property {{kind: 'add' | 'change' | 'delete', user: UserInfo}} user
 * @property {Notice} notice
 * @property {{by: string, text: string, code: string}} kicked
 * @property {{by: string}} muteRequest
 * @property {{username: string, address: string, id: string}} identified
 * @property {{username: string, text: string}} caption
 * @property {Refusal} refused       joining again was refused
 * @property {string} redirect
 */

/** @extends {Emitter<RoomEvents & Record<string, unknown>>} */
export class Room extends Emitter {
  /** @type {Phase} */
  phase = 'out';
  /** @type {GroupStatus} */
  status = {};
  #company = new Company((change) => this.emit('user', change));
  /** While the connection is being restored, those who were there. */
  users = this.#company.users;
  /** Ours in this group; the connection's changes with every new connection. */
  selfId = '';
  /** @type {string[]} */
  permissions = [];
  chat = new Chat();
  connection;
  invitations;
  location;
  group;
  /** What was last asked for, by label. @type {Record<string, string[]>} */
  requested = {};
  /** @type {() => Record<string, string[]>} */
  #request = () => ({});
  /** @type {Credentials} */
  #credentials = {};
  #data = new OwnData();
  /** Ids that were ours, for knowing our own words again. @type {Set<string>} */
  #ids = new Set();
  /** Of the one who logged in last. */
  #name = '';
  /** @type {{resolve: () => void, reject: (error: Refusal) => void} | null} */
  #entering = null;
  #rejoining = new Rejoining();

  /**
   * @param {{location: string, group: string, connection?: Connection}} options  location: the group's page
   */
  constructor({ location, group, connection = new Connection() }) {
    super();
    this.location = location;
    this.group = group;
    this.connection = connection;
    this.invitations = new Invitations(this);
    connection.on('open', () => void this.#join());
    connection.on('close', (event) => this.#closed(event));
    connection.on('joined', (joined) => this.#joined(joined));
    connection.on('user', (change) => this.#company.heard(change));
    connection.on('chat', (message) => this.#said(message));
    connection.on('usermessage', (message) => this.#told(message));
  }

  /** @param {string} permission */
  can(permission) {
    return this.permissions.includes(permission);
  }

  /** Whether we are in the group and the server can be told something now. */
  get reachable() {
    return this.phase === 'joined' && this.connection.connected;
  }

  get self() {
    return this.users.get(this.selfId);
  }

  get username() {
    return this.connection.username;
  }

  /** What everybody knows about us. */
  get data() {
    return this.#data.current;
  }

  /** Fetches what the group says about itself. */
  async refreshStatus() {
    const told = await fetchStatus(this.location);
    // Members know more than strangers are told; who is not in any more knows it no longer.
    this.#setStatus(this.phase === 'joined' ? { ...this.status, ...told } : told);
    return this.status;
  }

  /**
   * Goes in. Rejects with a Refusal.
   * @param {Credentials} credentials
   * @returns {Promise<void>}
   */
  async enter(credentials) {
    this.#credentials = credentials;
    this.setData({ raisehand: null, handSince: null }); // what the last visit was about
    this.#setPhase('entering');
    try {
      if (!this.connection.canConnect) throw new Refusal('noWebSocket');
      const { endpoint } = await this.refreshStatus();
      await new Promise((/** @type {(value: void) => void} */ resolve, reject) => {
        this.#entering = { resolve, reject };
        if (this.connection.connected) void this.#join();
        else this.connection.connect(endpoint ?? new URL('/ws', this.location).href.replace(/^http/, 'ws'));
      });
    } catch (error) {
      this.#entering = null;
      this.connection.close();
      this.#setPhase('out');
      if (error instanceof Refusal) throw await this.#understood(error);
      const gone = error instanceof RequestError && error.status === 404;
      throw new Refusal(gone ? 'noGroup' : 'unreachable', error instanceof Error ? error.message : '');
    }
  }

  leave() {
    this.chat.forget();
    this.#setPhase('out');
    this.connection.close();
    this.#emptyOut();
  }

  /**
   * What to receive, by label. It is asked again whenever we come in, because it may depend on the group.
   * @param {() => Record<string, string[]>} request
   */
  request(request) {
    this.#request = request;
    this.requested = request();
    if (this.phase === 'joined') this.connection.request(this.requested);
  }

  /** Tells everybody something about us; null forgets a key. @param {Record<string, any>} change */
  setData(change) {
    this.#data.change(change);
    if (this.phase === 'joined') this.connection.userAction('setdata', this.connection.id, change);
  }

  /** What shows the server, also at another door of this group, who we are. @returns {Credentials} */
  get credentials() {
    const { authServer = '', location = this.location } = this.status;
    return { ...this.#credentials, authServer, location };
  }

  /** Whether somebody is in the group, and nobody else under the same id. @param {string} id @param {string} name */
  isThere(id, name) {
    return this.users.get(id)?.username === name;
  }

  // --- inside --------------------------------------------------------------------------------------

  async #join() {
    const { id } = this.connection;
    this.#ids.add(id);
    try {
      await this.connection.join(this.group, this.credentials, this.#data.announce());
    } catch (error) {
      // Asked for a connection that is gone: the next one asks again.
      if (id !== this.connection.id || !this.connection.connected) return;
      this.#refused(refusedLogin(error instanceof RequestError ? error.status : 0));
    }
  }

  /** @param {import('../protocol/types.js').Joined} joined */
  #joined(joined) {
    switch (joined.kind) {
      case 'join':
      case 'change':
        this.permissions = joined.permissions;
        if (joined.status) this.#setStatus({ ...this.status, locked: false, ...joined.status });
        if (joined.kind === 'join') this.#entered();
        this.emit('permissions', undefined);
        break;
      case 'fail':
        this.#refused(refusal(joined.error, readable(joined.value)));
        break;
      case 'redirect':
        this.connection.close();
        this.emit('redirect', readable(joined.value));
        break;
      case 'leave':
        this.#emptyOut();
        break;
    }
  }

  #entered() {
    const before = this.selfId;
    this.selfId = this.connection.id;
    this.#company.settle(before);
    if (this.#entering) this.#begin(this.connection.username);
    this.requested = this.#request();
    this.connection.request(this.requested);
    const { rest } = this.#data;
    if (Object.keys(rest).length > 0) this.connection.userAction('setdata', this.connection.id, rest);
    this.#setPhase('joined');
    this.#entering?.resolve();
    this.#entering = null;
  }

  /** Somebody logs in: the words of another person are none of theirs. @param {string} name */
  #begin(name) {
    if (name === '' || name !== this.#name) this.#ids = new Set([this.connection.id]);
    this.#name = name;
    this.chat.begin(name);
  }

  /** @param {Refusal} why */
  #refused(why) {
    if (this.#entering) {
      this.#entering.reject(why);
      this.#entering = null;
    } else if (this.#rejoining.outlasts(why, Date.now())) {
      this.connection.retryLater();
    } else {
      this.connection.close();
      this.#setPhase('ended');
      this.emit('refused', why);
    }
  }

  /** A lock may have words of its own; the status says that it is one. @param {Refusal} why */
  async #understood(why) {
    if (why.reason !== 'other') return why;
    const status = await this.refreshStatus().catch(() => this.status);
    return status.locked ? lockedWith(why.text) : why;
  }

  /** @param {{code: number, reason: string, opened: boolean, retryIn: number | null}} event */
  #closed({ reason, opened, retryIn }) {
    this.invitations.lost();
    // The phase first: whoever listens must not take everybody's disappearance for departures.
    if (this.#entering) {
      // The server has answered a moment ago, so something on the way lets pages pass, but not this.
      this.#entering.reject(new Refusal(opened ? 'unreachable' : 'blocked', reason));
      this.#entering = null;
    } else if (retryIn !== null) {
      if (this.phase === 'joined') {
        this.chat.interrupted();
        this.#rejoining.lost(Date.now());
      }
      this.permissions = [];
      this.#setPhase('reconnecting');
      return; // who was there is still shown
    } else if (this.phase === 'joined' || this.phase === 'reconnecting') {
      this.#setPhase('ended');
    }
    this.#emptyOut();
  }

  /** @param {import('../protocol/types.js').ChatMessage} message */
  #said({ time, ...message }) {
    if (message.kind === 'caption') {
      this.emit('caption', { username: message.username, text: message.value });
      return;
    }
    if (message.value === '') return; // nothing that could be read
    const kind = message.kind === 'me' ? 'me' : '';
    this.chat.add({ ...message, kind, time: time ?? new Date(), own: this.#ids.has(message.source) });
  }

  /** @param {import('../protocol/types.js').UserMessage} message */
  #told(message) {
    const { kind, privileged, username, value } = message;
    switch (kind) {
      case 'error':
      case 'warning':
      case 'info':
        if (!readable(value)) break; // nothing that a person could read
        this.emit('notice', {
          level: kind,
          text: readable(value),
          code: message.error,
          from: message.source ? username : '',
          privileged,
        });
        break;
      case 'kicked':
        if (this.connection.reconnects) break; // a server that restarts says it in this way, too
        this.#setPhase('ended');
        this.connection.close();
        this.emit('kicked', { by: username, text: readable(value), code: message.error });
        break;
      case 'mute':
        if (privileged) this.emit('muteRequest', { by: username });
        break;
      case 'clearchat':
        if (privileged) this.chat.clear(cleared(value));
        break;
      case 'editchat':
      case 'reaction':
        if (privileged) heardChange(this.chat, kind, value);
        break;
      case 'userinfo':
        if (privileged && value && typeof value === 'object') {
          const { username: name = '', address = '', id = '' } = value;
          this.emit('identified', { username: String(name), address: String(address), id: String(id) });
        }
        break;
      case 'token':
      case 'tokenlist':
        if (privileged) this.invitations.answered(kind, message.error, value);
        break;
    }
  }

  #emptyOut() {
    this.permissions = [];
    this.#company.clear();
  }

  /** @param {GroupStatus} status */
  #setStatus(status) {
    this.status = status;
    this.emit('status', status);
  }

  /** @param {Phase} phase */
  #setPhase(phase) {
    if (phase === this.phase) return;
    this.phase = phase;
    this.emit('phase', phase);
  }
}

/** @param {any} value @returns {{id?: string, userId?: string}} */
function cleared(value) {
  if (value === null || typeof value !== 'object') return {};
  const { id, userId } = value;
  return { ...(typeof id === 'string' ? { id } : {}), ...(typeof userId === 'string' ? { userId } : {}) };
}
