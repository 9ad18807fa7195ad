// @ts-check
/** Keyboard shortcuts: single letters outside of text fields, and the space bar to speak while it is held. */
import { openKeys } from './info-dialogs.js';

/**
 * What keys do.
 * @typedef {object} Keyed
 * @property {HTMLElement} element  of the whole room
 * @property {Pick<import('./controls.js').Controls, 'toggleMic' | 'toggleCamera'>} controls
 * @property {() => void} hand
 * @property {(panel: 'chat' | 'people') => void} toggle
 * @property {() => boolean} closePanel  whether one was open
 */

/** @param {Keyed} shell @param {import('./context.js').App} app */
export function bindKeys(shell, app) {
  let pushed = false;
  /** @type {Record<string, () => void>} */
  const actions = {
    m: () => void shell.controls.toggleMic(),
    v: () => void shell.controls.toggleCamera(),
    h: () => shell.hand(),
    c: () => shell.toggle('chat'),
    p: () => shell.toggle('people'),
    f: () =>
      void (
        document.fullscreenElement ? document.exitFullscreen() : document.documentElement.requestFullscreen()
      ).catch(() => {}),
    '?': () => openKeys(),
  };
  document.addEventListener('keydown', (event) => {
    if (event.key === 'Escape' && free(event, app) && shell.closePanel()) event.preventDefault();
    if (!listening(event, app) || event.repeat) return;
    if (
      event.key === ' ' &&
      (event.target === document.body || event.target === shell.element) &&
      app.publisher.microphone.isOpen &&
      app.publisher.microphone.muted
    ) {
      event.preventDefault();
      pushed = true;
      void app.publisher.setMicrophone(true);
      return;
    }
    const action = actions[event.key.toLowerCase()];
    if (!action) return;
    event.preventDefault();
    action();
  });
  const release = () => {
    if (!pushed) return;
    pushed = false;
    void app.publisher.setMicrophone(false);
  };
  document.addEventListener('keyup', (event) => {
    if (event.key === ' ') release();
  });
  window.addEventListener('blur', release);
}

/** Whether a key means the meeting, not a dialog or menu. @param {KeyboardEvent} event @param {import('./context.js').App} app */
function free(event, app) {
  // While the connection is being restored, too: a microphone must not come back because M was not heard.
  const inside = app.room.phase === 'joined' || app.room.phase === 'reconnecting';
  if (!inside || event.defaultPrevented || event.isComposing) return false;
  return !document.querySelector('dialog[open], .menu');
}

/** @param {KeyboardEvent} event @param {import('./context.js').App} app */
function listening(event, app) {
  if (!free(event, app) || event.ctrlKey || event.altKey || event.metaKey) return false;
  const { target } = event;
  return !(target instanceof Element && target.closest('input, textarea, select, [contenteditable]'));
}
