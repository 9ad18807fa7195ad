// @ts-check
/**
 * A stream that we send: one peer connection, at most one audio and one video track.
 *
 * The sender offers. One offer at a time: what changes meanwhile is offered after the answer. A track can be
 * exchanged or taken away at any time without negotiation (the receivers see nothing new until there is a
 * track again); a *kind* that was never sent before is negotiated when its first track comes.
 *
 * Made by `Streams.publish`. Knows no DOM.
 */
import { Emitter } from './emitter.js';
import { encodings, limit } from './encodings.js';
import { readable } from './types.js';
import { Meter } from './stats.js';
import { Steps } from './steps.js';
import { Trickle } from './trickle.js';
import { Watch } from './watch.js';

/** @typedef {import('./types.js').Message} Message */
/** @typedef {import('./types.js').Kind} Kind */
/** @typedef {import('./types.js').Label} Label */

/**
 * @typedef {object} PublishOptions
 * @property {Label} label
 * @property {MediaStreamTrack | null} [audio]
 * @property {MediaStreamTrack | null} [video]
 * @property {boolean} [simulcast]
 * @property {number} [maxBitrate]   bit/s of the video
 * @property {number} [audioBitrate] bit/s of the audio
 * @property {string} [replace]      id of our own stream that this one replaces
 * @property {string} [lasting]      first part of its id, without dot: by it others know it again after a reconnection
 *
 * @typedef {object} Link  what a stream needs of its connection
 * @property {(message: Message) => boolean} send
 * @property {() => RTCPeerConnection} peer
 */

/** Milliseconds after which an offer without an answer is a failure. */
const ANSWER_MS = 15_000;

/**
 * @extends {Emitter<{status: import('./watch.js').Status, error: unknown,
 *   close: {reason: string, aborted: boolean}}>}
 */
