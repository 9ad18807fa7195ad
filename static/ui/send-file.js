// @ts-check
/** Ways to send somebody a file: chosen, dropped onto them, or pasted. */
import { t } from '../base/texts.js';
import { el } from '../base/dom.js';

/** @typedef {import('./context.js').App} App */

/** Whether files can be sent to others here. @param {App} app */
export function canSendFiles({ room }) {
  return room.can('message') && room.connection.canStream;
}

/** @param {App} app @param {string} to  id of a person @param {Iterable<File>} files */
export function sendFiles(app, to, files) {
  for (const file of files) app.room.connection.files.send(to, file);
}

/** Asks which. @param {(files: File[]) => void} then @param {string} [accept] */
export function chooseFiles(then, accept = '') {
  const input = el('input', { type: 'file', multiple: accept === '', accept: accept || null });
  input.addEventListener('change', () => then([...(input.files ?? [])]));
  input.click();
}

/**
 * What is dropped on somebody is sent to them; elsewhere the page says how it is done, instead of leaving the meeting
 * to show the file.
 * @param {App} app @param {HTMLElement} element
 * @param {() => string} [to]  the person to whom the whole element belongs
 */
export function takeDrops(app, element, to = () => '') {
  const files = (/** @type {DragEvent} */ event) => event.dataTransfer?.types.includes('Files') ?? false;
  /** @param {DragEvent} event */
  const whose = ({ target }) => {
    const id = (target instanceof Element && target.closest('[data-user]')?.getAttribute('data-user')) || to();
    return id !== app.room.selfId && app.room.users.has(id) ? id : '';
  };
  element.addEventListener('dragover', (event) => {
    if (!files(event)) return;
    event.preventDefault();
    if (event.dataTransfer) event.dataTransfer.dropEffect = whose(event) && canSendFiles(app) ? 'copy' : 'none';
  });
  element.addEventListener('drop', (event) => {
    if (!files(event)) return;
    event.preventDefault();
    event.stopPropagation();
    const id = whose(event);
    if (!canSendFiles(app)) return;
    if (id) sendFiles(app, id, event.dataTransfer?.files ?? []);
    else app.toasts.show('info', t('file.whom'), { key: 'file' });
  });
}

/** @param {App} app @param {HTMLElement} element @param {() => string} to  the person to whom it goes, '' is nobody */
export function takePastes(app, element, to) {
  element.addEventListener('paste', (event) => {
    const files = [...(event.clipboardData?.files ?? [])];
    if (files.length === 0 || !canSendFiles(app)) return;
    event.preventDefault();
    if (to()) sendFiles(app, to(), files);
    else app.toasts.show('info', t('file.whom'), { key: 'file' });
  });
}
