// @ts-check
/**
 * The conversation in its parts: everybody's, and one with each person with whom private words were exchanged. A
 * person is known by their name, since ids change with every connection; whoever has none, by their id. Pure.
 */

/** @typedef {{dest: string, destName: string, kind: string, own: boolean, source: string, username: string}} Said  what of an entry decides */
/** @typedef {{key: string, id: string, name: string}} Thread  id: the one that was last seen with this name */

/** Everybody's. */
export const ALL = '';

/** @param {string} id @param {string} name */
function keyOf(id, name) {
  return name ? `name ${name}` : `id ${id}`;
}

export class Threads {
  /** Private ones, in the order in which they began. @type {Map<string, Thread>} */
  all = new Map();
  /**
   * The key of the thread in which an entry is said; one that begins is remembered.
   * @param {Said} entry
   */
  of(entry) {
    if (entry.dest === '' || entry.kind === 'note') return ALL;
    const id = entry.own ? entry.dest : entry.source;
    // The server, too, answers single people; that is no conversation.
    if (id === '') return ALL;
    return this.open(id, entry.own ? entry.destName : entry.username).key;
  }

  /** The thread with somebody. @param {string} id @param {string} name @returns {Thread} */
  open(id, name) {
    const key = keyOf(id, name);
    const thread = { key, id, name };
    this.all.set(key, thread);
    return thread;
  }

  forget() {
    this.all.clear();
  }
}
