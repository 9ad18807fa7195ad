// @ts-check
/**
 * Watches the state of one peer connection and decides when it needs help: an ICE restart after it failed or
 * was disconnected for a while, and the word "unreachable" when it never connected at all.
 */

/** Milliseconds for the first connection; then people are told (media may still come). */
const CONNECT_MS = 15_000;
/** Milliseconds of disconnection after which ICE is restarted, although it may come back by itself. */
const DISCONNECTED_MS = 4_000;
/** Milliseconds between two restarts, times the number of restarts in a row. */
const RESTART_MS = 3_000;

/** @typedef {'connecting' | 'connected' | 'interrupted' | 'unreachable' | 'closed'} Status */

export class Watch {
  /** @type {Status} */
  status = 'connecting';
  #pc;
  #on;
  #restarts = 0;
  #connectedOnce = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #restartTimer;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #connectTimer;

  /**
   * @param {RTCPeerConnection} pc
   * @param {{status: (status: Status) => void, restart: () => void}} on
   */
  constructor(pc, on) {
    this.#pc = pc;
    this.#on = on;
    pc.oniceconnectionstatechange = () => this.#changed();
    this.#connectTimer = setTimeout(() => {
      if (!this.#connectedOnce) this.#set('unreachable');
    }, CONNECT_MS);
  }

  /** Stops watching. */
  close() {
    this.#stopTimers();
    this.#pc.oniceconnectionstatechange = null;
    this.#set('closed');
  }

  #changed() {
    const state = this.#pc.iceConnectionState;
    if (state === 'connected' || state === 'completed') {
      this.#connectedOnce = true;
      this.#restarts = 0;
      this.#stopTimers();
      this.#set('connected');
    } else if (state === 'failed') {
      this.#set(this.#connectedOnce ? 'interrupted' : 'unreachable');
      this.#restartIn(this.#restarts * RESTART_MS);
    } else if (state === 'disconnected') {
      this.#set('interrupted');
      this.#restartIn(DISCONNECTED_MS);
    }
  }

  /** @param {number} ms */
  #restartIn(ms) {
    clearTimeout(this.#restartTimer);
    this.#restartTimer = setTimeout(() => {
      this.#restarts += 1;
      this.#on.restart();
    }, ms);
  }

  #stopTimers() {
    clearTimeout(this.#connectTimer);
    clearTimeout(this.#restartTimer);
  }

  /** @param {Status} status */
  #set(status) {
    if (status === this.status) return;
    this.status = status;
    this.#on.status(status);
  }
}
