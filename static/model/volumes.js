// @ts-check
/**
 * How loud each person is played, remembered by name: ids change with every connection. People without a name
 * are not remembered. Touches no media.
 */

/** Names remembered; the one not changed for the longest time is forgotten first. */
export const MOST = 200;
const KEY = 'volumes';

/** @typedef {{read: (key: string) => unknown, write: (key: string, value: unknown) => void}} Store */

export class Volumes {
  #store;

  /** @param {Store} store */
  constructor(store) {
    this.#store = store;
  }

  /** From 0 to 1. @param {string} name @param {'person' | 'screen'} kind */
  get(name, kind) {
    return name === '' ? 1 : (this.#all().get(keyOf(name, kind)) ?? 1);
  }

  /** @param {string} name @param {'person' | 'screen'} kind @param {number} volume from 0 to 1 */
  set(name, kind, volume) {
    if (name === '') return;
    const all = this.#all();
    all.delete(keyOf(name, kind));
    if (volume < 1) all.set(keyOf(name, kind), volume);
    this.#store.write(KEY, [...all].slice(-MOST));
  }

  /** What is stored, without what an older version or somebody else may have left there. */
  #all() {
    const stored = this.#store.read(KEY);
    /** @type {Map<string, number>} */
    const found = new Map();
    for (const entry of Array.isArray(stored) ? stored : []) {
      const [key, volume] = Array.isArray(entry) ? entry : [];
      if (typeof key === 'string' && typeof volume === 'number' && volume >= 0 && volume < 1)
        found.set(key, volume);
    }
    return found;
  }
}

/** @param {string} name @param {string} kind */
function keyOf(name, kind) {
  return `${kind} ${name}`;
}
