// @ts-check
/**
 * The media element of a tile: plays what it is given, shows nothing before the first frame and the last frame after
 * the end, fills its tile or is shown whole. Its sound goes on where it is not seen.
 */
import { el } from '../base/dom.js';
import { shownWhole } from '../model/cropping.js';

export class TileVideo {
  element = el('video', { autoplay: true, playsinline: true, class: 'tile-video' });
  /** Whether there is a video at the moment, which may not have arrived yet. */
  wanted = false;
  #tile;
  #screen;
  #blocked;
  /** @type {HTMLCanvasElement | null} */
  #frozen = null;
  /** How often a first frame was waited for: an earlier wait is over. */
  #waits = 0;
  #size = { width: 0, height: 0 };
  #small = false;

  /** @param {HTMLElement} tile  gets the class `has-video` @param {{own: boolean, screen: boolean, blocked: () => void}} options */
  constructor(tile, { own, screen, blocked }) {
    this.#tile = tile;
    this.#screen = screen;
    this.#blocked = blocked;
    this.element.muted = own;
    this.element.addEventListener('resize', () => this.#fit());
    this.element.addEventListener('contextmenu', (event) => event.preventDefault());
  }

  /** What is shown and played. @param {MediaStream | null} media @param {boolean} hasVideo */
  set(media, hasVideo) {
    const { element } = this;
    const other = element.srcObject !== media;
    const begins = hasVideo && (other || !this.wanted);
    if (other) element.srcObject = media;
    if (media) this.#play();
    this.#frozen?.remove();
    this.#frozen = null;
    this.wanted = hasVideo;
    if (begins || !hasVideo) this.#tile.classList.remove('has-video');
    this.#tile.classList.toggle('awaiting', hasVideo && !this.#tile.classList.contains('has-video'));
    if (begins) this.#awaitFrame();
    this.#fit();
  }

  /** Keeps the last frame of a video that ends: the element shows black then. What comes next takes its place. */
  freeze() {
    const { element } = this;
    const { videoWidth: width, videoHeight: height } = element;
    if (!this.#tile.classList.contains('has-video') || width === 0) return;
    const canvas = el('canvas', { class: 'tile-video tile-frozen', 'aria-hidden': 'true', width, height });
    canvas.classList.toggle('whole', element.classList.contains('whole'));
    canvas.style.setProperty('transform', element.style.getPropertyValue('transform'));
    canvas.getContext('2d')?.drawImage(element, 0, 0, width, height);
    this.#frozen?.remove();
    this.#frozen = canvas;
    element.after(canvas);
  }

  /** The tile's size. @param {import('../model/layout.js').Size} size  CSS pixels @param {boolean} small */
  sized(size, small) {
    this.#size = size;
    this.#small = small;
    this.#fit();
  }

  /** Plays after the browser had refused to. */
  resume() {
    if (this.element.srcObject) this.#play();
  }

  end() {
    // Its window would outlast it.
    if (document.pictureInPictureElement === this.element) void document.exitPictureInPicture().catch(() => {});
    this.element.srcObject = null;
  }

  /** The avatar stands for a video until its first frame: what the element would show meanwhile is black. */
  #awaitFrame() {
    const { element } = this;
    const wait = (this.#waits += 1);
    const arrived = () => {
      if (wait !== this.#waits || !this.wanted) return;
      this.#tile.classList.add('has-video');
      this.#tile.classList.remove('awaiting');
    };
    if (typeof element.requestVideoFrameCallback === 'function') element.requestVideoFrameCallback(arrived);
    else if (element.readyState >= element.HAVE_CURRENT_DATA) arrived();
    else element.addEventListener('loadeddata', arrived, { once: true });
  }

  /** Tries to play; also after the person has clicked. */
  #play() {
    if (!this.element.paused) return;
    this.element.play().catch((error) => {
      if (error instanceof DOMException && error.name === 'NotAllowedError') this.#blocked();
    });
  }

  #fit() {
    const { videoWidth: width, videoHeight: height } = this.element;
    if (!width || !height || !this.#size.width || !this.#size.height) return;
    const whole = shownWhole({ width, height }, this.#size, { screen: this.#screen, small: this.#small });
    this.element.classList.toggle('whole', whole);
  }
}
