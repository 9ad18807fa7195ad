/**
 * The page's end of the segmentation worker: starts it when first needed, gives it one frame (or one order for a
 * frame of the camera) at a time, notices when it is gone or hangs, starts it again a few times, then says that
 * it failed.
 *
 * Never queues anything and never decides what may be shown. Owns the worker.
 */

/** @typedef {import('../contract.js').ModelName} ModelName */

/**
 * @typedef {object} Listener
 * @property {() => void} ready
 * @property {(answer: import('../contract.js').LayerAnswer | import('../contract.js').CoveredAnswer) => void} picture
 * @property {(answer: import('../contract.js').SizeAnswer) => void} size
 * @property {(answer: import('../contract.js').UnfitAnswer) => void} unfit
 * @property {(answer: import('../contract.js').IdleAnswer) => void} idle
 * @property {(reason: string, final: boolean) => void} trouble
 */

/** Loading 12 MB over a slow line may take this long, milliseconds. */
const LOAD_MS = 90000;
/** A worker that works on one frame for longer hangs: half of it before it is asked, half for its answer. */
const HANG_MS = 2000;
/** Pauses before each new start; after the last one it has failed. */
const RETRY_MS = [100, 1000, 3000];
/** Working for so long makes up for earlier trouble. */
const FORGIVE_MS = 30000;
/** Starting again cannot help against these. */
const HOPELESS = ['policy', 'no-wasm', 'no-webgl2'];

export class WorkerClient {
  /**
   * @param {URL} script the worker's address
   * @param {Listener} listener
   */
  constructor(script, listener) {
    this.script = script;
    this.listener = listener;
    /** @type {Worker | null} */
    this.worker = null;
    /** @type {'off' | 'loading' | 'ready' | 'pause' | 'failed'} */
    this.state = 'off';
    this.busy = false;
    this.base = '';
    /** Of the whole frame's picture, once it is ready. */
    this.sees = { width: 0, height: 0 };
    /** @type {ModelName} */
    this.model = 'square';
    this.since = 0;
    this.failures = 0;
    this.detail = ''; // of the last one, for whoever looks into it
    this.starts = 0;
    this.worked = false; // once, whatever became of it
    this.heardAt = 0;
    /** @type {number | undefined} when it was asked whether it is there */
    this.pingedAt = undefined;
  }

  /**
   * @param {string} base absolute URL of the MediaPipe installation
   * @param {ModelName} model
   * @param {number} now
   */
  start(base, model, now) {
    this.close();
    this.base = base;
    this.model = model;
    this.failures = 0;
    this.launch(now);
  }

  /** @param {number} now */
  launch(now) {
    this.enter('loading', now);
    this.starts++;
    const worker = new Worker(this.script);
    this.worker = worker;
    worker.onmessage = (/** @type {MessageEvent<import('../contract.js').Answer>} */ event) => {
      if (worker === this.worker) this.received(event.data);
      else if (event.data.type === 'covered') event.data.frame.close();
    };
    worker.onerror = (event) => {
      event.preventDefault();
      if (worker === this.worker) this.failed('worker', event.message ?? 'the worker could not start');
    };
    this.give({ type: 'start', base: this.base, model: this.model });
  }

  /**
   * @param {'off' | 'loading' | 'ready' | 'pause' | 'failed'} state
   * @param {number} now
   */
  enter(state, now) {
    this.state = state;
    this.since = now;
    this.busy = false;
  }

  /** Whether a frame may be sent now. */
  get free() {
    return this.state === 'ready' && !this.busy;
  }

  /**
   * Hand a frame or an order over; only when `free`.
   * @param {import('../contract.js').PictureRequest} message
   * @param {Transferable[]} transfer
   * @param {number} now
   */
  send(message, transfer, now) {
    if (!this.free || this.worker === null) throw new Error('the worker is busy');
    this.busy = true;
    this.heard(now);
    this.give(message, transfer);
  }

  /**
   * Give it something else; it does not answer.
   * @param {import('../contract.js').Request} message
   * @param {Transferable[]} [transfer]
   */
  give(message, transfer = []) {
    this.worker?.postMessage(message, transfer);
  }

  /** The worker is alive. @param {number} now */
  heard(now) {
    this.heardAt = now;
    this.pingedAt = undefined;
  }

  /**
   * Watch over the worker; call it often.
   * @param {number} now
   */
  check(now) {
    if (this.state === 'loading' && now - this.since > LOAD_MS) this.failed('slow', 'loading took too long');
    else if (this.busy) this.checkPulse(now);
    else if (this.state === 'pause' && now - this.since > RETRY_MS[this.failures - 1]) this.launch(now);
  }

  /**
   * An order may wait for the camera, but a worker that waits answers. It has time for that also when nobody
   * looked for long, because the page was frozen or the machine slept.
   * @param {number} now
   */
  checkPulse(now) {
    if (this.pingedAt === undefined && now - this.heardAt > HANG_MS / 2) {
      this.pingedAt = now;
      this.give({ type: 'ping' });
    } else if (this.pingedAt !== undefined && now - this.pingedAt > HANG_MS / 2) {
      this.failed('hung', 'no answer');
    }
  }

  /** @param {import('../contract.js').Answer} message */
  received(message) {
    const now = performance.now();
    this.heard(now);
    if (message.type === 'ready') {
      this.enter('ready', now);
      this.sees = message.sees;
      this.worked = true;
      this.listener.ready();
    } else if (message.type === 'layer' || message.type === 'covered') {
      if (now - this.since > FORGIVE_MS) this.failures = 0;
      this.listener.picture(message);
    } else if (message.type === 'size') {
      this.busy = false;
      this.listener.size(message);
    } else if (message.type === 'unfit') {
      this.busy = false;
      this.listener.unfit(message);
    } else if (message.type === 'idle') {
      this.busy = false;
      this.listener.idle(message);
    } else if (message.type === 'error') {
      this.failed(message.reason, message.detail);
    }
  }

  /**
   * @param {string} reason
   * @param {string} detail
   */
  failed(reason, detail) {
    this.worker?.terminate();
    this.worker = null;
    this.failures++;
    // A browser that had it has it again, when its graphics are back.
    if (reason === 'no-webgl2' && this.worked) reason = 'graphics';
    const final = HOPELESS.includes(reason) || this.failures > RETRY_MS.length;
    this.enter(final ? 'failed' : 'pause', performance.now());
    this.detail = detail;
    this.listener.trouble(reason, final);
  }

  /** End the worker and with it everything it holds. */
  close() {
    this.worker?.terminate();
    this.worker = null;
    this.enter('off', 0);
  }
}
