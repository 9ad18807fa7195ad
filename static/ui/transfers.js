// @ts-check
/**
 * Files on their way: who sends what to whom, how far it is, and what can be done about it. One card for each, in the
 * corner of the stage; owns the cards.
 */
import { number, t } from '../base/texts.js';
import { el } from '../base/dom.js';
import { placeFor } from '../media/keep-file.js';
import { icon, iconButton } from './icons.js';

/** @typedef {import('./context.js').App} App */
/** @typedef {import('../protocol/file-transfer.js').FileTransfer} FileTransfer */

/** Milliseconds for which one that ended is shown. */
const OVER_MS = 8000;
/** Milliseconds between two looks at how far it is. */
const LOOK_MS = 200;

export class Transfers {
  element = el('section', { class: 'transfers', 'aria-label': t('file.transfers'), hidden: true });
  #app;
  /** Names, which outlast those who go. @type {WeakMap<FileTransfer, string>} */
  #names = new WeakMap();

  /** @param {App} app */
  constructor(app) {
    this.#app = app;
    app.room.connection.files.on('transfer', (transfer) => this.#add(transfer));
  }

  /** @param {FileTransfer} transfer */
  #add(transfer) {
    const { room } = this.#app;
    this.#names.set(transfer, room.users.get(transfer.about.peerId)?.username || t('people.anonymous'));
    const { name, size } = transfer.about;
    const status = el('p', { class: 'transfer-status', role: 'status' });
    const progress = el('progress', { max: String(Math.max(1, size)), value: '0', 'aria-label': name, hidden: true });
    const actions = el('div', { class: 'transfer-actions' });
    const close = iconButton('close', t('dialog.cancel'), { class: 'small', onclick: () => (transfer.over ? this.#drop(card) : transfer.cancel()) });
    const card = el(
      'article',
      { class: 'transfer' },
      icon('file'),
      el('div', { class: 'transfer-about' }, el('p', { class: 'transfer-name', dir: 'auto', title: name }, name), status, progress),
      actions,
      close,
    );
    if (transfer.incoming) actions.append(this.#acceptButton(transfer));
    this.element.append(card);
    this.element.hidden = false;
    let due = 0;
    const show = () => {
      due = 0;
      const words = this.#words(transfer);
      if (status.textContent !== words) status.textContent = words;
      progress.value = transfer.bytes;
      progress.hidden = transfer.state !== 'running';
      actions.hidden = transfer.state !== 'invited';
      const over = transfer.over ? t('toast.dismiss') : t('dialog.cancel');
      close.setAttribute('aria-label', over);
      close.title = over;
      if (transfer.over) setTimeout(() => this.#drop(card), OVER_MS);
    };
    transfer.on('change', () => (due ||= window.setTimeout(show, transfer.over || transfer.bytes === 0 ? 0 : LOOK_MS)));
    show();
  }

  /** @param {FileTransfer} transfer */
  #acceptButton(transfer) {
    const button = el('button', { type: 'button', class: 'button small primary' }, t('file.accept'));
    button.addEventListener('click', async () => {
      button.disabled = true;
      const { name, mimetype } = transfer.about;
      const sink = await placeFor(name, mimetype);
      button.disabled = false;
      if (sink) await transfer.accept(sink);
    });
    return button;
  }

  /** @param {FileTransfer} transfer */
  #words(transfer) {
    const { about, bytes, state, incoming, reason } = transfer;
    const values = { name: this.#names.get(transfer) ?? '', size: fileSize(about.size), done: fileSize(bytes), text: reason };
    switch (state) {
      case 'invited':
        return t(incoming ? 'file.offered' : 'file.waiting', values);
      case 'connecting':
        return t('stage.connecting');
      case 'running':
        return t(incoming ? 'file.receiving' : 'file.sending', values);
      case 'done':
        return t(incoming ? 'file.received' : 'file.sent', values);
      case 'cancelled':
        return t('file.cancelled');
      default:
        return t('file.failed');
    }
  }

  /** @param {HTMLElement} card */
  #drop(card) {
    card.remove();
    this.element.hidden = this.element.childElementCount === 0;
  }
}

/** @param {number} bytes */
function fileSize(bytes) {
  const units = ['byte', 'kilobyte', 'megabyte', 'gigabyte'];
  const step = Math.min(units.length - 1, Math.floor(Math.log10(Math.max(1, bytes)) / 3));
  return number(bytes / 1000 ** step, { style: 'unit', unit: units[step], maximumFractionDigits: step > 1 ? 1 : 0 });
}
