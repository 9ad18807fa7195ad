// @ts-check
/**
 * The conversation: what was said, in order, bounded; what is unread; what operators took back. It belongs to
 * one person, who may come back under the same name.
 */
import { Emitter } from '../protocol/emitter.js';

/** Messages kept; older ones are forgotten. */
export const KEPT = 1000;
/** Milliseconds between two messages of one person after which the name is shown again. */
export const PAUSE_MS = 5 * 60_000;

/**
 * @typedef {object} Entry
 * @property {string} id
 * @property {string} source    '' is the server or this page
 * @property {string} username
 * @property {string} dest
 * @property {string} kind      '', 'me', or 'note' for words of this page itself
 * @property {boolean} privileged
 * @property {boolean} history
 * @property {boolean} own
 * @property {Date} time
 * @property {string} value
 */

/** @extends {Emitter<{add: Entry, remove: Entry[], unread: number, forget: void}>} */
export class Chat extends Emitter {
  /** @type {Entry[]} */
  entries = [];
  unread = 0;
  #watched = false;
  #reader = '';
  /** What the server tells of the past is news when it is younger. Milliseconds of its clock. */
  #known = Infinity;

  /** @param {Entry} entry */
  add(entry) {
    // After a reconnection the server tells the history again.
    if (entry.id && entry.history && this.entries.some(({ id }) => id === entry.id)) return;
    this.entries.push(entry);
    const excess = this.entries.splice(0, Math.max(0, this.entries.length - KEPT));
    if (excess.length) this.emit('remove', excess);
    this.emit('add', entry);
    const news = !entry.history || entry.time.getTime() > this.#known;
    if (!this.#watched && !entry.own && news && entry.kind !== 'note') this.#count(this.unread + 1);
  }

  /** The connection was lost: what is said until it is back will come as history, but nobody has read it. */
  interrupted() {
    const told = this.entries.filter(({ id }) => id !== '');
    this.#known = Math.max(-Infinity, ...told.map(({ time }) => time.getTime()));
  }

  /**
   * Somebody logs in: what was said before is no news, and nothing of it is for another person.
   * @param {string} reader  their name; a namesake is the same person, whoever has no name is another one
   */
  begin(reader) {
    if (reader === '' || reader !== this.#reader) this.forget();
    this.#reader = reader;
    this.#known = Infinity;
  }

  /** Whoever read and wrote this has gone. */
  forget() {
    this.#reader = '';
    this.clear();
    this.#count(0);
    this.emit('forget', undefined);
  }

  /** Words of the page itself, such as the answer to a command. @param {string} value */
  note(value) {
    this.add({
      id: '',
      source: '',
      username: '',
      dest: '',
      kind: 'note',
      privileged: false,
      history: false,
      own: false,
      time: new Date(),
      value,
    });
  }

  /**
   * Takes back one message, all of one person, or all.
   * @param {{id?: string, userId?: string}} [which]
   */
  clear({ id, userId } = {}) {
    /** @param {Entry} entry */
    const gone = (entry) => {
      if (id) return entry.id === id && (!userId || entry.source === userId);
      return userId ? entry.source === userId : true;
    };
    const removed = this.entries.filter(gone);
    this.entries = this.entries.filter((entry) => !gone(entry));
    if (removed.length) this.emit('remove', removed);
  }

  /** Whether somebody is looking. @param {boolean} watched */
  watch(watched) {
    this.#watched = watched;
    if (watched) this.#count(0);
  }

  /** @param {number} unread */
  #count(unread) {
    if (unread === this.unread) return;
    this.unread = unread;
    this.emit('unread', unread);
  }
}

/**
 * Whether an entry continues the one before it, so that name and time need not be repeated.
 * @param {Entry | undefined} before @param {Entry} entry
 */
export function continues(before, entry) {
  return (
    before !== undefined &&
    before.kind === '' &&
    entry.kind === '' &&
    before.source === entry.source &&
    before.dest === entry.dest &&
    before.username === entry.username &&
    entry.time.getTime() - before.time.getTime() < PAUSE_MS
  );
}