export class UpStream extends Emitter {
  /** @readonly */
  direction = 'up';
  closed = false;
  #link;
  #pc;
  #trickle;
  #watch;
  #options;
  #meter = new Meter();
  /** @type {Map<Kind, RTCRtpTransceiver>} */
  #transceivers = new Map();
  /** @type {MediaStream} */
  #bundle = new MediaStream();
  #replace;
  #offering = false;
  #again = false;
  /** Where the ICE restart that was asked for is. @type {'' | 'wanted' | 'offered'} */
  #restart = '';
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #answerTimer;
  /** Operations on the peer connection happen one after the other. */
  #steps = new Steps((error) => {
    this.emit('error', error);
    this.close();
  });

  /** @param {string} id @param {Link} link @param {PublishOptions} options */
  constructor(id, link, options) {
    super();
    this.id = id;
    this.label = options.label;
    this.#link = link;
    this.#options = options;
    this.#replace = options.replace ?? '';
    this.#pc = link.peer();
    this.#trickle = new Trickle(this.#pc, (candidate) => link.send({ type: 'ice', id, candidate }));
    this.#watch = new Watch(this.#pc, {
      status: (status) => this.emit('status', status),
      restart: () => this.restart(),
    });
    this.#pc.onnegotiationneeded = () => this.#negotiate();
    if (options.audio) this.#add('audio', options.audio);
    if (options.video) this.#add('video', options.video);
  }

  get status() {
    return this.#watch.status;
  }

  /** The track that is being sent. @param {Kind} kind */
  track(kind) {
    return this.#transceivers.get(kind)?.sender.track ?? null;
  }

  get simulcast() {
    return Boolean(this.#options.simulcast);
  }

  /**
   * Sends this track from now on; null sends nothing of this kind.
   * @param {Kind} kind
   * @param {MediaStreamTrack | null} track
   */
  async setTrack(kind, track) {
    if (this.closed) return;
    const transceiver = this.#transceivers.get(kind);
    // The server takes nothing of this kind: Firefox minds that more than others.
    if (transceiver?.currentDirection === 'stopped') return;
    if (transceiver) await transceiver.sender.replaceTrack(track);
    else if (track) this.#add(kind, track);
  }

  /** Limits the video; 0 for no limit. @param {number} maxBitrate bit/s */
  async setMaxBitrate(maxBitrate) {
    this.#options.maxBitrate = maxBitrate;
    const sender = this.#transceivers.get('video')?.sender;
    if (sender && !this.closed) await limit(sender, maxBitrate).catch(() => {});
  }

  /** Rates and losses since the last call. @returns {Promise<import('./stats.js').Summary>} */
  async stats() {
    return this.#meter.read(await this.#pc.getStats());
  }

  /** Restarts ICE: a new path to the server, the same media. One that is under way is enough. */
  restart() {
    if (this.closed || this.#restart) return;
    this.#restart = 'wanted';
    this.#pc.restartIce();
    this.#negotiate();
  }

  /** Ends the stream, and tells the server so. */
  close() {
    this.#end({ reason: '', aborted: false }, true);
  }

  // --- what the connection hands in ----------------------------------------------------------------

  /** @param {Message} message */
  receive(message) {
    if (this.closed) return;
    if (message.type === 'answer') {
      // Whoever asks for a restart from here on has seen ours.
      if (this.#restart === 'offered') this.#restart = '';
      this.#steps.add(() => this.#answered(message.sdp ?? ''));
    } else if (message.type === 'ice') this.#trickle.add(message.candidate);
    else if (message.type === 'renegotiate') this.restart();
    else if (message.type === 'abort') {
      this.#end({ reason: readable(message.value), aborted: true }, true);
    }
  }

  /** The connection is gone, or a new stream took this one's place: nothing is to be told. */
  drop() {
    this.#end({ reason: '', aborted: false }, false);
  }

  // --- inside --------------------------------------------------------------------------------------

  /** @param {Kind} kind @param {MediaStreamTrack} track */
  #add(kind, track) {
    this.#bundle.addTrack(track);
    const { simulcast = false, maxBitrate, audioBitrate } = this.#options;
    const sendEncodings =
      kind === 'video'
        ? encodings({ simulcast, maxBitrate, height: track.getSettings().height })
        : audioBitrate
          ? [{ maxBitrate: audioBitrate }]
          : undefined;
    const transceiver = this.#pc.addTransceiver(track, {
      direction: 'sendonly',
      streams: [this.#bundle],
      ...(sendEncodings ? { sendEncodings } : {}),
    });
    this.#transceivers.set(kind, transceiver);
  }

  #negotiate() {
    if (this.#offering) this.#again = true;
    else {
      this.#offering = true;
      this.#steps.add(() => this.#offer());
    }
  }

  async #offer() {
    this.#again = false; // whatever was asked for until now is in this offer
    if (this.#restart) this.#restart = 'offered';
    await this.#pc.setLocalDescription();
    const sdp = this.#pc.localDescription?.sdp;
    if (!sdp || this.closed) return;
    const { id, label } = this;
    const sent = this.#link.send({ type: 'offer', id, label, sdp, ...this.#replacing() });
    if (!sent) return;
    this.#trickle.announced();
    clearTimeout(this.#answerTimer);
    this.#answerTimer = setTimeout(() => {
      this.emit('error', new Error('no answer'));
      this.close();
    }, ANSWER_MS);
  }

  #replacing() {
    const replace = this.#replace;
    this.#replace = '';
    return replace ? { replace } : {};
  }

  /** @param {string} sdp */
  async #answered(sdp) {
    if (this.#pc.signalingState !== 'have-local-offer') return; // an answer to nothing
    clearTimeout(this.#answerTimer);
    await this.#pc.setRemoteDescription({ type: 'answer', sdp });
    this.#trickle.described();
    this.#offering = false;
    if (this.#again) this.#negotiate();
  }

  /** @param {{reason: string, aborted: boolean}} why @param {boolean} tell */
  #end(why, tell) {
    if (this.closed) return;
    this.closed = true;
    this.#steps.stop();
    clearTimeout(this.#answerTimer);
    if (tell) this.#link.send({ type: 'close', id: this.id });
    this.#watch.close();
    this.#pc.onnegotiationneeded = null;
    this.#pc.close();
    this.emit('close', why);
  }
}
