// @ts-check
/**
 * ICE candidates of one peer connection: each side's wait until the other side knows the stream they are for.
 */

export class Trickle {
  #pc;
  #send;
  #announced = false;
  /** @type {RTCIceCandidateInit[]} */
  #outgoing = [];
  /** @type {RTCIceCandidateInit[]} */
  #incoming = [];

  /**
   * @param {RTCPeerConnection} pc
   * @param {(candidate: RTCIceCandidateInit) => void} send
   */
  constructor(pc, send) {
    this.#pc = pc;
    this.#send = send;
    pc.onicecandidate = ({ candidate }) => {
      if (!candidate) return;
      const init = candidate.toJSON();
      if (this.#announced) this.#send(init);
      else this.#outgoing.push(init);
    };
  }

  /** Our description has been sent: candidates may follow it. */
  announced() {
    this.#announced = true;
    for (const candidate of this.#outgoing.splice(0)) this.#send(candidate);
  }

  /** A candidate of the other side. @param {RTCIceCandidateInit | null | undefined} candidate */
  add(candidate) {
    if (!candidate) return;
    if (this.#pc.remoteDescription) this.#apply(candidate);
    else this.#incoming.push(candidate);
  }

  /** The other side's description has been set. */
  described() {
    for (const candidate of this.#incoming.splice(0)) this.#apply(candidate);
  }

  /** @param {RTCIceCandidateInit} candidate */
  #apply(candidate) {
    // A candidate that this browser cannot use is none: the others decide.
    this.#pc.addIceCandidate(candidate).catch(() => {});
  }
}
