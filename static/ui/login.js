// @ts-check
/**
 * The way in: a preview of the camera on one side, name and choices on the other.
 */
import { t } from '../base/texts.js';
import { asName, isBlank } from '../model/names.js';
import { TOKEN_OVER } from '../model/refusal.js';
import { el } from '../base/dom.js';
import { languageChoice } from '../base/language.js';
import { icon } from './icons.js';
import { Preview } from './preview.js';

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
  #without = el(
    'button',
    { type: 'button', class: 'link', id: 'login-without', hidden: true, onclick: () => this.#joinWithout() },
    t('login.without'),
  );
  #welcome;
  #form;
  /** Not where nothing can be sent. @type {Preview | null} */
  #preview = null;
  /** Whether a password may be asked for: an invitation needs none. */
  #invited;
  /** Whether the person was asked for a name and gave none. */
  #asked = false;

  /** @param {App} app @param {(credentials: import('../protocol/types.js').Credentials) => Promise<void>} enter */
  constructor(app, enter) {
    this.#app = app;
    this.#invited = Boolean(app.config.token);
    this.#name.value = app.settings.get('name');
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
    if (app.publisher.able) {
      this.#preview = new Preview(app, { changed: () => this.#offer(), done: () => this.#join.focus() });
    }
    this.#welcome = el('p', { class: 'hint' }, t(app.publisher.able ? 'login.invited' : 'login.invited.chat'));
    this.#form = this.#build(enter);
    app.room.on('status', (status) => this.#showStatus(status));
    // The other tab may have left meanwhile.
    document.addEventListener('visibilitychange', () => void this.#lookElsewhere());
  }

  /** Shows itself and starts what the person chose last, unless they have just left. @param {Refusal | string} [why] */
  show(why) {
    this.element.hidden = false;
    this.explain(why ?? '');
    this.#asked = false; // perhaps somebody else
    this.#showStatus(this.#app.room.status);
    void this.#lookElsewhere();
    this.#preview?.show(Boolean(why));
    if (!this.#name.value) this.#name.focus();
    else if (!matchMedia('(pointer: coarse)').matches)
      (this.#passwordField.hidden ? this.#join : this.#password).focus();
    if (why) this.#showError();
  }

  hide() {
    this.element.hidden = true;
    this.#preview?.hide();
  }

  async #lookElsewhere() {
    if (this.element.hidden || !this.element.isConnected) return;
    this.#twice.hidden = !(await this.#app.presence.elsewhere());
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
    const nameless = untold && isBlank(this.#name.value);
    this.#error.textContent = nameless
      ? t('refused.name')
      : untold
        ? t('refused.needPassword')
        : t(`refused.${why.reason}`, { text: why.text });
    if (nameless) this.#name.focus();
    if (why.words) this.#error.append(el('br'), t('refused.said', { text: why.words }));
    if (why.reason === 'password' || why.reason === 'taken') this.#showPassword(why.reason === 'password');
    if (why.reason === 'name' || why.reason === 'taken') {
      this.#name.focus();
      this.#name.select();
    }
    if (TOKEN_OVER.has(why.reason)) this.#forgetToken();
  }

  /** @param {(credentials: import('../protocol/types.js').Credentials) => Promise<void>} enter */
  #build(enter) {
    const { config, publisher } = this.#app;
    this.#reveal.hidden = this.#invited;
    const form = el(
      'form',
      {
        class: 'login-form',
        novalidate: true,
        onsubmit: (/** @type {Event} */ event) => void this.#submit(event, enter),
      },
      (config.site || config.logo) && brand(config),
      el('h1', { dir: 'auto' }, config.title),
      config.description && el('p', { class: 'login-description', dir: 'auto' }, config.description),
      this.#status,
      this.#twice,
      !publisher.able && el('p', { class: 'notice-box', id: 'login-lacks' }, t('login.noWebRTC')),
      this.#invited && this.#welcome,
      this.#nameField,
      this.#reveal,
      this.#passwordField,
      this.#error,
      this.#join,
      this.#without,
      publisher.able && this.#check(),
    );
    this.element.append(
      el('div', { class: publisher.able ? 'login-card' : 'login-card chat-only' }, this.#preview?.element, form),
      languageChoice(t('settings.language')),
    );
    return form;
  }

  #check() {
    const onclick = async () => {
      const check = await import('./connection-check.js').catch(() => null);
      if (check) check.openConnectionCheck(this.#app);
      else this.#app.toasts.show('error', t('check.failed'));
    };
    return el('button', { type: 'button', class: 'link', id: 'login-check', onclick }, t('check.title'));
  }

  /** Offers to join without devices while any would be on. */
  #offer() {
    this.#without.hidden = !this.#preview?.something;
  }

  #joinWithout() {
    this.#preview?.nothing();
    this.#form.requestSubmit();
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
    this.#invited = false;
    this.#showPassword(false);
  }

  /** @param {import('../protocol/types.js').GroupStatus} status */
  #showStatus(status) {
    const { clientCount: count, locked, authServer } = status;
    if (authServer && !this.#app.config.token) this.#showPassword(false);
    const closed = Boolean(locked && this.#invited);
    this.#welcome.hidden = closed;
    if (locked) this.#status.replaceChildren(icon('lock'), t(closed ? 'login.locked.invited' : 'login.locked'));
    else if (count === undefined) this.#status.replaceChildren();
    else
      this.#status.replaceChildren(
        icon('people'),
        count ? t('login.people', { count }) : t('login.people.none'),
      );
  }

  /** Who gives no name has perhaps forgotten to: asks once. @param {string} username */
  #forgotten(username) {
    const nameless = !this.#invited && username === ''; // an invitation may have one
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
    if (username) settings.set('name', username);
    this.#join.disabled = true;
    this.#join.textContent = t('login.joining');
    try {
      void this.#preview?.start();
      const name = this.#invited && !username ? {} : { username };
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

/** Whose server it is. @param {import('./context.js').Config} config */
function brand({ site, logo, base }) {
  return el('a', { class: 'login-brand', href: base }, logo && el('img', { src: logo, alt: '', height: '28' }), el('span', { dir: 'auto' }, site));
}
