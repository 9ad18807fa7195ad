// @ts-check
/**
 * What one person chose to see large. It outlasts lost connections, after which ids are others: whoever comes back
 * soon, under the same name, is shown large again; of several screens the same one, if its sender says which that is,
 * and otherwise the one at the same place among them. Pure; times are milliseconds that never run backwards.
 */

import { lastingPart } from '../protocol/ids.js';

/** @typedef {import('./seats.js').Seat} Seat */
/** @typedef {{users: ReadonlyMap<string, {username: string}>, selfId: string}} Company */

/** Who is away longer than this, while we are connected, comes back small. */
export const AWAY_MS = 60_000;

export class Pin {
  /** Key of the seat, '' if there is none at the moment. */
  key = '';
  /** Of whom, and which of their seats of that kind. @type {{userId: string, name: string, own: boolean, kind: Seat['kind'], index: number, mediaId: string} | null} */
  #wanted = null;
  /** @type {number | null} */
  #awaySince = null;

  /** Whether there is, or may again be, somebody to show. */
  get wanted() {
    return this.key !== '' || this.#wanted !== null;
  }

  /** Chooses a seat, or the one that is chosen no more. @param {string} key */
  toggle(key) {
    const again = key === this.key;
    this.forget();
    if (!again) this.key = key;
  }

  forget() {
    this.key = '';
    this.#wanted = this.#awaySince = null;
  }

  /** The connection is lost: that nobody is there says nothing about them. */
  interrupted() {
    this.key = '';
    this.#awaySince = null;
  }

  /** Finds the seat among those that there are now. @param {Seat[]} seats @param {Company} company @param {number} now */
  update(seats, company, now) {
    if (this.#awaySince !== null && now - this.#awaySince > AWAY_MS) this.forget();
    const seat = seats.find(({ key }) => key === this.key) ?? this.#again(seats, company);
    this.key = seat?.key ?? '';
    if (seat) this.#wanted = describe(seat, seats, company);
    this.#awaySince = seat || !this.#wanted ? null : (this.#awaySince ?? now);
  }

  /** @param {Seat[]} seats @param {Company} company */
  #again(seats, { users, selfId }) {
    if (!this.#wanted) return undefined;
    const { userId, name, own, kind, index, mediaId } = this.#wanted;
    const namesakes = [...users].filter(([id, { username }]) => username === name && id !== selfId);
    const known = own ? selfId : users.has(userId) ? userId : name && namesakes.length === 1 && namesakes[0][0];
    const alike = seats.filter((seat) => seat.userId === known && seat.kind === kind);
    if (kind === 'person') return alike[index];
    const lasting = lastingPart(mediaId);
    // Where nothing was sent anew, ids are what they were, of whichever client.
    if (lasting || own || known === userId)
      return alike.find((seat) => seat.mediaId === mediaId || (lasting && lastingPart(seat.mediaId) === lasting));
    return alike[index];
  }
}

/** @param {Seat} seat @param {Seat[]} seats @param {Company} company */
function describe({ key, userId, kind, mediaId }, seats, { users, selfId }) {
  const alike = seats.filter((seat) => seat.userId === userId && seat.kind === kind);
  return {
    userId,
    name: users.get(userId)?.username ?? '',
    own: userId === selfId,
    kind,
    mediaId,
    index: alike.findIndex((seat) => seat.key === key),
  };
}
