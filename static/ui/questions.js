// @ts-check
/** What is asked before something is done to others that cannot be taken back, and before the group is locked. */
import { t } from '../base/texts.js';
import { askText, confirm } from './dialog.js';

/** @typedef {import('./context.js').App} App */

/** @param {App} app */
export async function lock(app) {
  const message = await askText({
    title: t('lock.title'),
    label: t('lock.text'),
    placeholder: t('lock.placeholder'),
    confirm: t('lock.do'),
  });
  if (message !== null) heard(app, app.room.connection.groupAction('lock', message || undefined));
}

/** @param {App} app @param {string} id @param {string} name */
export async function warn(app, id, name) {
  const text = await askText({
    title: t('user.warn.title', { name }),
    label: t('user.warn.text', { name }),
    confirm: t('user.warn.do'),
  });
  if (text) heard(app, app.room.connection.userMessage('warning', id, text));
}

/** @param {App} app @param {string} id @param {string} name */
export async function kick(app, id, name) {
  const text = await askText({
    title: t('user.kick.title', { name }),
    label: t('user.kick.text', { name }),
    confirm: t('user.kick.do'),
    danger: true,
  });
  if (text !== null) heard(app, app.room.connection.userAction('kick', id, text || undefined));
}

/** Removes somebody who is not to come back for an hour. @param {App} app @param {string} id @param {string} name */
export async function keepOut(app, id, name) {
  const text = await askText({
    title: t('user.ban.title', { name }),
    text: t('user.ban.text', { name }),
    label: t('user.ban.reason', { name }),
    confirm: t('user.ban.do'),
    danger: true,
  });
  if (text !== null) heard(app, app.room.connection.userAction('ban', id, text || undefined));
}

/** Deletes what everybody wrote, or one person. @param {App} app @param {{id: string, name: string}} [author] */
export async function clearChat(app, author) {
  const sure = await confirm({
    title: author ? t('chat.clear.author', { name: author.name }) : t('chat.clear.title'),
    text: t('chat.clear.text'),
    confirm: t('chat.clear.do'),
  });
  if (!sure) return;
  heard(app, app.room.connection.groupAction('clearchat', author && { userId: author.id }));
}

/** What was decided in a dialog may come when there is no connection. @param {App} app @param {boolean} sent */
function heard({ toasts }, sent) {
  if (!sent) toasts.show('error', t('toast.unheard'), { key: 'unheard' });
}
