// @ts-check
/**
 * Which filters somebody has chosen, one for each purpose (background, mirror, rotate, look), and with what parameters.
 * Kept on the device; other tabs write there, too. Touches no camera. Owns the choice.
 */
import { filterById, validChoice, withDefaults } from '../filters/effects/registry.js';

/** @typedef {import('../filters/effects/registry.js').Choice} Choice */
/** @typedef {import('../filters/effects/filter.js').Filter} Filter */
/** @typedef {import('../filters/effects/filter.js').Params} Params */

/**
 * @typedef {object} Storage where the choice is kept on this device
 * @property {(key: string) => unknown} read
 * @property {(key: string) => unknown} [latest] the same with what other tabs have written since
 * @property {(key: string, value: unknown) => void} write
 */

const KEY = 'filter';

export class FilterChoice {
  #storage;

  /** @param {Storage | null} storage */
  constructor(storage) {
    this.#storage = storage;
    /** @type {Choice} */
    this.current = validChoice(storage?.read(KEY));
  }

  /**
   * @param {string} id `none` takes away the background
   * @param {Params} [params] those left out keep their last or default value
   * @returns {Filter | undefined} what was chosen
   */
  set(id, params) {
    const filter = filterById(id);
    if (filter === undefined) {
      if (id !== 'none') throw new RangeError(`there is no filter ${id}`);
      delete this.current.background;
    } else {
      this.current[filter.slot] = { id, params: withDefaults(filter, { ...this.#last(filter), ...params }) };
    }
    return filter;
  }

  /** The chosen parameters of a filter, or its defaults. @param {string} id @returns {Params} */
  params(id) {
    const filter = filterById(id);
    return filter === undefined ? {} : { ...(this.#last(filter) ?? filter.defaults) };
  }

  /** Remembers what was chosen for one purpose; the rest may be other tabs'. @param {Filter['slot']} slot */
  keep(slot) {
    const kept = this.#stored();
    delete kept[slot];
    const chosen = this.current[slot];
    this.#storage?.write(KEY, structuredClone(chosen === undefined ? kept : { ...kept, [slot]: chosen }));
  }

  /** A background that was chosen in another tab since counts here, too; that there is none does not. @returns {boolean} */
  adopt() {
    const { background } = this.#stored();
    if (this.current.background !== undefined || background === undefined) return false;
    this.current.background = background;
    return true;
  }

  /** @param {Filter} filter @returns {Params | undefined} */
  #last(filter) {
    const last = this.current[filter.slot];
    return last?.id === filter.id ? last.params : undefined;
  }

  /** What this device remembers now. */
  #stored() {
    return validChoice(this.#storage?.latest?.(KEY) ?? this.#storage?.read(KEY));
  }
}
