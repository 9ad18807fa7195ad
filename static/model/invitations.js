// @ts-check
/**
 * Invitations to the group: made, listed, prolonged and revoked by messages to the server, whose answers
 * carry no number; they come in the order of the questions, and must fit them: one that comes too late is not
 * taken for the answer to the next question, which may be about other rights.
 */
import { readable } from '../protocol/types.js';

/** Milliseconds to wait for an answer. */
const ANSWER_MS = 10_000;

/**
 * @typedef {object} Token
 * @property {string} token
 * @property {string} group
 * @property {string} [username]
 * @property {string[]} [permissions]
 * @property {string} [expires]
 * @property {string} [not-before]
 * @property {string} [issuedBy]
 * @property {string} [issuedAt]
 */

/** @typedef {{resolve: (value: any) => void, reject: (error: Error) => void, timer: ReturnType<typeof setTimeout>, fits: (value: any) => boolean}} Waiting */

/**
 * @typedef {object} Membership  what invitations need of the room
 * @property {string} group
 * @property {string} location  the address of the group's page
 * @property {import('../protocol/types.js').GroupStatus} status
 * @property {{groupAction: (kind: string, value: unknown) => boolean}} connection
 * @property {(permission: string) => boolean} can
 */

export class Invitations {
  #room;
  /** @type {Record<'token' | 'tokenlist', Waiting[]>} */
  #waiting = { token: [], tokenlist: [] };

  /** @param {Membership} room */
  constructor(room) {
    this.#room = room;
  }

  /** Whether this person may invite at all. */
  get allowed() {
    return this.#room.can('token');
  }

  /** Whether this person may see and revoke invitations. */
  get manageable() {
    return this.#room.can('token') && this.#room.can('op');
  }

  /**
   * @param {{username?: string, expires: Date, permissions: string[]}} wish
   * @returns {Promise<Token>}
   */
  make({ username, expires, permissions }) {
    const wish = {
      group: this.#room.group,
      ...(username ? { username } : {}),
      expires: expires.toISOString(),
      permissions,
    };
    const rights = [...permissions].sort().join();
    return this.#ask('token', 'maketoken', wish, ({ username: name, permissions: given }) => {
      return (name ?? '') === (username ?? '') && [...(given ?? [])].sort().join() === rights;
    });
  }

  /** @param {string} token @param {Date} expires @returns {Promise<Token>} */
  prolong(token, expires) {
    const change = { token, expires: expires.toISOString() };
    return this.#ask('token', 'edittoken', change, (answer) => answer.token === token);
  }

  /** @param {string} token @returns {Promise<Token>} */
  revoke(token) {
    return this.prolong(token, new Date(Date.now() - 1000));
  }

  /** @returns {Promise<Token[]>} */
  async list() {
    return (await this.#ask('tokenlist', 'listtokens')) ?? [];
  }

  /** The link that lets its holder in. @param {string} token */
  link(token) {
    const url = new URL(this.#room.status.location ?? this.#room.location);
    url.search = '';
    url.searchParams.set('token', token);
    return url.href;
  }

  /** An answer came. @param {'token' | 'tokenlist'} kind @param {string} error @param {any} value */
  answered(kind, error, value) {
    const index = this.#waiting[kind].findIndex(({ fits }) => error || fits(value ?? {}));
    if (index < 0) return;
    const [waiting] = this.#waiting[kind].splice(index, 1);
    clearTimeout(waiting.timer);
    if (error) waiting.reject(new Error(readable(value) || error));
    else waiting.resolve(value);
  }

  /** The connection is gone, and the answers with it. */
  lost() {
    for (const { reject, timer } of Object.values(this.#waiting).flatMap((all) => all.splice(0))) {
      clearTimeout(timer);
      reject(new Error('not connected'));
    }
  }

  /**
   * @param {'token' | 'tokenlist'} kind @param {string} action @param {unknown} [value]
   * @param {(answer: any) => boolean} [fits]  whether something can be the answer
   * @returns {Promise<any>}
   */
  #ask(kind, action, value, fits = () => true) {
    return new Promise((resolve, reject) => {
      if (!this.#room.connection.groupAction(action, value)) {
        reject(new Error('not connected'));
        return;
      }
      const timer = setTimeout(() => {
        this.#waiting[kind] = this.#waiting[kind].filter((other) => other.timer !== timer);
        reject(new Error('no answer'));
      }, ANSWER_MS);
      this.#waiting[kind].push({ resolve, reject, timer, fits });
    });
  }
}

/** Whether an invitation can still be used. @param {Token} token @param {Date} now */
export function usable(token, now) {
  return token.expires === undefined || new Date(token.expires).getTime() > now.getTime();
}
