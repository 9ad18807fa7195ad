// @ts-check
/** Whether the battery runs low, where browsers tell (W3C Battery Status); elsewhere it never does. Owns no device. */
import { Emitter } from '../protocol/emitter.js';

/** Part of a full battery from which on power is saved, unless it is being charged. */
export const LOW = 0.2;

/** @typedef {EventTarget & {charging: boolean, level: number}} Manager */

/** @extends {Emitter<{change: boolean}>} */
export class Battery extends Emitter {
  low = false;

  /** @param {() => Promise<Manager> | undefined} [ask] */
  constructor(ask = () => /** @type {any} */ (navigator).getBattery?.()) {
    super();
    void Promise.resolve(ask())
      .catch(() => undefined) // not allowed: nothing is known
      .then((manager) => manager && this.#follow(manager));
  }

  /** @param {Manager} manager */
  #follow(manager) {
    const look = () => {
      const low = !manager.charging && manager.level <= LOW;
      if (low === this.low) return;
      this.low = low;
      this.emit('change', low);
    };
    for (const type of ['chargingchange', 'levelchange']) manager.addEventListener(type, look);
    look();
  }
}
