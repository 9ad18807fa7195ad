// @ts-check
/// <reference path="tidy.js" />
/// <reference path="mask.js" />
/// <reference path="graphics.js" />
/**
 * The networks that outline people: fetched, exchanged, asked. There is one instance of the library, whose model is
 * exchanged, and a second one only while both models are wanted. A classic script, loaded by main.js. Never
 * decides which is wanted, and knows nothing of frames.
 */

/**
 * @typedef {import('../contract.js').ModelName} ModelName
 * @typedef {ModelName | 'both'} Choice
 * @typedef {{segmentForVideo(image: ImageData, time: number): {confidenceMasks?: Mask[], close(): void},
 *   setOptions(options: object): Promise<void>, close(): void}} Segmenter
 * @typedef {{getAsFloat32Array(): Float32Array, close(): void}} Mask
 */

/** @type {Record<ModelName, string>} */
const MODELS = { square: 'selfie_segmentation.tflite', landscape: 'selfie_segmentation_landscape.tflite' };
/** @type {Record<ModelName, ModelName>} */
const OTHER = { square: 'landscape', landscape: 'square' };
/** How many times the network counts whose proportions are the picture's. */
const FITTING = 2;
/** Doubt of that network, as `doubtOf` has it, from which on the other one is asked, and below which it no longer is. */
const ASKING = { from: 0.12, until: 0.09 };
/** Milliseconds until what could not be had is asked for again; doubles each time, up to the second figure. */
const LACK_MS = [2000, 60000];

/** An error that the page can explain: its name is a key of the table of texts. */
class KnownError extends Error {
  /**
   * @param {string} reason
   * @param {string} detail
   */
  constructor(reason, detail) {
    super(detail);
    this.reason = reason;
  }
}

/** One instance of the library with one model. Owns both, and the graphics context that its pictures pass through. */
class Network {
  /**
   * @param {Segmenter} segmenter
   * @param {OffscreenCanvas} canvas that it was given
   * @param {ModelName} model
   */
  constructor(segmenter, canvas, model) {
    this.segmenter = segmenter;
    this.graphics = new Graphics(canvas);
    this.model = model;
    this.clock = 0;
    this.turned = new ImageData(1, 1);
    this.warm();
  }

  /** The first run allocates; nobody waits for it here. */
  warm() {
    this.see(new ImageData(256, this.model === 'square' ? 256 : 144), false);
  }

  /**
   * Another model in the same instance: no second copy of the library, no pause that anybody sees.
   * @param {ModelName} model
   * @param {Uint8Array} buffer
   */
  async exchange(model, buffer) {
    await this.segmenter.setOptions({ baseOptions: { modelAssetBuffer: buffer } });
    this.model = model;
    this.warm();
  }

  /**
   * @param {ImageData} image
   * @param {boolean} mirrored whether the network sees it mirrored; the result is the right way round
   * @returns {Float32Array} confidence that a pixel shows a person
   */
  see(image, mirrored) {
    if (!mirrored) return this.confidence(image);
    const { width, height } = image;
    if (this.turned.width !== width || this.turned.height !== height) this.turned = new ImageData(width, height);
    mirror(words(image), words(this.turned), width);
    const found = this.confidence(this.turned);
    const back = new Float32Array(found.length);
    mirror(found, back, width);
    return back;
  }

  /**
   * @param {ImageData} image
   * @throws {KnownError} the mask would be of something else
   */
  confidence(image) {
    this.clock += 33; // MediaPipe wants rising timestamps, in milliseconds; it makes no other use of them.
    const result = this.segmenter.segmentForVideo(image, this.clock);
    const mask = result.confidenceMasks?.[0];
    if (mask === undefined) throw new Error('the model gave no mask');
    const values = mask.getAsFloat32Array().slice();
    mask.close();
    result.close();
    if (this.graphics.lost) throw new KnownError('graphics', 'the graphics context was lost');
    return values;
  }

  close() {
    this.segmenter.close();
    this.graphics.release();
  }
}

/** All networks of the worker. To be started once; everything else after that. */
class Networks {
  constructor() {
    this.base = '';
    /** @type {Network | null} */
    this.first = null;
    /** The other model, while both are wanted. @type {Network | null} */
    this.second = null;
    this.changing = false;
    /** Whether one network is in doubt, and the other one asked. */
    this.asking = false;
    /** @type {Partial<Record<ModelName, Promise<Uint8Array>>>} */
    this.files = {};
    /** What could not be had: without it one goes on. @type {Map<Choice, {wait: number, until: number}>} */
    this.lacking = new Map();
    /** @type {{FilesetResolver: any, ImageSegmenter: any} | null} */
    this.library = null;
    /** @type {{wasmLoaderPath: string, wasmBinaryPath: string} | null} */
    this.fileset = null;
  }

  /**
   * @param {string} base absolute URL of the MediaPipe installation, with a slash at its end
   * @param {ModelName} wanted
   * @throws {KnownError}
   */
  async start(base, wanted) {
    this.base = base;
    await this.loadLibrary();
    this.first = await this.create(await this.available(wanted));
  }

  /** What looks at pictures now. @returns {Choice} */
  get current() {
    return this.second === null ? this.started.model : 'both';
  }

  get started() {
    if (this.first === null) throw new Error('a picture came before the model');
    return this.first;
  }

  /**
   * The network with this model, or whichever there is.
   * @param {ModelName} model
   */
  preferred(model) {
    return this.second?.model === model ? this.second : this.started;
  }

