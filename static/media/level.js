// @ts-check
/** Loudness of a local track, 0 to 1, measured without playing it. */

/** @type {AudioContext | null} */
let shared = null;

export class LevelMeter {
  #analyser;
  #source;
  #track;
  #samples;

  /**
   * @param {MediaStreamTrack} track
   * @throws {DOMException} no sound system, or one that runs at another rate than the device
   */
  constructor(track) {
    shared ??= new AudioContext();
    // Measured on a copy: muting the original must not blind the meter, which tells people that they are muted.
    this.#track = track.clone();
    this.#track.enabled = true;
    try {
      this.#source = shared.createMediaStreamSource(new MediaStream([this.#track]));
    } catch (error) {
      this.#track.stop(); // else the copy would keep the device
      throw error;
    }
    this.#analyser = shared.createAnalyser();
    this.#analyser.fftSize = 512;
    this.#source.connect(this.#analyser);
    this.#samples = new Float32Array(this.#analyser.fftSize);
    void shared.resume();
  }

  read() {
    this.#analyser.getFloatTimeDomainData(this.#samples);
    let sum = 0;
    for (const sample of this.#samples) sum += sample * sample;
    return Math.min(1, Math.sqrt(sum / this.#samples.length) * 2.5);
  }

  close() {
    this.#source.disconnect();
    this.#track.stop();
  }
}
