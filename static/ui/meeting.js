// @ts-check
/** Everything that one needs in the meeting and not on the way in: loaded while the login form is being filled in. */
import { closeDialogs } from './dialog.js';
import { showNotifications } from './notifications.js';
import { Shell } from './shell.js';

/** @param {import('./context.js').App} app @param {() => void} leave */
export function makeMeeting(app, leave) {
  const shell = new Shell(app, leave);
  showNotifications(app, {
    watched: () => shell.watched,
    openChat: () => {
      closeDialogs(); // the conversation is behind them
      shell.openChat();
    },
  });
  return shell;
}
