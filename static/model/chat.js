// @ts-check
/**
 * The conversation: what was said, in order, bounded; what is unread, thread by thread; what was changed, taken back
 * and reacted to. It belongs to one person, who may come back under the same name.
 */
import { Emitter } from '../protocol/emitter.js';
import { ALL, Threads } from './threads.js';

/** Messages kept; older ones are forgotten. */
export const KEPT = 1000;
/** Milliseconds between two messages of one person after which the name is shown again. */
const PAUSE_MS = 5 * 60_000;

/**
 * @typedef {object} Entry
 * @property {string} id
 * @property {string} source    '' is the server or this page
 * @property {string} username
 * @property {string} dest
 * @property {string} destName  of one's own private words: who they were for
 * @property {string} kind      '', 'me', or 'note' for words of this page itself
 * @property {boolean} privileged
 * @property {boolean} history
 * @property {boolean} own
 * @property {Date} time
 * @property {string} value
 * @property {string} replyTo   id of what it answers
 * @property {boolean} edited
 * @property {Map<string, string[]>} reactions  names of people by emoji
 * @property {string} thread    see `threads.js`; set here
 */

/** What an entry has unless something else is said. */
const BLANK = {
  id: '',
  source: '',
  username: '',
  dest: '',
  destName: '',
  kind: '',
  privileged: false,
  history: false,
  own: false,
  value: '',
  replyTo: '',
  edited: false,
};

/** @extends {Emitter<{add: Entry, remove: Entry[], change: Entry, unread: number, forget: void}>} */
export class Chat extends Emitter {
  /** @type {Entry[]} */
  entries = [];
  threads = new Threads();
  /** How much of each thread is unread. @type {Map<string, number>} */
  #unread = new Map();
  /** What of each thread came first since it was looked at last. @type {Map<string, Entry>} */
  #news = new Map();
  /** The thread that somebody is looking at. @type {string | null} */
  #watched = null;
  #reader = '';
  /** What the server tells of the past is news when it is younger. Milliseconds of its clock. */
  #known = Infinity;

  /** @param {Partial<Entry>} said */
  add(said) {
    const entry = { ...BLANK, reactions: new Map(), time: new Date(), thread: ALL, ...said };
    // After a reconnection the server tells the history again; it may have changed.
    const known = entry.id && entry.history && this.#find(entry.id, entry.source);
    if (known) {
      if (known.value !== entry.value || known.edited !== entry.edited || entry.reactions.size + known.reactions.size > 0)
        this.#change(known, { value: entry.value, edited: entry.edited, reactions: entry.reactions });
      return;
    }
    entry.thread = this.threads.of(entry);
    this.entries.push(entry);
    const excess = this.entries.splice(0, Math.max(0, this.entries.length - KEPT));
    if (excess.length) this.emit('remove', excess);
    const news = !entry.history || entry.time.getTime() > this.#known;
    const missed = this.#watched !== entry.thread && !entry.own && news && entry.kind !== 'note';
    if (missed && !this.#news.has(entry.thread)) this.#news.set(entry.thread, entry);
    this.emit('add', entry);
    if (missed) this.#count(entry.thread, this.unreadOf(entry.thread) + 1);
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
    this.threads.forget();
    this.#news.clear();
    for (const thread of [...this.#unread.keys()]) this.#count(thread, 0);
    this.emit('forget', undefined);
  }

  /** Words of the page itself, such as the answer to a command. @param {string} value */
  note(value) {
    this.add({ kind: 'note', value });
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

  /** An author changed what they said. @param {{id: string, userId: string, value: string}} change */
  edit({ id, userId, value }) {
    const entry = this.#find(id, userId);
    if (entry) this.#change(entry, { value, edited: true });
  }

  /** Somebody reacts, or takes it back. @param {{id: string, userId: string, reaction: string, on: boolean, name: string}} reacted */
  react({ id, userId, reaction, on, name }) {
    const entry = this.#find(id, userId);
    if (!entry) return;
    const reactions = new Map(entry.reactions);
    const others = (reactions.get(reaction) ?? []).slice();
    if (on) others.push(name);
    else if (others.includes(name)) others.splice(others.indexOf(name), 1);
    if (others.length > 0) reactions.set(reaction, others);
    else reactions.delete(reaction);
    this.#change(entry, { reactions });
  }

  /** What somebody answered. @param {string} id */
  answered(id) {
    return id ? this.entries.find((entry) => entry.id === id) : undefined;
  }

  /** Which thread somebody is looking at, or none. @param {string | null} thread */
  watch(thread) {
    if (thread === this.#watched) return;
    if (this.#watched !== null) this.#news.delete(this.#watched);
    this.#watched = thread;
    if (thread !== null) this.#count(thread, 0);
  }

  /** What came first of what had not been looked at when the thread was opened. @param {string} thread */
  news(thread) {
    return this.#news.get(thread);
  }

  /** Of all threads together. */
  get unread() {
    return [...this.#unread.values()].reduce((sum, count) => sum + count, 0);
  }

  /** @param {string} thread */
  unreadOf(thread) {
    return this.#unread.get(thread) ?? 0;
  }

  /** @param {string} id @param {string} source */
  #find(id, source) {
    return this.entries.find((entry) => entry.id === id && entry.source === source);
  }

  /** @param {Entry} entry @param {Partial<Entry>} change */
  #change(entry, change) {
    Object.assign(entry, change);
    this.emit('change', entry);
  }

  /** @param {string} thread @param {number} unread */
  #count(thread, unread) {
    const before = this.unread;
    if (unread > 0) this.#unread.set(thread, unread);
    else this.#unread.delete(thread);
    if (this.unread !== before) this.emit('unread', this.unread);
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
    entry.replyTo === '' &&
    before.source === entry.source &&
    before.thread === entry.thread &&
    before.username === entry.username &&
    entry.time.getTime() - before.time.getTime() < PAUSE_MS
  );
}