  /**
   * The outline of a picture. In doubt, a second network sees it in the opposite direction: they err less alike.
   * @param {ImageData} image
   * @param {boolean} mirrored
   * @param {ModelName} fitting whose proportions are the picture's
   * @returns {Float32Array} confidence that a pixel shows a person
   */
  see(image, mirrored, fitting) {
    const network = this.preferred(fitting);
    const found = network.see(image, mirrored);
    if (this.second === null) return found;
    this.asking = doubtOf(found) > (this.asking ? ASKING.until : ASKING.from);
    const other = network === this.second ? this.started : this.second;
    return this.asking ? agreed(found, other.see(image, !mirrored), FITTING) : found;
  }

  /**
   * Provide what is wanted from now on. Whatever is there goes on meanwhile, and if it cannot be had.
   * @param {Choice} choice
   */
  async change(choice) {
    if (choice === this.current || this.changing || performance.now() < (this.lacking.get(choice)?.until ?? 0)) return;
    this.changing = true;
    try {
      if (choice === 'both') await this.add();
      else if (this.second !== null) this.drop(this.second, choice);
      else await this.exchange(choice);
    } finally {
      this.changing = false;
    }
  }

  /** A second instance, with the other model. Whatever prevents it, the first one does well without. */
  async add() {
    try {
      this.second = await this.create(OTHER[this.started.model]);
    } catch (error) {
      console.warn('no second model:', error);
      this.lack('both');
    }
  }

  /**
   * @param {Network} second
   * @param {ModelName} kept
   */
  drop(second, kept) {
    const keep = second.model === kept ? second : this.started;
    const other = second === keep ? this.started : second;
    [this.first, this.second] = [keep, null];
    other.close();
  }

  /** @param {ModelName} model */
  async exchange(model) {
    const buffer = await this.file(model).catch(() => this.lack(model));
    if (buffer !== null) await this.started.exchange(model, buffer);
  }

  /**
   * Perhaps it was the network.
   * @param {Choice} choice
   */
  lack(choice) {
    const before = this.lacking.get(choice)?.wait;
    const wait = before === undefined ? LACK_MS[0] : Math.min(2 * before, LACK_MS[1]);
    this.lacking.set(choice, { wait, until: performance.now() + wait });
    return null;
  }

  /**
   * What to begin with: the model that is wanted, or the other one.
   * @param {ModelName} wanted
   * @returns {Promise<ModelName>}
   */
  async available(wanted) {
    try {
      await this.file(wanted);
      return wanted;
    } catch (error) {
      this.lack(wanted);
      await this.file(OTHER[wanted]).catch(() => Promise.reject(error));
      return OTHER[wanted];
    }
  }

  /**
   * @param {ModelName} model
   * @returns {Promise<Network>}
   */
  async create(model) {
    if (this.library === null) throw new Error('the library comes first');
    const canvas = new OffscreenCanvas(1, 1);
    const made = await this.library.ImageSegmenter.createFromOptions(this.fileset, {
      baseOptions: { modelAssetBuffer: await this.file(model), delegate: 'CPU' },
      runningMode: 'VIDEO',
      outputCategoryMask: false,
      outputConfidenceMasks: true,
      canvas,
    });
    try {
      return new Network(made, canvas, model);
    } catch (error) {
      made.close(); // it is asked for again, and nobody else knows of this one
      throw error;
    }
  }

  /** @param {ModelName} model */
  file(model) {
    const found = (this.files[model] ??= this.fetched(`models/${MODELS[model]}`));
    found.catch(() => delete this.files[model]);
    return found;
  }

  /** @param {string} name */
  async fetched(name) {
    /** @type {Response} */
    let response;
    try {
      response = await fetch(this.base + name, { credentials: 'same-origin' });
    } catch (error) {
      throw new KnownError('unreachable', `${name}: ${error}`);
    }
    if (!response.ok) throw new KnownError('missing', `${name}: ${response.status}`);
    return new Uint8Array(await response.arrayBuffer());
  }

  async loadLibrary() {
    await checkPolicy();
    const probe = new OffscreenCanvas(1, 1).getContext('webgl2');
    if (probe === null) throw new KnownError('no-webgl2', 'no WebGL2 in workers');
    probe.getExtension('WEBGL_lose_context')?.loseContext(); // browsers have few of them
    try {
      this.library = await import(`${this.base}vision_bundle.mjs`);
    } catch (error) {
      throw new KnownError('missing', String(error));
    }
    const simd = await /** @type {any} */ (this.library).FilesetResolver.isSimdSupported();
    const name = simd ? 'vision_wasm_internal' : 'vision_wasm_nosimd_internal';
    this.fileset = {
      wasmLoaderPath: `${this.base}wasm/${name}.js`,
      wasmBinaryPath: `${this.base}wasm/${name}.wasm`,
    };
  }
}

/** A module of eight bytes that says whether this response's policy lets WebAssembly be compiled. */
async function checkPolicy() {
  if (typeof WebAssembly !== 'object') throw new KnownError('no-wasm', 'WebAssembly is missing');
  try {
    await WebAssembly.compile(Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0));
  } catch (error) {
    throw new KnownError('policy', String(error));
  }
}

/** @param {ImageData} image its pixels, one word each */
function words({ data }) {
  return new Uint32Array(data.buffer, data.byteOffset, data.length / 4);
}
