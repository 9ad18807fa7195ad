// @ts-check
/**
 * What we send: one stream of camera and microphone, and any number of screens. It brings the devices and the
 * connection together: whatever is on is published when we are in the group and may present, and again after
 * a reconnection.
 *
 * Owns microphone, camera and screens. Never shows anything; failures are events.
 */
import { Emitter } from '../protocol/emitter.js';
import { randomId } from '../protocol/ids.js';
import { audioRate, twoSizes, videoRate } from '../model/sending.js';
import { Attempts } from './attempts.js';
import { BLACK_MS, blackTrack } from './black.js';
import { deviceFailure, obstacle } from './errors.js';
import { Microphone } from './microphone.js';
import { captureScreen } from './screen.js';

/** @typedef {import('../protocol/up-stream.js').UpStream} UpStream */
/** @typedef {import('./errors.js').DeviceFailure} DeviceFailure */
/** @typedef {{id: string, stream: MediaStream, up: UpStream | null}} Screen */

/**
 * @extends {Emitter<{change: void, failed: {device: 'camera' | 'microphone' | 'screen', reason: DeviceFailure},
 *   lost: 'camera' | 'microphone', status: import('../protocol/watch.js').Status, refused: string}>}
 */
export class Publisher extends Emitter {
  microphone = new Microphone();
  camera;
  /** @type {Map<string, Screen>} */
  screens = new Map();
  cameraOn = false;
  cameraBusy = false;
  /** How often the camera was wanted on or off: whoever acts later than asked sees whether that still counts. */
  cameraWishes = 0;
  /** The stream of camera and microphone. @type {UpStream | null} */
  up = null;
  #room;
  #settings;
  #attempts = new Attempts({
    wanted: () => this.#mayPublish,
    again: () => this.#sync(),
    over: (reason) => this.emit('refused', reason),
  });
  #closings = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #blackTimer;

  /**
   * @param {import('../model/room.js').Room} room
   * @param {import('../model/settings.js').Settings} settings
   * @param {import('./camera.js').Camera} camera
   */
  constructor(room, settings, camera) {
    super();
    this.#room = room;
    this.#settings = settings;
    this.camera = camera;
    this.microphone.on('track', () => this.#sync());
    this.microphone.on('muted', () => this.#tell());
    this.microphone.on('ended', () => this.emit('lost', 'microphone'));
    camera.addEventListener('track', () => {
      if (!camera.isOpen) this.cameraOn = false;
      this.#sync();
    });
    camera.addEventListener('ended', () => {
      this.stopCamera();
      this.emit('lost', 'camera');
    });
    room.on('phase', (phase) => {
      if (phase === 'joined') {
        this.#attempts.begin();
        // Perhaps the server was away, which the worker comes from.
        if (camera.status.state === 'failed') camera.retry();
      }
      // A permission given later must find nothing running that the person has no control of.
      if (this.#forbidden) this.close();
      this.#sync();
    });
    room.on('permissions', () => this.#sync());
    room.on('user', () => this.#reconsiderSimulcast());
    settings.on('change', (key) => void this.#settingChanged(key));
  }

  /** Whether this browser can send anything. */
  get able() {
    return this.#room.connection.canStream;
  }

  get microphoneOn() {
    return this.microphone.isOpen && !this.microphone.muted;
  }

  /** Whether the microphone will be on, unless that is prevented. */
  get microphoneComing() {
    return this.microphone.isOpening && !this.microphone.isOpen;
  }

  /** The last wish counts: off while it is being opened means that it is not opened. @param {boolean} on */
  async setMicrophone(on) {
    if (!on && !this.microphone.isOpen) this.microphone.close();
    if (on && this.#forbidden) return false;
    if (on && !this.microphone.isOpen && !(await this.#openMicrophone())) return false;
    this.microphone.mute(!on);
    this.emit('change', undefined);
    return true;
  }

  /** The last wish counts here too. @param {boolean} on */
  async setCamera(on) {
    if (!on) {
      this.stopCamera();
      return true;
    }
    if (this.#forbidden) return false;
    const reason = await this.#openCamera();
    if (reason) this.emit('failed', { device: 'camera', reason });
    return !reason;
  }

  stopCamera() {
    this.cameraWishes += 1;
    this.cameraOn = this.cameraBusy = false;
    this.camera.close();
    this.#sync();
  }

  stopMicrophone() {
    this.microphone.close();
    void this.setMicrophone(false);
  }

  /** Lets go of all devices, also of those that are being opened. */
  close() {
    this.#closings += 1;
    for (const id of [...this.screens.keys()]) this.stopScreen(id);
    this.stopMicrophone();
    this.stopCamera();
    this.up = null;
  }

  async shareScreen() {
    const closings = this.#closings;
    /** @type {MediaStream} */
    let stream;
    try {
      stream = await captureScreen();
    } catch (error) {
      const reason = deviceFailure(error);
      // Closing the browser's own question is an answer, not a failure.
      const system = error instanceof Error && /system/i.test(error.message);
      if (reason !== 'cancelled' && (reason !== 'denied' || system)) {
        this.emit('failed', { device: 'screen', reason });
      }
      return;
    }
    if (closings !== this.#closings || this.#forbidden) {
      for (const track of stream.getTracks()) track.stop();
      return;
    }
    const id = randomId();
    this.screens.set(id, { id, stream, up: null });
    for (const track of stream.getVideoTracks()) track.onended = () => this.stopScreen(id);
    this.#sync();
  }

  /** @param {string} id */
  stopScreen(id) {
    const screen = this.screens.get(id);
    if (!screen) return;
    this.screens.delete(id);
    for (const track of screen.stream.getTracks()) track.stop();
    screen.up?.close();
    this.emit('change', undefined);
  }

  /** New paths to the server for everything we send; what it did not take is sent again. */
  restart() {
    this.#attempts.begin();
    for (const up of this.#room.connection.streams.up.values()) up.restart();
    this.#sync();
  }

  /**
   * The state of the stream of camera and microphone, or of a screen's. `failed`: others get nothing, for now or for good.
   * @param {Screen} [screen] @returns {import('../protocol/watch.js').Status | 'failed'}
   */
  statusOf(screen) {
    const { up } = screen ?? this;
    if (up && !up.closed) return up.status;
    const something = screen || this.microphone.track || (this.cameraOn && this.camera.track);
    return something && this.#mayPublish ? 'failed' : 'connected';
  }

  // --- devices -------------------------------------------------------------------------------------

  async #openMicrophone() {
    const problem = obstacle();
    try {
      if (problem) throw problem;
      await this.microphone.open({
        deviceId: this.#settings.get('microphone'),
        noiseSuppression: this.#settings.get('noiseSuppression'),
        highQuality: this.#settings.get('highQualityAudio'),
      });
      return true;
    } catch (error) {
      const reason = problem || deviceFailure(error);
      if (reason !== 'cancelled') this.emit('failed', { device: 'microphone', reason });
      return false;
    }
  }

  /** @returns {Promise<DeviceFailure | ''>} */
  async #openCamera() {
    const problem = obstacle();
    if (problem) return problem;
    // Otherwise the camera knows the size that the person chose.
    const size = this.#settings.get('blackboard') ? { width: 1920, height: 1080 } : {};
    const wish = (this.cameraWishes += 1);
    this.cameraBusy = true;
    this.emit('change', undefined);
    try {
      await this.#openDevice(size);
      this.cameraOn = true;
      return '';
    } catch (error) {
      const reason = deviceFailure(error);
      return reason === 'cancelled' ? '' : reason;
    } finally {
      if (wish === this.cameraWishes) this.cameraBusy = false;
      this.#sync();
    }
  }

  /** The chosen camera, or any when that one is not plugged in. @param {{width?: number, height?: number}} size */
  async #openDevice(size) {
    const deviceId = this.#settings.get('camera');
    try {
      await this.camera.open({ deviceId, ...size });
    } catch (error) {
      const missing = ['unsuitable', 'notFound'].includes(deviceFailure(error));
      if (!deviceId || !missing) throw error;
      await this.camera.open({ deviceId: '', ...size });
    }
  }

  /** @param {keyof import('../model/settings.js').Values} key */
  async #settingChanged(key) {
    if (key === 'camera' || key === 'blackboard') {
      if (this.cameraOn || this.cameraBusy) await this.setCamera(true);
    } else if (key === 'microphone' || key === 'noiseSuppression') {
      await this.#reopenMicrophone();
    } else if (key === 'highQualityAudio') {
      await this.#reopenMicrophone();
      this.#publishCamera(true);
    } else if (key === 'send') {
      await this.up?.setMaxBitrate(videoRate(this.#settings, 'camera'));
      for (const { up } of this.screens.values()) await up?.setMaxBitrate(videoRate(this.#settings, 'screenshare'));
    } else if (key === 'simulcast') {
      this.#reconsiderSimulcast();
    }
  }

  async #reopenMicrophone() {
    if (this.microphone.isOpen) await this.#openMicrophone();
    else if (this.microphoneComing) await this.setMicrophone(true);
  }

  // --- streams -------------------------------------------------------------------------------------

  get #mayPublish() {
    return this.able && this.#room.phase === 'joined' && this.#room.can('present');
  }

  get #forbidden() {
    return !this.able || (this.#room.phase === 'joined' && !this.#room.can('present'));
  }

  #videoTrack() {
    const track = this.cameraOn ? this.camera.track : null;
    if (track) track.contentHint = this.#settings.get('blackboard') ? 'detail' : '';
    return track;
  }

  /** Brings what is sent in line with what is on. */
  #sync() {
    this.#tell();
    if (this.#mayPublish) {
      if (this.up === null || this.up.closed) this.#publishCamera(false);
      else this.#setTracks(this.up);
      for (const screen of this.screens.values()) this.#publishScreen(screen);
    }
    this.emit('change', undefined);
  }

  /** @param {UpStream} up */
  #setTracks(up) {
    const video = this.#videoTrack();
    void up.setTrack('audio', this.microphone.track);
    clearTimeout(this.#blackTimer);
    if (video || !up.track('video')) {
      void up.setTrack('video', video);
      return;
    }
    const black = blackTrack();
    void up.setTrack('video', black);
    this.#blackTimer = setTimeout(() => {
      if (!this.cameraOn) void up.setTrack('video', null);
      black?.stop();
    }, BLACK_MS);
  }

  /** @param {boolean} anew  although it is being sent already, because its terms changed */
  #publishCamera(anew) {
    const audio = this.microphone.track;
    const video = this.#videoTrack();
    const running = this.up !== null && !this.up.closed;
    if (!this.#mayPublish || (!audio && !video) || (anew && !running)) return;
    const up = this.#room.connection.publish({
      label: 'camera',
      audio,
      video,
      simulcast: twoSizes(this.#settings, this.#room.users.size),
      maxBitrate: videoRate(this.#settings, 'camera'),
      audioBitrate: audioRate(this.#settings),
      ...(running && this.up ? { replace: this.up.id } : {}),
    });
    this.up = up;
    this.#follow(up, () => {
      if (this.up === up) this.up = null;
    });
  }

  /** @param {Screen} screen */
  #publishScreen(screen) {
    if (screen.up && !screen.up.closed) return;
    const [video = null] = screen.stream.getVideoTracks();
    const [audio = null] = screen.stream.getAudioTracks();
    const up = (screen.up = this.#room.connection.publish({
      label: 'screenshare',
      lasting: screen.id,
      audio,
      video,
      maxBitrate: videoRate(this.#settings, 'screenshare'),
    }));
    this.#follow(up, () => {
      if (screen.up === up) screen.up = null;
    });
  }

  /** @param {UpStream} up @param {() => void} forget */
  #follow(up, forget) {
    up.on('status', (status) => {
      this.emit('status', status);
      this.emit('change', undefined);
    });
    up.on('close', () => {
      forget();
      this.emit('change', undefined);
    });
    this.#attempts.follow(up);
  }

  /** More people came, or the choice changed: send two sizes from now on. Fewer people: never mind. */
  #reconsiderSimulcast() {
    if (!this.up || this.up.closed || !this.up.track('video')) return;
    const wanted = twoSizes(this.#settings, this.#room.users.size);
    if (wanted === this.up.simulcast || (!wanted && this.#settings.get('simulcast') === 'auto')) return;
    this.#publishCamera(true);
  }

  /** Lets others know what is off, so that they need not guess from silence and frozen pictures. */
  #tell() {
    const muted = !this.microphoneOn;
    const { data } = this.#room;
    if (data.muted !== muted || data.camera !== this.cameraOn) {
      this.#room.setData({ muted, camera: this.cameraOn });
    }
    this.emit('change', undefined);
  }
}
