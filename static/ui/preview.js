// @ts-check
/**
 * On the way in: one's camera as others will see it, and what will be on in the meeting. The buttons on it say what
 * is wanted, and nothing else does: a device that could not be had is off, one that rests until the person joins
 * is on. What is chosen here is remembered. Owns its elements; devices are the publisher's.
 */
import { t } from '../base/texts.js';
import { obstacle } from '../media/errors.js';
import { Intent } from '../model/intent.js';
import { DeviceErrors } from './device-errors.js';
import { deviceField } from './device-fields.js';
import { el } from '../base/dom.js';
import { icon, iconButton, relabel } from './icons.js';
import { openFilters } from './filters-dialog.js';

/** @typedef {import('./context.js').App} App */
/** @typedef {import('../model/intent.js').Device} Device */

export class Preview {
  element;
  #app;
  #changed;
  #intent;
  /** After leaving, no device starts until the person joins again or asks for it. */
  #resting = false;
  #shown = false;
  /** @type {Promise<void> | null} */
  #starting = null;
  #video = el('video', {
    class: 'preview-video',
    autoplay: true,
    playsinline: true,
    'aria-label': t('login.preview.label'),
  });
  #hint = el('p', { class: 'preview-hint' });
  #level = el('span', { class: 'level-bar' });
  #buttons;
  #blur;
  #errors;
  /** @type {ReturnType<typeof setInterval> | undefined} */
  #meter;

  /** @param {App} app @param {{changed: () => void, done: () => void}} on  done: nothing more to do here */
  constructor(app, { changed, done }) {
    this.#app = app;
    this.#changed = changed;
    this.#intent = new Intent(app.settings);
    this.#buttons = { microphone: this.#button('microphone'), camera: this.#button('camera') };
    this.#blur = iconButton('blur', t('login.blur'), {
      class: 'control',
      'data-action': 'blur',
      hidden: true,
      onclick: () => this.#toggleBlur(),
    });
    this.#errors = new DeviceErrors(async (devices) => {
      for (const device of devices) this.#intent.set(device, true);
      await this.start();
      if (devices.length) done();
    });
    this.#video.muted = true;
    this.element = this.#build();
    const { publisher, camera, settings } = app;
    publisher.on('change', () => this.update());
    publisher.on('failed', ({ device, reason }) => {
      if (!this.#shown || device === 'screen') return;
      this.#intent.fail(device);
      this.#errors.show(device, reason);
      this.update();
    });
    publisher.on('lost', (device) => {
      if (this.#shown) this.#intent.fail(device);
      this.update();
    });
    camera.addEventListener('filters', () => this.update());
    camera.addEventListener('status', () => this.update());
    settings.on('change', (key) => {
      if (key === 'mirror') this.update();
    });
  }

  /** Whether anything will be on. */
  get something() {
    return this.#intent.microphone || this.#intent.camera;
  }

  /** @param {boolean} resting */
  show(resting) {
    this.#shown = true;
    this.#resting = resting;
    this.#intent.begin();
    this.#errors.clear();
    clearInterval(this.#meter);
    this.#meter = setInterval(
      () => this.#level.style.setProperty('--level', String(this.#app.publisher.microphone.level())),
      100,
    );
    void this.#app.camera.support(); // whether blur can be offered
    if (!resting) void this.start();
    this.update();
  }

  hide() {
    this.#shown = false;
    clearInterval(this.#meter);
    this.#video.srcObject = null;
  }

  /** Starts what is wanted and not on yet. */
  start() {
    this.#resting = false;
    this.#starting ??= this.#start().finally(() => (this.#starting = null));
    return this.#starting;
  }

  async #start() {
    const { publisher, devices } = this.#app;
    const problem = this.something ? obstacle() : '';
    if (problem) {
      for (const device of /** @type {const} */ (['microphone', 'camera'])) this.#intent.fail(device);
      this.#errors.show('camera', problem);
      this.update();
      return;
    }
    // The microphone's question and the camera's come one after the other, not on top of each other.
    const { cameraWishes } = publisher;
    if (this.#intent.microphone && !publisher.microphoneOn && !publisher.microphoneComing)
      await publisher.setMicrophone(true);
    // Switched, or left, while the browser asked.
    const same = publisher.cameraWishes === cameraWishes;
    if (this.#intent.camera && !publisher.cameraOn && !publisher.cameraBusy && same) await publisher.setCamera(true);
    void devices.refresh();
    this.update();
  }

  /** Neither camera nor microphone, this time. */
  nothing() {
    for (const device of /** @type {const} */ (['microphone', 'camera'])) {
      this.#intent.fail(device);
      this.#apply(device);
    }
  }

  /** @param {Device} device */
  #button(device) {
    return iconButton(device === 'camera' ? 'camera' : 'mic', '', {
      class: 'control',
      'data-action': device === 'camera' ? 'camera' : 'mic',
      onclick: () => {
        this.#intent.choose(device, !this.#intent[device]);
        this.#errors.clear(device);
        if (this.#resting && this.#intent[device]) void this.start();
        else this.#apply(device);
      },
    });
  }

  /** Brings a device in line with the wish, unless it is to rest. @param {Device} device */
  #apply(device) {
    const { publisher, devices } = this.#app;
    const on = this.#intent[device];
    // What is off is let go: nobody's microphone is in use on the way in without a sign of it.
    if (!on && device === 'microphone') publisher.stopMicrophone();
    else void (device === 'camera' ? publisher.setCamera(on) : publisher.setMicrophone(on)).then(() => devices.refresh());
    this.update();
  }

  #toggleBlur() {
    const { camera } = this.#app;
    camera.setFilter(camera.choice.background ? 'none' : 'blur');
    this.update();
  }

  #build() {
    const controls = el(
      'div',
      { class: 'preview-controls' },
      this.#buttons.microphone,
      this.#buttons.camera,
      this.#blur,
      iconButton('filters', t('control.filters'), {
        class: 'control',
        'data-action': 'filters',
        onclick: () => openFilters(this.#app),
      }),
    );
    const devices = el(
      'details',
      { class: 'preview-devices' },
      el('summary', {}, icon('settings'), t('login.devices')),
      deviceField(this.#app, 'camera'),
      deviceField(this.#app, 'microphone'),
      deviceField(this.#app, 'speaker'),
    );
    return el(
      'section',
      { class: 'preview', 'aria-label': t('login.preview.label') },
      el('div', { class: 'preview-stage' }, this.#video, this.#hint, this.#level, controls),
      this.#errors.element,
      devices,
    );
  }

  update() {
    if (!this.#shown) return;
    const { publisher, camera, settings } = this.#app;
    const { microphone, camera: cam } = this.#intent;
    relabel(this.#buttons.microphone, microphone ? 'mic' : 'micOff', t(microphone ? 'control.mic.off' : 'control.mic.on'));
    relabel(this.#buttons.camera, cam ? 'camera' : 'cameraOff', t(cam ? 'control.camera.off' : 'control.camera.on'));
    for (const device of /** @type {const} */ (['microphone', 'camera'])) {
      this.#buttons[device].classList.toggle('off', !this.#intent[device]);
      this.#buttons[device].dataset.on = String(this.#intent[device]);
    }
    const blur = camera.filters().find(({ id }) => id === 'blur');
    this.#blur.hidden = !blur?.available;
    this.#blur.setAttribute('aria-pressed', String(camera.choice.background?.id === 'blur'));
    const track = publisher.cameraOn ? camera.track : null;
    const shown = /** @type {MediaStream | null} */ (this.#video.srcObject)?.getVideoTracks()[0] ?? null;
    if (track !== shown) this.#video.srcObject = track ? new MediaStream([track]) : null;
    this.#video.classList.toggle('mirrored', settings.get('mirror'));
    this.#video.hidden = !track;
    this.#hint.textContent = track ? '' : t(this.#why(cam));
    this.#changed();
  }

  /** Why there is no video to see. @param {boolean} wished */
  #why(wished) {
    if (!wished) return 'login.preview.off';
    return this.#resting ? 'login.preview.resting' : 'login.preview.starting';
  }
}
