// @ts-check
/** The stream in which one sees one's own camera: the same one as long as the track is the same. */

export class OwnView {
  /** @type {MediaStream | null} */
  #stream = null;

  /** @param {MediaStreamTrack | null} track @returns {MediaStream | null} */
  of(track) {
    if (!track) this.#stream = null;
    else if (this.#stream?.getTracks()[0] !== track) {
      this.#stream = new MediaStream();
      this.#stream.addTrack(track);
    }
    return this.#stream;
  }
}
