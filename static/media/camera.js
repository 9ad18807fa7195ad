/**
 * The camera as others see it: a device, the filters in front of it, and the one track that is published.
 *
 * `track` is the camera's own picture only while no filter is chosen. From the call of `setFilter` on, no frame
 * without that filter leaves: the raw track ends in that very call, before anybody replaced it.
 *
 * Events: `track` (publish `camera.track` from now on, nothing when it is null), `status` (detail: see `Status`),
 * `filters` (what can be chosen changed), `ended` (the device went away). Owns the device, the pipeline and its worker.
 */
import { FILTERS, effectsOf, filterById, lackOf } from '../filters/effects/registry.js';
import { findSupport, siteRoot } from '../filters/page/support.js';
import { Pipeline } from '../filters/page/pipeline.js';
import { FilterChoice } from './filter-choice.js';

/** @typedef {import('../filters/effects/filter.js').Params} Params */
/** @typedef {import('./filter-choice.js').Storage} Storage */

/**
 * @typedef {object} Status
 * @property {'off' | 'loading' | 'running' | 'closed' | 'failed'} state off: no filter; closed: blurred for the
 *   moment; failed: blurred until the person chooses; running with a reason: with less than was chosen
 * @property {string} reason key below `filter.reason.`, or ''
 */

/**
 * @typedef {object} FilterEntry
 * @property {string} id
 * @property {string} label key in the table of texts
 * @property {boolean} available
 * @property {string} reason key in the table of texts, '' when available
 * @property {import('../filters/effects/filter.js').Filter | null} filter null for `none`
 */

/**
 * @typedef {object} OpenOptions
 * @property {string} [deviceId]
 * @property {number} [width] pixels, ideal
 * @property {number} [height]
 * @property {number} [frameRate] per second, ideal
 */

/** Where the panel keeps the camera's resolution and frame rate. */
/** Frames per second while power is saved. */
const SLOW = 12;
const CAMERA_KEY = 'filter.camera';

export class Camera extends EventTarget {
  /**
   * @param {object} [options]
   * @param {Storage | null} [options.storage]
   * @param {string} [options.root] where the site begins
   * @param {number} [options.level] fixed level of work, for measurements
   * @param {import('../filters/page/control/path-choice.js').Path} [options.path] fixed path by which pictures are put together, for tests
   */
  constructor({ storage = null, root = siteRoot(), level, path } = {}) {
    super();
    this.storage = storage;
    this.root = root;
    this.level = level;
    this.path = path;
    this.chosen = new FilterChoice(storage);
    /** @type {OpenOptions} */
    this.options = {};
    /** @type {MediaStreamTrack | null} the device; never published itself */
    this.device = null;
    /** @type {MediaStreamTrack | null} a copy of it, published while there is no filter */
    this.raw = null;
    /** @type {Pipeline | null} */
    this.pipeline = null;
    /** @type {Promise<import('../filters/page/support.js').Support> | null} */
    this.asked = null;
    /** @type {import('../filters/page/support.js').Support | null} */
    this.known = null;
    this.opening = 0;
    /** Whether power is saved. */
    this.slowed = false;
    /** @type {((seen: import('../filters/page/pipeline.js').Seen) => void) | null} */
    this.debugListener = null;
  }

  /** The filters that are chosen, by their purpose. */
  get choice() {
    return this.chosen.current;
  }

  /** The track to publish; null while closed. */
  get track() {
    if (this.device === null) return null;
    return this.pipeline?.track ?? this.raw;
  }

  /** @returns {Status} */
  get status() {
    const status = this.pipeline?.status ?? { state: 'off', reason: '' };
    return status.state === 'running' ? { state: 'running', reason: lackOf(this.choice) } : status;
  }

