// @ts-check
/**
 * Whether microphone and camera shall be on in the meeting: what the person chose last, which is remembered, and what
 * has become of it since, which is not. Touches no device.
 */

/** @typedef {'microphone' | 'camera'} Device */
/** @typedef {Pick<import('./settings.js').Settings, 'get' | 'set'>} Store */

/** What is remembered, by what is on. */
const START = /** @type {const} */ ({ both: [true, true], audio: [true, false], video: [false, true], nothing: [false, false] });

export class Intent {
  microphone = false;
  camera = false;
  #store;

  /** @param {Store} store */
  constructor(store) {
    this.#store = store;
    this.begin();
  }

  /** As it was chosen last. */
  begin() {
    [this.microphone, this.camera] = this.#chosen;
  }

  /** The person decides. @param {Device} device @param {boolean} on */
  choose(device, on) {
    this[device] = on;
    const chosen = { ...this.#named, [device]: on };
    const name = /** @type {keyof typeof START} */ (
      Object.keys(START).find((key) => {
        const [microphone, camera] = START[/** @type {keyof typeof START} */ (key)];
        return microphone === chosen.microphone && camera === chosen.camera;
      })
    );
    this.#store.set('start', name);
  }

  /** Wished for again, without a new decision. @param {Device} device @param {boolean} on */
  set(device, on) {
    this[device] = on;
  }

  /** It could not be had, or is not wanted this time: the next time is another matter. @param {Device} device */
  fail(device) {
    this[device] = false;
  }

  get #chosen() {
    return START[/** @type {keyof typeof START} */ (this.#store.get('start'))];
  }

  get #named() {
    const [microphone, camera] = this.#chosen;
    return { microphone, camera };
  }
}
