// @ts-check
/**
 * The way in: a preview of the camera on one side, name and choices on the other.
 */
import { plural, t } from '../i18n/index.js';
import { obstacle } from '../media/errors.js';
import { asName, isBlank } from '../model/names.js';
import { TOKEN_OVER } from '../model/refusal.js';
import { DeviceErrors } from './device-errors.js';
import { deviceField } from './device-fields.js';
import { el, icon, iconButton, relabel } from './dom.js';
import { openFilters } from './filters-dialog.js';

/** @typedef {import('./context.js').App} App */
/** @typedef {import('../model/refusal.js').Refusal} Refusal */

export class Login {
  element = el('div', { class: 'login' });
  #app;
  #name = el('input', {
    id: 'login-name',
    name: 'username',
    type: 'text',
    dir: 'auto',
    autocomplete: 'username',
    maxlength: '100',
    spellcheck: 'false',
    'aria-describedby': 'login-error',
  });
  #password = el('input', {
    id: 'login-password',
    name: 'password',
    type: 'password',
    autocomplete: 'current-password',
    maxlength: '1000',
  });
  #nameField;
  #passwordField;
  #reveal;
  #error = el('p', { class: 'form-error', id: 'login-error', role: 'alert' });
  #status = el('p', { class: 'login-people' });
  #twice = el('p', { class: 'hint', hidden: true }, t('login.twice'));
  #join = el('button', { type: 'submit', class: 'button primary wide', id: 'login-join' }, t('login.join'));
  #preview = el('video', {
    class: 'preview-video',
    autoplay: true,
    playsinline: true,
    'aria-label': t('login.preview.label'),
  });
  #hint = el('p', { class: 'preview-hint' });
  #level = el('span', { class: 'level-bar' });
  #mic = iconButton('mic', t('control.mic.off'), {
    class: 'control',
    'data-action': 'mic',
    onclick: () => this.#toggleMic(),
  });
  #cam = iconButton('camera', t('control.camera.off'), {
    class: 'control',
    'data-action': 'camera',
    onclick: () => this.#toggleCam(),
  });
  #deviceErrors = new DeviceErrors(async (devices) => {
    const { publisher } = this.#app;
    if (devices.includes('microphone')) await publisher.setMicrophone(true);
    if (devices.includes('camera')) await publisher.setCamera(true);
    void this.#app.devices.refresh();
    if (devices.length) this.#join.focus();
  });
  #needsName;
  /** Whether the person was asked for a name and gave none. */
  #asked = false;
  /** After leaving, no device starts until the person joins again or asks for it. */
  #resting = false;
  /** @type {ReturnType<typeof setInterval> | undefined} */
  #meter;

  /** @param {App} app @param {(credentials: import('../protocol/types.js').Credentials) => Promise<void>} enter */
  constructor(app, enter) {
    this.#app = app;
    this.#needsName = !app.config.token;
    this.#name.value = app.settings.get('name');
    this.#preview.muted = true;
    this.#nameField = el(
      'div',
      { class: 'field' },
      el('label', { for: 'login-name' }, t('login.name')),
      this.#name,
    );
    this.#passwordField = el(
      'div',
      { class: 'field', hidden: true },
      el('label', { for: 'login-password' }, t('login.password')),
      this.#password,
      el('p', { class: 'hint' }, t('login.password.hint')),
    );
    this.#reveal = el(
      'button',
      { type: 'button', class: 'link', id: 'login-reveal', onclick: () => this.#showPassword(true) },
      t('login.password.show'),
    );
    this.#build(enter);
    app.publisher.on('change', () => this.#update());
    app.publisher.on('failed', (failure) => {
      if (this.element.isConnected && failure.device !== 'screen')
        this.#deviceErrors.show(failure.device, failure.reason);
    });
    app.room.on('status', (status) => this.#showStatus(status));
    app.settings.on('change', (key) => {
      if (key === 'mirror') this.#update();
    });
  }

  /** Shows itself and starts what the person chose to start with. @param {Refusal | string} [why] */
  show(why) {
    this.element.hidden = false;
    this.explain(why ?? '');
    this.#asked = false; // perhaps somebody else
    this.#showStatus(this.#app.room.status);
    void this.#app.presence.elsewhere().then((twice) => (this.#twice.hidden = !twice));
    clearInterval(this.#meter);
    this.#meter = setInterval(
      () => this.#level.style.setProperty('--level', String(this.#app.publisher.microphone.level())),
      100,
    );
    this.#resting = Boolean(why);
    if (this.#resting) this.#update();
    else void this.#applyStart();
    if (this.#needsName && !this.#name.value) this.#name.focus();
    else if (!matchMedia('(pointer: coarse)').matches)
      (this.#passwordField.hidden ? this.#join : this.#password).focus();
    if (why) this.#showError();
  }

  hide() {
    this.element.hidden = true;
    clearInterval(this.#meter);
    this.#preview.srcObject = null;
  }

  /** Says why it did not work, and shows the field that helps. @param {Refusal | string} why */
  explain(why) {
    this.#error.classList.toggle('neutral', why === t('login.left'));
    if (typeof why === 'string') {
      this.#error.textContent = why;
      return;
    }
    this.#explainRefusal(why);
    this.#showError();
  }

  /** Where the page is longer than the screen, too, whatever has the focus. */
  #showError() {
    this.#error.scrollIntoView({ block: 'nearest' });
  }

  /** @param {Refusal} why */
  #explainRefusal(why) {
    const none = this.#passwordField.hidden || !this.#password.value;
    const untold = why.reason === 'password' && none && !this.#app.config.token;
    const nameless = untold && this.#needsName && isBlank(this.#name.value);
    this.#error.textContent = nameless
      ? t('refused.name')
      : untold
        ? t('refused.needPassword')
        : t(`refused.${why.reason}`, { text: why.text });
    if (nameless) this.#name.focus();
    if (why.words) this.#error.append(' ', t('refused.said', { text: why.words }));
    if (why.reason === 'password' || why.reason === 'taken') this.#showPassword(why.reason === 'password');
    if (why.reason === 'name' || why.reason === 'taken') {
      this.#needsName = true;
      this.#nameField.hidden = false;
      this.#name.focus();
      this.#name.select();
    }
    if (TOKEN_OVER.has(why.reason)) this.#forgetToken();
  }

  /** @param {(credentials: import('../protocol/types.js').Credentials) => Promise<void>} enter */
  #build(enter) {
    const { config, settings, publisher } = this.#app;
    this.#nameField.hidden = !this.#needsName;
    this.#reveal.hidden = !this.#needsName;
    const form = el(
      'form',
      {
        class: 'login-form',
        novalidate: true,
        onsubmit: (/** @type {Event} */ event) => void this.#submit(event, enter),
      },
      el('h1', { dir: 'auto' }, config.title),
      config.description && el('p', { class: 'login-description', dir: 'auto' }, config.description),
      this.#status,
      this.#twice,
      !publisher.able && el('p', { class: 'notice-box', id: 'login-lacks' }, t('login.noWebRTC')),
      config.token && el('p', { class: 'hint' }, t('login.invited')),
      this.#nameField,
      this.#reveal,
      this.#passwordField,
      publisher.able && this.#startField(),
      this.#error,
      this.#join,
    );
    const stage = el(
      'div',
      { class: 'preview-stage' },
      this.#preview,
      this.#hint,
      this.#level,
      el(
        'div',
        { class: 'preview-controls' },
        this.#mic,
        this.#cam,
        iconButton('filters', t('control.filters'), {
          class: 'control',
          'data-action': 'filters',
          onclick: () => openFilters(this.#app),
        }),
      ),
    );
    const devices = el(
      'details',
      { class: 'preview-devices' },
      el('summary', {}, icon('settings'), t('login.devices')),
      deviceField(this.#app, 'camera'),
      deviceField(this.#app, 'microphone'),
      deviceField(this.#app, 'speaker'),
    );
    this.element.append(
      el(
        'div',
        { class: publisher.able ? 'login-card' : 'login-card chat-only' },
        publisher.able && el(
          'section',
          { class: 'preview', 'aria-label': t('login.preview.label') },
          stage,
          this.#deviceErrors.element,
          devices,
        ),
        form,
      ),
    );
    settings.on('change', (key) => {
      if (key === 'start' && !this.element.hidden && this.element.isConnected) void this.#applyStart();
    });
  }

  #startField() {
    const { settings } = this.#app;
    const options = /** @type {const} */ (['both', 'audio', 'nothing']).map((value) => {
      const input = el('input', {
        type: 'radio',
        name: 'start',
        value,
        checked: settings.get('start') === value,
        onchange: () => settings.set('start', value),
      });
      return el('label', { class: 'segment' }, input, el('span', {}, t(`login.start.${value}`)));
    });
    return el('fieldset', { class: 'segments' }, el('legend', {}, t('login.start')), ...options);
  }

  async #applyStart() {
    this.#resting = false;
    const { publisher, settings } = this.#app;
    const start = settings.get('start');
    this.#deviceErrors.clear();
    if (!publisher.able) return;
    const problem = start === 'nothing' ? '' : obstacle();
    if (problem) {
      this.#deviceErrors.show('camera', problem);
      this.#update();
      return;
    }
    // The microphone's question and the camera's come one after the other, not on top of each other.
    if (start === 'nothing') publisher.stopMicrophone();
    const wishes = publisher.cameraWishes;
    if (start !== 'nothing' && !publisher.microphoneOn) await publisher.setMicrophone(true);
    // Chosen anew, switched or left while the browser asked.
    if (settings.get('start') !== start || publisher.cameraWishes !== wishes) return;
    if (start !== 'both') await publisher.setCamera(false);
    else if (!publisher.cameraOn) await publisher.setCamera(true);
    void this.#app.devices.refresh();
    this.#update();
  }

  async #toggleMic() {
    this.#resting = false;
    const { publisher } = this.#app;
    this.#deviceErrors.clear();
    await publisher.setMicrophone(!publisher.microphoneOn);
  }

  async #toggleCam() {
    this.#resting = false;
    const { publisher } = this.#app;
    this.#deviceErrors.clear();
    await publisher.setCamera(!publisher.cameraOn);
  }

  #update() {
    if (this.element.hidden) return;
    const { publisher, camera, settings } = this.#app;
    relabel(
      this.#mic,
      publisher.microphoneOn ? 'mic' : 'micOff',
      t(publisher.microphoneOn ? 'control.mic.off' : 'control.mic.on'),
    );
    relabel(
      this.#cam,
      publisher.cameraOn ? 'camera' : 'cameraOff',
      t(publisher.cameraOn ? 'control.camera.off' : 'control.camera.on'),
    );
    this.#mic.classList.toggle('off', !publisher.microphoneOn);
    this.#cam.classList.toggle('off', !publisher.cameraOn);
    const track = publisher.cameraOn ? camera.track : null;
    const shown = /** @type {MediaStream | null} */ (this.#preview.srcObject)?.getVideoTracks()[0] ?? null;
    if (track !== shown) this.#preview.srcObject = track ? new MediaStream([track]) : null;
    this.#preview.classList.toggle('mirrored', settings.get('mirror'));
    this.#preview.hidden = !track;
    this.#hint.textContent = track
      ? ''
      : t(publisher.cameraBusy ? 'login.preview.starting' : 'login.preview.off');
  }

  /** @param {boolean} focus */
  #showPassword(focus) {
    this.#passwordField.hidden = false;
    this.#reveal.hidden = true;
    if (!focus) return;
    this.#password.focus();
    this.#password.select();
  }

  #forgetToken() {
    this.#app.config.token = '';
    this.#needsName = true;
    this.#nameField.hidden = false;
    this.#showPassword(false);
  }

  /** @param {import('../protocol/types.js').GroupStatus} status */
  #showStatus(status) {
    const { clientCount: count, locked, authServer } = status;
    if (authServer && !this.#app.config.token) this.#showPassword(false);
    if (locked) this.#status.replaceChildren(icon('lock'), t('login.locked'));
    else if (count === undefined) this.#status.replaceChildren();
    else
      this.#status.replaceChildren(
        icon('people'),
        count ? plural('login.people', count) : t('login.people.none'),
      );
  }

  /** Who gives no name has perhaps forgotten to: asks once. @param {string} username */
  #forgotten(username) {
    const nameless = this.#needsName && username === '';
    const asked = this.#asked;
    this.#asked = nameless;
    if (!nameless || asked) return false;
    this.explain(t('login.nameless', { name: t('people.anonymous') }));
    this.#name.focus();
    this.#showError();
    return true;
  }

  /** @param {Event} event @param {(credentials: import('../protocol/types.js').Credentials) => Promise<void>} enter */
  async #submit(event, enter) {
    event.preventDefault();
    const { config, settings } = this.#app;
    const username = asName(this.#name.value);
    if (this.#forgotten(username)) return;
    this.#error.textContent = '';
    if (this.#needsName && username) settings.set('name', username);
    this.#join.disabled = true;
    this.#join.textContent = t('login.joining');
    try {
      if (this.#resting) await this.#applyStart();
      const name = this.#needsName ? { username } : {};
      await enter(
        config.token ? { ...name, token: config.token } : { ...name, password: this.#password.value },
      );
      this.#password.value = '';
    } catch (error) {
      this.explain(/** @type {Refusal} */ (error));
    } finally {
      this.#join.disabled = false;
      this.#join.textContent = t('login.join');
      // A button that is out of order loses the focus.
      if (document.activeElement === document.body) this.#join.focus();
    }
  }
}