  /**
   * Acquire a camera, or change to another one or other settings; the chosen filter is in place before the
   * track exists.
   * @param {OpenOptions} [options] those left out are as the person chose them in the panel
   * @returns {Promise<MediaStreamTrack>} what to publish
   * @throws {DOMException} of getUserMedia; AbortError when it was closed or opened again meanwhile
   */
  async open(options = this.options) {
    options = { ...this.constraints, ...options };
    const number = ++this.opening;
    const old = this.device;
    if (old === null && this.chosen.adopt()) this.dispatchEvent(new Event('filters'));
    // Many devices cannot be opened twice.
    const released = old !== null && sameDevice(this.options, options);
    if (released) [old, this.raw].forEach((track) => track?.stop());
    const stream = await navigator.mediaDevices.getUserMedia({ video: constraints(options) }).catch((error) => {
      // Whatever became of a question that nobody asks any more, it is no reason to try another camera.
      if (number !== this.opening) throw outdated();
      if (released) {
        this.close();
        this.dispatchEvent(new Event('track'));
      }
      throw error;
    });
    const device = stream.getVideoTracks()[0];
    if (number !== this.opening) {
      device.stop();
      throw outdated();
    }
    this.options = { ...options };
    this.device?.stop();
    this.device = device;
    device.addEventListener('ended', () => {
      if (this.device === device) this.dispatchEvent(new Event('ended'));
    });
    if (this.pipeline === null) this.raw?.stop();
    this.raw = null;
    this.pipeline?.setSource(device);
    this.rebuild(true);
    if (this.slowed) this.pace();
    const { track } = this;
    if (track === null) throw new DOMException('the camera was closed', 'AbortError');
    return track;
  }

  /** Resolution and frame rate that the person chose on this device, or good ones. */
  get constraints() {
    const { width, height, frameRate } = Object(this.storage?.read(CAMERA_KEY));
    return {
      width: Number.isInteger(width) ? width : 1280,
      height: Number.isInteger(height) ? height : 720,
      frameRate: Number.isFinite(frameRate) ? frameRate : 30,
    };
  }

  /** Fewer frames for as long as power is saved. @param {boolean} slowed */
  slow(slowed) {
    if (slowed === this.slowed) return;
    this.slowed = slowed;
    this.pace();
  }

  pace() {
    const wanted = { ...this.constraints, ...this.options };
    const frameRate = Math.min(wanted.frameRate, this.slowed ? SLOW : Infinity);
    // A device that cannot goes on as it was.
    for (const track of [this.device, this.raw])
      track?.applyConstraints(constraints({ ...wanted, frameRate })).catch(() => undefined);
  }

  /** Whether the device is there. */
  get isOpen() {
    return this.device !== null;
  }

  /** The device's own picture, for the preview "without filter" on this page only. */
  get source() {
    return this.device;
  }

  /**
   * Choose a filter; it replaces what was chosen for the same purpose (background, mirror, rotate, look).
   * `none` takes away the background. Effective in this very call.
   * @param {string} id
   * @param {Params} [params] those left out keep their last or default value
   */
  setFilter(id, params) {
    const filter = this.chosen.set(id, params);
    this.rebuild(false);
    this.chosen.keep(filter?.slot ?? 'background');
    const chosen = filter && this.choice[filter.slot];
    if (filter?.prepare !== undefined && chosen !== undefined) void this.prepare(filter, chosen.params);
  }

  /**
   * @param {import('../filters/effects/filter.js').Filter} filter
   * @param {Params} params
   */
  async prepare(filter, params) {
    await filter.prepare?.(params);
    if (this.choice[filter.slot]?.id !== filter.id) return;
    this.pipeline?.apply(effectsOf(this.choice));
    this.tell();
  }

  /**
   * The chosen parameters of a filter, or its defaults.
   * @param {string} id
   * @returns {Params}
   */
  params(id) {
    return this.chosen.params(id);
  }

  /** Bring track and pipeline in line with the choice. @param {boolean} replaced the device is new */
  rebuild(replaced) {
    if (this.device === null) return;
    const before = this.track;
    const effects = effectsOf(this.choice);
    if (effects.idle) this.useRaw();
    else this.usePipeline(effects);
    if (this.track !== before || (replaced && this.pipeline === null)) this.dispatchEvent(new Event('track'));
    this.tell();
  }

