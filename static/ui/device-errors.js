// @ts-check
/** On the way in: why devices could not be had, and a button to try again once that is mended. */
import { el } from '../base/dom.js';
import { has, t, text } from '../base/texts.js';

/** @typedef {import('../media/errors.js').DeviceFailure} DeviceFailure */
/** @typedef {'camera' | 'microphone'} Device */

/** What trying again does not mend. @type {DeviceFailure[]} */
const LASTING = ['insecure', 'unsupported'];

export class DeviceErrors {
  #words = el('div', { class: 'form-error preview-error', role: 'alert' });
  #again;
  element;
  /** @type {Map<Device, DeviceFailure>} */
  #failed = new Map();

  /** @param {(devices: Device[]) => Promise<void>} retry */
  constructor(retry) {
    this.#again = el(
      'button',
      { type: 'button', class: 'button small', hidden: true, onclick: () => void this.#retry(retry) },
      t('toast.retry'),
    );
    this.element = el('div', { class: 'preview-errors' }, this.#words, this.#again);
  }

  /** @param {Device} device @param {DeviceFailure} reason */
  show(device, reason) {
    this.#failed.set(device, reason);
    this.#render();
  }

  /** @param {Device} [device]  all, if there is none */
  clear(device) {
    if (device) this.#failed.delete(device);
    else this.#failed.clear();
    this.#render();
  }

  #render() {
    this.#words.replaceChildren(...explanations(this.#failed).map((words) => el('span', {}, words)));
    const reasons = [...this.#failed.values()];
    this.#again.hidden = reasons.every((reason) => LASTING.includes(reason));
  }

  /** @param {(devices: Device[]) => Promise<void>} retry */
  async #retry(retry) {
    const devices = [...this.#failed.keys()];
    this.clear();
    await retry(devices);
    this.#again.focus();
  }
}

/** Each once; who may use neither device needs to read one sentence. @param {Map<Device, DeviceFailure>} failed */
export function explanations(failed) {
  const denied = failed.get('camera') === 'denied' && failed.get('microphone') === 'denied';
  if (denied) return [t('device.both.denied')];
  return [...new Set([...failed].map(([device, reason]) => deviceText({ device, reason })))];
}

/** Words for a device that could not be had. @param {{device: 'camera' | 'microphone' | 'screen', reason: import('../media/errors.js').DeviceFailure}} failure */
export function deviceText({ device, reason }) {
  if (reason === 'insecure') return t('device.insecure');
  if (reason === 'unsupported') return t('device.unsupported');
  const key = `device.${device}.${reason}`;
  return text(has(key) ? key : `device.${device}.other`);
}
