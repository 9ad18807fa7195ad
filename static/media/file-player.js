// @ts-check
/**
 * Plays a film or a sound of this computer to the group: a media element whose picture and sound are published, with
 * the label that the protocol has for it. Pause and seek act on the element, and so on what everybody gets. Owns the
 * element and the stream.
 */
import { Emitter } from '../protocol/emitter.js';

/** Whether this browser can. */
export function canPlayFiles() {
  const { prototype } = globalThis.HTMLMediaElement ?? {};
  return prototype !== undefined && ('captureStream' in prototype || 'mozCaptureStream' in prototype);
}

/** @extends {Emitter<{change: void, failed: void}>} */
export class FilePlayer extends Emitter {
  element = document.createElement('video');
  name = '';
  #room;
  /** @type {MediaStream | null} */
  #stream = null;
  /** @type {import('../protocol/up-stream.js').UpStream | null} */
  #up = null;

  /** @param {import('../model/room.js').Room} room */
  constructor(room) {
    super();
    this.#room = room;
    const { element } = this;
    element.playsInline = true;
    for (const type of ['play', 'pause', 'timeupdate', 'durationchange', 'seeked', 'ended'])
      element.addEventListener(type, () => this.emit('change', undefined));
    element.addEventListener('error', () => {
      if (!this.active) return;
      this.stop();
      this.emit('failed', undefined);
    });
    room.on('phase', (phase) => {
      if (phase === 'joined') this.#publish();
      else if (phase !== 'reconnecting') this.stop();
    });
    room.on('permissions', () => {
      if (room.phase === 'joined' && !room.can('present')) this.stop();
    });
  }

  /** Whether there is a file. */
  get active() {
    return this.element.src !== '';
  }

  /** @param {File} file */
  async play(file) {
    this.stop();
    const { element } = this;
    this.name = file.name;
    element.src = URL.createObjectURL(file);
    this.emit('change', undefined);
    try {
      await element.play();
    } catch {
      return; // told by its error
    }
    const capture = /** @type {any} */ (element).captureStream ?? /** @type {any} */ (element).mozCaptureStream;
    this.#stream = capture.call(element);
    this.#publish();
  }

  toggle() {
    if (this.element.paused) void this.element.play().catch(() => {});
    else this.element.pause();
  }

  stop() {
    const { element } = this;
    if (!this.active) return;
    this.#up?.close();
    this.#up = this.#stream = null;
    element.pause();
    URL.revokeObjectURL(element.src);
    element.removeAttribute('src');
    element.load();
    this.emit('change', undefined);
  }

  #publish() {
    const room = this.#room;
    if (!this.#stream || room.phase !== 'joined' || !room.can('present') || (this.#up && !this.#up.closed)) return;
    const [video = null] = this.#stream.getVideoTracks();
    const [audio = null] = this.#stream.getAudioTracks();
    if (!video && !audio) return;
    this.#up = room.connection.publish({ label: 'video', audio, video, maxBitrate: 0 });
  }
}
