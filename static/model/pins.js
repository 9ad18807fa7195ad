// @ts-check
/** Everything that one person chose to see large, in the order in which it was chosen; see `pin.js`. Pure. */
import { Pin } from './pin.js';

/** @typedef {import('./subjects.js').Subject} Subject */
/** @typedef {import('./pin.js').Company} Company */

/** Large at once at most: with more of them nothing would be large. The one chosen first makes room. */
export const MOST_PINS = 6;

export class Pins {
  /** @type {Pin[]} */
  #pins = [];

  /** Of the subjects that there are at the moment. */
  get keys() {
    return new Set(this.#pins.map(({ key }) => key).filter(Boolean));
  }

  /** Chooses a subject, or unselects one that is chosen. @param {string} key */
  toggle(key) {
    const others = this.#pins.filter((pin) => pin.key !== key);
    if (others.length === this.#pins.length) {
      const pin = new Pin();
      pin.toggle(key);
      others.push(pin);
    }
    this.#pins = others.slice(-MOST_PINS);
  }

  forget() {
    this.#pins = [];
  }

  /** The connection is lost: that nobody is there says nothing about them. */
  interrupted() {
    for (const pin of this.#pins) pin.interrupted();
  }

  /** Finds the subjects among those that there are now. @param {Subject[]} subjects @param {Company} company @param {number} now */
  update(subjects, company, now) {
    for (const pin of this.#pins) pin.update(subjects, company, now);
    this.#pins = this.#pins.filter((pin) => pin.wanted);
  }
}