  useRaw() {
    this.pipeline?.close();
    this.pipeline = null;
    if (this.raw === null || this.raw.readyState === 'ended') this.raw = this.device?.clone() ?? null;
  }

  /** @param {import('../filters/effects/registry.js').Effects} effects */
  usePipeline(effects) {
    // A stopped track sends nothing more, whoever still holds it.
    this.raw?.stop();
    this.raw = null;
    if (this.pipeline === null) {
      this.pipeline = new Pipeline({
        root: this.root,
        support: () => this.support(),
        onStatus: () => this.tell(),
        level: this.level,
        path: this.path,
      });
      this.pipeline.debug = this.debugListener;
      this.pipeline.apply(effects);
      this.pipeline.setSource(this.device);
      for (const { id, params } of Object.values(this.choice)) {
        const filter = filterById(id);
        if (filter?.prepare !== undefined) void this.prepare(filter, params);
      }
    } else {
      this.pipeline.apply(effects);
    }
  }

  tell() {
    this.dispatchEvent(new CustomEvent('status', { detail: this.status }));
  }

  /** Try again after the filter failed; it stays closed until it works. */
  retry() {
    this.asked = null;
    this.pipeline?.retry();
  }

  /** Asked once, and again after a failure or `refresh`. */
  support() {
    this.asked ??= findSupport(this.root).then((support) => {
      if (!support.available) this.asked = null;
      const changed = this.known?.available !== support.available || this.known.reason !== support.reason;
      this.known = support;
      if (changed) this.dispatchEvent(new Event('filters'));
      return support;
    });
    return this.asked;
  }

  /** Ask the server again which filters it can offer. */
  async refresh() {
    this.asked = null;
    await this.support();
  }

  /**
   * What can be chosen, in order. Filters that need the person's outline are unavailable until `refresh` (or a
   * first use) has asked the server.
   * @returns {FilterEntry[]}
   */
  filters() {
    const reason = this.known === null ? 'checking' : this.known.reason;
    const entries = FILTERS.map((filter) => {
      const missing = filter.segments && this.known?.available !== true;
      return {
        id: filter.id,
        label: `filter.${filter.id}`,
        available: !missing,
        reason: missing ? `filter.reason.${reason}` : '',
        filter,
      };
    });
    return [{ id: 'none', label: 'filter.none', available: true, reason: '', filter: null }, ...entries];
  }

  /** Figures for the panel's readout. */
  stats() {
    return this.pipeline?.stats() ?? null;
  }

  /**
   * Show what the pipeline sees, for the debug view; null ends it.
   * @param {((seen: import('../filters/page/pipeline.js').Seen) => void) | null} listener
   */
  debug(listener) {
    this.debugListener = listener;
    if (this.pipeline !== null) this.pipeline.debug = listener;
  }

  /** Let go of the device and of everything else. */
  close() {
    this.opening++;
    this.pipeline?.close();
    this.pipeline = null;
    this.raw?.stop();
    this.raw = null;
    this.device?.stop();
    this.device = null;
    this.tell();
  }
}

function outdated() {
  return new DOMException('another camera was chosen meanwhile, or none', 'AbortError');
}

/**
 * @param {OpenOptions} options
 * @returns {MediaTrackConstraints}
 */
function constraints({ deviceId, width, height, frameRate }) {
  /** @type {MediaTrackConstraints} */
  const wanted = { width: { ideal: width }, height: { ideal: height }, frameRate: { ideal: frameRate } };
  if (deviceId) wanted.deviceId = { exact: deviceId };
  return wanted;
}

/**
 * @param {OpenOptions} a
 * @param {OpenOptions} b
 */
function sameDevice(a, b) {
  return (a.deviceId ?? '') === (b.deviceId ?? '');
}
