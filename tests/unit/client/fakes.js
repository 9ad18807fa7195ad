/** Hand-written stand-ins for the browser: a socket and a peer connection whose every move a test decides. */

export class FakeSocket {
  static all = [];
  readyState = 0;
  sent = [];
  constructor(url) {
    this.url = url;
    FakeSocket.all.push(this);
  }
  send(text) {
    this.sent.push(JSON.parse(text));
  }
  close(code, reason) {
    this.readyState = 3;
    this.closedWith = { code, reason };
  }
  open() {
    this.readyState = 1;
    this.onopen();
  }
  receive(message) {
    this.onmessage({ data: JSON.stringify(message) });
  }
  lose(code = 1006) {
    this.readyState = 3;
    this.onclose({ code, reason: '' });
  }
}

export class FakeTrack {
  readyState = 'live';
  constructor(kind) {
    this.kind = kind;
  }
  getSettings() {
    return { height: 720 };
  }
}

class FakeSender {
  parameters = { encodings: [{}] };
  constructor(track) {
    this.track = track;
  }
  async replaceTrack(track) {
    this.track = track;
  }
  getParameters() {
    return structuredClone(this.parameters);
  }
  async setParameters(parameters) {
    this.parameters = parameters;
  }
}

export class FakePeer {
  static all = [];
  signalingState = 'stable';
  iceConnectionState = 'new';
  localDescription = null;
  remoteDescription = null;
  candidates = [];
  restarts = 0;
  transceivers = [];
  offers = 0;
  closed = false;
  constructor() {
    FakePeer.all.push(this);
  }
  addTransceiver(track, init) {
    const transceiver = {
      sender: new FakeSender(track),
      init,
      currentDirection: null,
      stop() {
        this.currentDirection = 'stopped';
        this.sender.replaceTrack = async () => {
          throw new DOMException('it is stopped', 'InvalidStateError');
        };
      },
      receiver: { track: new FakeTrack(track.kind) },
    };
    this.transceivers.push(transceiver);
    queueMicrotask(() => this.onnegotiationneeded?.());
    return transceiver;
  }
  getTransceivers() {
    return this.transceivers;
  }
  getReceivers() {
    return this.transceivers.map(({ receiver }) => receiver);
  }
  async setLocalDescription() {
    const offer = this.signalingState !== 'have-remote-offer';
    this.signalingState = offer ? 'have-local-offer' : 'stable';
    this.localDescription = {
      type: offer ? 'offer' : 'answer',
      sdp: `${offer ? 'offer' : 'answer'} ${(this.offers += 1)}`,
    };
  }
  async setRemoteDescription(description) {
    if (description.sdp === 'bad') throw new Error('bad sdp');
    this.signalingState = description.type === 'offer' ? 'have-remote-offer' : 'stable';
    this.remoteDescription = description;
  }
  async addIceCandidate(candidate) {
    this.candidates.push(candidate);
  }
  restartIce() {
    this.restarts += 1;
  }
  state(state) {
    this.iceConnectionState = state;
    this.oniceconnectionstatechange?.();
  }
  close() {
    this.closed = true;
  }
}

export class FakeMediaStream {
  #tracks = [];
  addTrack(track) {
    this.#tracks.push(track);
  }
  removeTrack(track) {
    this.#tracks = this.#tracks.filter((other) => other !== track);
  }
  getTracks() {
    return [...this.#tracks];
  }
}

globalThis.MediaStream ??= FakeMediaStream;

/** Lets everything that waits for promises happen. */
export async function settle() {
  for (let count = 0; count < 20; count += 1) await Promise.resolve();
}

/** A link that remembers what was sent. */
export function fakeLink() {
  const sent = [];
  return { sent, send: (message) => (sent.push(message), true), peer: () => new FakePeer() };
}
