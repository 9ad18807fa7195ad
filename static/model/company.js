// @ts-check
/**
 * Who is in the group, as far as we are told. Outlasts a lost connection: whoever was there is still listed, until we
 * are back and the server has told of everybody who is there now.
 */

/** @typedef {import('../protocol/types.js').UserInfo} UserInfo */
/** @typedef {{kind: 'add' | 'change' | 'delete', user: UserInfo}} Change */

/** Milliseconds after coming back in which the server tells of everybody. */
export const SETTLE_MS = 1500;

export class Company {
  /** @type {Map<string, UserInfo>} */
  users = new Map();
  /** From before the connection was lost, and not told of since. @type {Set<string>} */
  #stale = new Set();
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  #tell;

  /** @param {(change: Change) => void} tell */
  constructor(tell) {
    this.#tell = tell;
  }

  /** @param {Change} change */
  heard({ kind, user }) {
    this.#stale.delete(user.id);
    if (kind === 'delete') {
      const known = this.users.get(user.id) ?? user;
      this.users.delete(user.id);
      this.#tell({ kind, user: known });
      return;
    }
    // Others have another id, too, when they come back.
    this.#sweep(({ username }) => username === user.username);
    const isNew = !this.users.has(user.id);
    this.users.set(user.id, user);
    this.#tell({ kind: isNew ? 'add' : 'change', user });
  }

  /** We are back, under another id. @param {string} selfId the one that we had */
  settle(selfId) {
    clearTimeout(this.#timer);
    this.#stale = new Set(this.users.keys());
    this.#sweep(({ id }) => id === selfId);
    if (this.#stale.size > 0) this.#timer = setTimeout(() => this.#sweep(() => true), SETTLE_MS);
  }

  /** Nobody is there any more, as far as we know. */
  clear() {
    clearTimeout(this.#timer);
    this.#stale = new Set(this.users.keys());
    this.#sweep(() => true);
  }

  /** @param {(user: UserInfo) => boolean} over */
  #sweep(over) {
    for (const id of [...this.#stale]) {
      const user = this.users.get(id);
      if (user && !over(user)) continue;
      this.#stale.delete(id);
      this.users.delete(id);
      if (user) this.#tell({ kind: 'delete', user });
    }
  }
}
