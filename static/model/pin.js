// @ts-check
/**
 * What one person chose to see large. It outlasts lost connections, after which ids are others: whoever comes back
 * soon, under the same name, is shown large again; of several screens the same one, if its sender says which that is,
 * and otherwise the one at the same place among them. Pure; times are milliseconds that never run backwards.
 */

import { lastingPart } from '../protocol/ids.js';

/** @typedef {import('./subjects.js').Subject} Subject */
/** @typedef {{users: ReadonlyMap<string, {username: string}>, selfId: string}} Company */

/** Who is away longer than this, while we are connected, comes back small. */
export const AWAY_MS = 60_000;

export class Pin {
  /** Key of the subject, '' if there is none at the moment. */
  key = '';
  /** Of whom, and which of their subjects of that kind. @type {{userId: string, name: string, own: boolean, kind: Subject['kind'], index: number, mediaId: string} | null} */
  #wanted = null;
  /** @type {number | null} */
  #awaySince = null;

  /** Whether there is, or may again be, somebody to show. */
  get wanted() {
    return this.key !== '' || this.#wanted !== null;
  }

  /** Chooses a subject, or unselects the one that is chosen. @param {string} key */
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

  /** Finds the subject among those that there are now. @param {Subject[]} subjects @param {Company} company @param {number} now */
  update(subjects, company, now) {
    if (this.#awaySince !== null && now - this.#awaySince > AWAY_MS) this.forget();
    const subject = subjects.find(({ key }) => key === this.key) ?? this.#again(subjects, company);
    this.key = subject?.key ?? '';
    if (subject) this.#wanted = describe(subject, subjects, company);
    this.#awaySince = subject || !this.#wanted ? null : (this.#awaySince ?? now);
  }

  /** @param {Subject[]} subjects @param {Company} company */
  #again(subjects, { users, selfId }) {
    if (!this.#wanted) return undefined;
    const { userId, name, own, kind, index, mediaId } = this.#wanted;
    const namesakes = [...users].filter(([id, { username }]) => username === name && id !== selfId);
    const known = own ? selfId : users.has(userId) ? userId : name && namesakes.length === 1 && namesakes[0][0];
    const alike = subjects.filter((subject) => subject.userId === known && subject.kind === kind);
    if (kind === 'person') return alike[index];
    const lasting = lastingPart(mediaId);
    // Where nothing was sent again, ids are what they were, of whichever client.
    if (lasting || own || known === userId)
      return alike.find((subject) => subject.mediaId === mediaId || (lasting && lastingPart(subject.mediaId) === lasting));
    return alike[index];
  }
}

/** @param {Subject} subject @param {Subject[]} subjects @param {Company} company */
function describe({ key, userId, kind, mediaId }, subjects, { users, selfId }) {
  const alike = subjects.filter((subject) => subject.userId === userId && subject.kind === kind);
  return {
    userId,
    name: users.get(userId)?.username ?? '',
    own: userId === selfId,
    kind,
    mediaId,
    index: alike.findIndex((subject) => subject.key === key),
  };
}
