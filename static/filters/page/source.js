/**
 * The camera as a sequence of moments to draw: one call per frame while the tab is visible, and calls from a
 * worker's timer while it is hidden, because pages get neither frames nor quick timers there.
 *
 * Owns a video element that is never shown, and the timer's worker.
 */

/** Milliseconds between two ticks in a hidden tab. */
const HIDDEN_MS = 33;
/** Milliseconds between two looks at whether anything happened at all. */
const WATCH_MS = 250;

export class VideoSource {
  /**
   * @param {URL} tickerScript
   * @param {(now: number) => void} onFrame a new picture is in `video`
   * @param {(now: number) => void} onWatch several times a second, picture or not
   */
  constructor(tickerScript, onFrame, onWatch) {
    this.tickerScript = tickerScript;
    this.onFrame = onFrame;
    this.onWatch = onWatch;
    this.video = document.createElement('video');
    this.video.muted = true;
    this.video.playsInline = true;
    this.interval = 1000 / 30;
    this.lastFrame = 0;
    /** @type {Worker | null} */
    this.ticker = null;
    this.callback = 0;
    this.listening = true;
    this.watch = setInterval(() => this.watched(), WATCH_MS);
    this.visibility = () => this.schedule();
    document.addEventListener('visibilitychange', this.visibility);
    this.schedule();
  }

  /** @param {MediaStreamTrack | null} track */
  attach(track) {
    this.video.srcObject = track === null ? null : new MediaStream([track]);
    if (track !== null) void this.video.play().catch(() => undefined);
  }

  /** Whether there is a picture to draw. */
  get ready() {
    return this.video.readyState >= 2 && this.video.videoWidth > 0;
  }

  /**
   * Whether frames are wanted; the watch goes on in any case.
   * @param {boolean} wanted
   */
  listen(wanted) {
    this.listening = wanted;
    this.schedule();
  }

  schedule() {
    if (!this.listening) {
      if (this.callback !== 0) this.video.cancelVideoFrameCallback(this.callback);
      this.callback = 0;
    }
    const byTimer = this.listening && (document.hidden || !('requestVideoFrameCallback' in this.video));
    if (byTimer && this.ticker === null) {
      this.ticker = new Worker(this.tickerScript);
      this.ticker.onmessage = () => this.tick();
      this.ticker.postMessage(HIDDEN_MS);
    } else if (!byTimer && this.ticker !== null) {
      this.ticker.terminate();
      this.ticker = null;
    }
    if (this.listening && !byTimer && this.callback === 0) this.request();
  }

  request() {
    this.callback = this.video.requestVideoFrameCallback(() => {
      this.request();
      if (this.ticker === null) this.tick();
    });
  }

  tick() {
    const now = performance.now();
    const elapsed = now - this.lastFrame;
    this.lastFrame = now;
    if (elapsed < 200) this.interval += 0.05 * (elapsed - this.interval);
    if (this.ready) this.onFrame(now);
  }

  watched() {
    if (!document.hidden && this.callback === 0) this.schedule();
    this.onWatch(performance.now());
  }

  close() {
    clearInterval(this.watch);
    document.removeEventListener('visibilitychange', this.visibility);
    if (this.callback !== 0) this.video.cancelVideoFrameCallback(this.callback);
    this.ticker?.terminate();
    this.ticker = null;
    this.attach(null);
  }
}
