/**
 * Plays several files of one recording in step: a clock of its own says where all of them should be, and each is
 * kept there: by a jump when it is far off, by its speed when it is a little off. While one of them has to load, all
 * wait. Knows no document; `now` is milliseconds, positions are seconds of the recording.
 * @module
 */

/**
 * @typedef {object} Media what is used of a media element
 * @property {number} currentTime
 * @property {number} playbackRate
 * @property {boolean} paused
 * @property {boolean} seeking
 * @property {boolean} ended
 * @property {number} readyState
 * @property {{code: number} | null} error
 * @property {() => Promise<void>} play
 * @property {() => void} pause
 */
/** @typedef {{offset: number, duration: number, media: Media | null}} Part media: null while it is not wanted */

/** Seconds off from which a file jumps. */
export const JUMP_S = 0.4;
/** Seconds off from which its speed is changed, until it is within a third of it. */
export const NUDGE_S = 0.06;
/** Part by which the speed is changed: nobody hears it. */
const NUDGE = 0.06;
/** Seconds before the end of a file in which it need not have more. */
const TAIL_S = 0.5;
/** HTMLMediaElement.HAVE_FUTURE_DATA */
const FUTURE = 3;
/** Seconds before a file begins from which it is loaded, and after its end until it is let go. */
const NEAR_S = 15;

export class Step {
  position = 0;
  rate = 1;
  playing = false;
  /** Whether it stands still because something has to load. */
  waiting = false;
  /** @type {number | null} */
  #last = null;
  /** Those whose speed was changed. @type {WeakSet<Media>} */
  #nudged = new WeakSet();
  #sought = false;

  /** @param {Part[]} parts @param {number} duration of the recording */
  constructor(parts, duration) {
    this.parts = parts;
    this.duration = duration;
  }

  play() {
    if (this.position >= this.duration) this.seek(0);
    this.playing = true;
    this.#last = null;
  }

  pause() {
    this.playing = false;
    this.waiting = false;
  }

  /** @param {number} position */
  seek(position) {
    this.position = Math.min(Math.max(position, 0), this.duration);
    this.#sought = true;
    this.#last = null;
  }

  /** Whether a file is to be seen and heard now. @param {Part} part */
  active({ offset, duration }) {
    return this.position >= offset && this.position < offset + duration;
  }

  /** Whether it is now or soon. @param {Part} part */
  near({ offset, duration }) {
    return this.position >= offset - NEAR_S && this.position < offset + duration + NEAR_S;
  }

  /** Time has passed: about ten times a second, as long as anything is shown. @param {number} now */
  tick(now) {
    if (this.playing && !this.waiting && this.#last !== null) {
      this.position = Math.min(this.position + ((now - this.#last) / 1000) * this.rate, this.duration);
    }
    this.#last = now;
    if (this.position >= this.duration) this.pause();
    const lacking = this.parts.filter((part) => this.active(part) && this.#lacks(part));
    this.waiting = this.playing && lacking.length > 0;
    for (const part of this.parts) this.#keep(part);
    this.#sought = false;
  }

  /** @param {Part} part */
  #lacks({ offset, duration, media }) {
    if (media === null) return true;
    if (media.error || media.ended || this.position - offset > duration - TAIL_S) return false;
    return media.seeking || media.readyState < FUTURE;
  }

  /** @param {Part} part */
  #keep(part) {
    const { media, offset } = part;
    if (media === null || media.error) return;
    if (!this.active(part)) {
      if (!media.paused) media.pause();
      return;
    }
    const off = media.currentTime - (this.position - offset);
    const running = this.playing && !this.waiting;
    if (Math.abs(off) > (running && !this.#sought ? JUMP_S : NUDGE_S) && !(media.seeking && !this.#sought) && !media.ended) {
      media.currentTime = this.position - offset;
    }
    this.#pace(media, off);
    if (running && media.paused && !media.ended) media.play().catch(() => {}); // told by its error, or tried again
    if (!running && !media.paused) media.pause();
  }

  /** @param {Media} media @param {number} off */
  #pace(media, off) {
    if (Math.abs(off) > NUDGE_S) this.#nudged.add(media);
    else if (Math.abs(off) < NUDGE_S / 3) this.#nudged.delete(media);
    const rate = this.rate * (this.#nudged.has(media) ? 1 - Math.sign(off) * NUDGE : 1);
    if (media.playbackRate !== rate) media.playbackRate = rate;
  }
}
