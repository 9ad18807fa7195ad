// @ts-check
/**
 * What people chose on this device, kept in localStorage; everything has a default and a check, so that
 * whatever an older version stored does no harm. Where storage is refused, choices last as long as the page.
 */
import { Emitter } from '../protocol/emitter.js';

const PREFIX = 'galene-py.';

export const DEFAULTS = {
  name: '',
  start: 'both',
  camera: '',
  microphone: '',
  speaker: '',
  mirror: true,
  blackboard: false,
  noiseSuppression: true,
  highQualityAudio: false,
  send: 'normal',
  simulcast: 'auto',
  receive: 'everything',
  activity: true,
  audioOnly: true,
  layout: 'auto',
  self: 'auto',
  corner: 'bottom-right',
  theme: 'system',
  sounds: true,
  savePower: true,
};

/** @typedef {typeof DEFAULTS} Values */

/** What the choices may be; other settings are free text or switches. */
export const CHOICES = {
  start: ['both', 'audio', 'video', 'nothing'],
  send: ['lowest', 'low', 'normal', 'unlimited'],
  simulcast: ['off', 'auto', 'on'],
  receive: ['nothing', 'audio', 'screenshare', 'low', 'everything'],
  theme: ['system', 'light', 'dark'],
  layout: ['auto', 'grid', 'speaker', 'presentation'],
  self: ['auto', 'tile', 'inset', 'hidden'],
  corner: ['bottom-right', 'bottom-left', 'top-left', 'top-right'],
};

/** bit/s of the video for each send limit; 0 is no limit. @type {Record<string, number>} */
export const SEND_RATES = { lowest: 150_000, low: 300_000, normal: 700_000, unlimited: 0 };
/** bit/s of the audio when high quality is chosen. */
export const HIGH_QUALITY_AUDIO = 128_000;

/** The `request` message for each choice of what to receive. @type {Record<string, Record<string, string[]>>} */
const REQUESTS = {
  nothing: {},
  audio: { '': ['audio'] },
  screenshare: { screenshare: ['audio', 'video'], '': ['audio'] },
  low: { screenshare: ['audio', 'video'], '': ['audio', 'video-low'] },
  everything: { '': ['audio', 'video'] },
};

/** People in a group from which everything comes small at first; large tiles then ask for more. */
const MANY = 12;

/**
 * The `request` message for a choice, in a group of so many people.
 * @param {string} receive @param {number} people @param {boolean} [saving] power
 */
export function requestFor(receive, people, saving = false) {
  return receive === 'everything' && (saving || people > MANY) ? REQUESTS.low : REQUESTS[receive];
}

/** @extends {Emitter<{change: keyof Values}>} */
export class Settings extends Emitter {
  #storage;
  /** @type {Map<string, unknown>} */
  #cache = new Map();
  /** What the storage refused. @type {Set<string>} */
  #unsaved = new Set();

  /** @param {Pick<Storage, 'getItem' | 'setItem'> | null} [storage] */
  constructor(storage = localStorageIfAllowed()) {
    super();
    this.#storage = storage;
  }

  /**
   * @template {keyof Values} K
   * @param {K} key
   * @returns {Values[K]}
   */
  get(key) {
    const stored = this.read(key);
    return /** @type {Values[K]} */ (valid(key, stored) ? stored : DEFAULTS[key]);
  }

  /**
   * @template {keyof Values} K
   * @param {K} key
   * @param {Values[K]} value
   */
  set(key, value) {
    if (!valid(key, value) || value === this.get(key)) return;
    this.write(key, value);
    this.emit('change', key);
  }

  /** Any JSON value by its key, unchecked: for parts with settings of their own. @param {string} key */
  read(key) {
    if (!this.#cache.has(key)) this.#cache.set(key, this.#load(key));
    return this.#cache.get(key);
  }

  /** The same with what other tabs have written since. @param {string} key */
  latest(key) {
    return this.#storage === null || this.#unsaved.has(key) ? this.read(key) : this.#load(key);
  }

  /** @param {string} key @param {unknown} value */
  write(key, value) {
    this.#cache.set(key, value);
    try {
      this.#storage?.setItem(PREFIX + key, JSON.stringify(value));
      this.#unsaved.delete(key);
    } catch {
      this.#unsaved.add(key); // full or forbidden: it lasts as long as the page
    }
  }

  /** @param {string} key */
  #load(key) {
    try {
      const text = this.#storage?.getItem(PREFIX + key);
      return text === null || text === undefined ? undefined : JSON.parse(text);
    } catch {
      return undefined;
    }
  }
}

/** @param {keyof Values} key @param {unknown} value */
function valid(key, value) {
  if (typeof value !== typeof DEFAULTS[key]) return false;
  const choices = /** @type {Record<string, unknown[]>} */ (CHOICES)[key];
  return choices === undefined || choices.includes(value);
}

function localStorageIfAllowed() {
  try {
    return globalThis.localStorage ?? null;
  } catch {
    return null;
  }
}
