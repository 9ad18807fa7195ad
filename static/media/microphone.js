// @ts-check
/**
 * The microphone: acquiring it, muting it, noticing when it goes away. Muting keeps the device, so that
 * unmuting is instantaneous. Owns its track.
 */
import { Emitter } from '../protocol/emitter.js';
import { LevelMeter } from './level.js';

/** @typedef {{deviceId?: string, noiseSuppression?: boolean, highQuality?: boolean}} MicrophoneOptions */

/** @extends {Emitter<{track: void, muted: boolean, ended: void, silenced: boolean}>} */
export class Microphone extends Emitter {
  /** @type {MediaStreamTrack | null} */
  track = null;
  #muted = true;
  #opening = 0;
  #asking = false;
  /** @type {LevelMeter | null} */
  #meter = null;

  get muted() {
    return this.#muted;
  }

  get isOpen() {
    return this.track !== null;
  }

  /** Whether a device is being asked for. */
  get isOpening() {
    return this.#asking;
  }

  /**
   * @param {MicrophoneOptions} [options]
   * @throws {DOMException} of getUserMedia; AbortError when it was closed or asked for again meanwhile
   */
  async open({ deviceId = '', noiseSuppression = true, highQuality = false } = {}) {
    const number = ++this.#opening;
    this.#asking = true;
    const stream = await navigator.mediaDevices
      .getUserMedia({
        audio: {
          ...(deviceId ? { deviceId: { ideal: deviceId } } : {}),
          echoCancellation: true,
          noiseSuppression: noiseSuppression && !highQuality,
          autoGainControl: !highQuality,
          ...(highQuality ? { channelCount: { ideal: 2 } } : {}),
        },
      })
      .catch((error) => {
        if (number === this.#opening) this.#asking = false;
        throw number === this.#opening ? error : outdated();
      });
    const track = stream.getAudioTracks()[0];
    if (number !== this.#opening) {
      track.stop();
      throw outdated();
    }
    this.#asking = false;
    this.#take(track);
    return track;
  }

  /** @param {boolean} muted */
  mute(muted) {
    if (muted === this.#muted) return;
    this.#muted = muted;
    if (this.track) this.track.enabled = !muted;
    this.emit('muted', muted);
  }

  /** 0 to 1; what the microphone hears, also while muted. */
  level() {
    return this.#meter?.read() ?? 0;
  }

  close() {
    this.#opening += 1;
    this.#asking = false;
    this.#release();
    this.emit('track', undefined);
  }

  /** @param {MediaStreamTrack} track */
  #take(track) {
    this.#release();
    track.enabled = !this.#muted;
    this.track = track;
    track.onended = () => {
      if (this.track !== track) return;
      this.#release();
      this.emit('track', undefined);
      this.emit('ended', undefined);
    };
    // A switch on the device or in the system: the track lives but carries silence.
    track.onmute = () => this.emit('silenced', true);
    track.onunmute = () => this.emit('silenced', false);
    try {
      this.#meter = new LevelMeter(track);
    } catch {
      this.#meter = null; // no sound system: the track may work all the same
    }
    this.emit('track', undefined);
  }

  #release() {
    this.#meter?.close();
    this.#meter = null;
    if (this.track?.muted) this.emit('silenced', false); // it concerned this device
    this.track?.stop();
    this.track = null;
  }
}

function outdated() {
  return new DOMException('another microphone was chosen meanwhile, or none', 'AbortError');
}
