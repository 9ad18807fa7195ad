// @ts-check
/** Which devices there are, kept up to date; names appear once the person has allowed one of the kind. */
import { Emitter } from '../protocol/emitter.js';

/** @typedef {{id: string, label: string}} Device */

/** @extends {Emitter<{change: void}>} */
export class Devices extends Emitter {
  /** @type {Record<'camera' | 'microphone' | 'speaker', Device[]>} */
  lists = { camera: [], microphone: [], speaker: [] };

  constructor() {
    super();
    navigator.mediaDevices?.addEventListener?.('devicechange', () => void this.refresh());
  }

  async refresh() {
    const found = (await navigator.mediaDevices?.enumerateDevices?.().catch(() => [])) ?? [];
    this.lists = {
      camera: ofKind(found, 'videoinput'),
      microphone: ofKind(found, 'audioinput'),
      speaker: ofKind(found, 'audiooutput'),
    };
    this.emit('change', undefined);
  }
}

/** Whether this browser lets a page choose where sound comes out. */
export function canChooseSpeaker() {
  return 'setSinkId' in HTMLMediaElement.prototype;
}

/** @param {MediaDeviceInfo[]} devices @param {MediaDeviceKind} kind @returns {Device[]} */
function ofKind(devices, kind) {
  return devices
    .filter((device) => device.kind === kind && device.deviceId)
    .map(({ deviceId, label }, index) => ({ id: deviceId, label: label || `${index + 1}` }));
}
