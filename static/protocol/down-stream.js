// @ts-check
/**
 * A stream that we receive: one peer connection; the server offers, we answer.
 *
 * Offers are taken strictly one after the other. When the network fails, a new offer with an ICE restart is
 * asked for. `localId` survives when a stream is replaced by another, so that whoever shows it can go on
 * showing it in the same place. Made by `Streams`. Knows no DOM.
 */
import { Emitter } from './emitter.js';
import { Meter } from './stats.js';
import { Steps } from './steps.js';
import { Trickle } from './trickle.js';
import { Watch } from './watch.js';

/** @typedef {import('./types.js').Message} Message */
/** @typedef {import('./types.js').Kind} Kind */
/** @typedef {import('./up-stream.js').Link} Link */

/**
 * @extends {Emitter<{status: import('./watch.js').Status, tracks: void, paused: boolean, error: unknown,
 *   close: {replaced: boolean}}>}
 */
export class DownStream extends Emitter {
  /** @readonly */
  direction = 'down';
  closed = false;
  /** Whether the server has paused the video, because our line has no room for it. */
  paused = false;
  /** Whether who sends it speaks, as the server hears it. */
  speaking = false;
  /** What has arrived; the object stays the same while the stream lives. */
  media = new MediaStream();
  #link;
  #pc;
  #trickle;
  #watch;
  #meter = new Meter();
  #steps = new Steps((error) => {
    this.emit('error', error);
    this.abort();
  });

  /** @param {Message} offer @param {string} localId @param {Link} link */
  constructor(offer, localId, link) {
    super();
    this.id = offer.id ?? '';
    this.label = offer.label ?? '';
    this.source = offer.source ?? '';
    this.username = offer.username ?? '';
    this.localId = localId;
    this.#link = link;
    this.#pc = link.peer();
    this.#trickle = new Trickle(this.#pc, (candidate) => link.send({ type: 'ice', id: this.id, candidate }));
    this.#watch = new Watch(this.#pc, {
      status: (status) => this.emit('status', status),
      restart: () => this.restart(),
    });
    this.#pc.ontrack = ({ track }) => this.#arrived(track);
  }

  get status() {
    return this.#watch.status;
  }

  /** The receiver's live track of a kind. @param {Kind} kind */
  track(kind) {
    return this.media.getTracks().find((track) => track.kind === kind && track.readyState === 'live') ?? null;
  }

  /** Loudness of the audio, 0 to 1, as of the last packets. */
  audioLevel() {
    for (const receiver of this.#pc.getReceivers()) {
      if (receiver.track.kind !== 'audio' || !receiver.getSynchronizationSources) continue;
      for (const source of receiver.getSynchronizationSources()) return source.audioLevel ?? 0;
    }
    return 0;
  }

  /** Rates and losses since the last call. @returns {Promise<import('./stats.js').Summary>} */
  async stats() {
    return this.#meter.read(await this.#pc.getStats());
  }

  /**
   * Says what is wanted of this stream, and how large it is shown: when our line is narrow, what is large comes first.
   * @param {('audio' | 'video' | 'video-low')[]} kinds
   * @param {[number, number]} [size]  width and height in device pixels; two zeros: it is not shown
   */
  request(kinds, size) {
    this.#link.send({ type: 'requestStream', id: this.id, request: kinds, ...(size && { size }) });
  }

  /** Asks for an offer with an ICE restart. */
  restart() {
    if (!this.closed) this.#link.send({ type: 'renegotiate', id: this.id });
  }

  /** Asks the server to stop sending this stream; it closes when the server agrees. */
  abort() {
    this.#link.send({ type: 'abort', id: this.id });
  }

  // --- what the connection hands in ----------------------------------------------------------------

  /** @param {Message} message */
  receive(message) {
    if (this.closed) return;
    if (message.type === 'offer') this.#steps.add(() => this.#offered(message.sdp ?? ''));
    else if (message.type === 'ice') this.#trickle.add(message.candidate);
    else if (message.type === 'speaking') this.speaking = message.value === true;
    else if (message.type === 'paused') this.#pause(message.value === true);
    else if (message.type === 'close') this.drop(false);
  }

  /** Ends here, without a word to the server. @param {boolean} replaced another one goes on in its place */
  drop(replaced) {
    if (this.closed) return;
    this.closed = true;
    this.#steps.stop();
    this.#watch.close();
    this.#pc.ontrack = null;
    this.emit('close', { replaced }); // whoever shows it may keep its last frame
    this.#pc.close();
  }

  // --- inside --------------------------------------------------------------------------------------

  /** @param {boolean} paused */
  #pause(paused) {
    this.paused = paused;
    this.emit('paused', paused);
  }

  /** @param {string} sdp */
  async #offered(sdp) {
    await this.#pc.setRemoteDescription({ type: 'offer', sdp });
    this.#trickle.described();
    await this.#pc.setLocalDescription();
    const answer = this.#pc.localDescription?.sdp;
    if (!answer || this.closed) return;
    this.#link.send({ type: 'answer', id: this.id, sdp: answer });
    this.#trickle.announced();
    this.#dropEnded();
  }

  /** @param {MediaStreamTrack} track */
  #arrived(track) {
    for (const old of this.media.getTracks()) {
      if (old.kind === track.kind && old !== track) this.media.removeTrack(old);
    }
    if (!this.media.getTracks().includes(track)) this.media.addTrack(track);
    track.onmute = track.onunmute = track.onended = () => this.emit('tracks', undefined);
    this.emit('tracks', undefined);
  }

  /** Takes out tracks that the latest offer no longer has. */
  #dropEnded() {
    const live = new Set(
      this.#pc
        .getTransceivers()
        .filter(({ currentDirection }) => currentDirection === 'recvonly' || currentDirection === 'sendrecv')
        .map(({ receiver }) => receiver.track),
    );
    for (const track of this.media.getTracks()) {
      if (live.has(track)) continue;
      this.media.removeTrack(track);
      this.emit('tracks', undefined);
    }
  }
}
