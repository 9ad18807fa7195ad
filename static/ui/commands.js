// @ts-check
/** Commands of the chat line: what they need, and what they do. `/help` lists those that may be used. */
import { moment, t, text } from '../base/texts.js';
import { canShareScreen } from '../media/screen.js';
import { parseDuration, parseExpiry } from '../model/durations.js';
import { firstWord, splitCommand } from '../model/command-line.js';
import { findByName } from '../model/people.js';
import { speak } from '../model/saying.js';
import { CHOICES, DEFAULTS } from '../model/settings.js';
import { reconnectMedia } from './reconnect.js';

/** @typedef {import('./context.js').App} App */
/** @typedef {{leave: () => void, hand: (up: boolean) => void, share: () => void}} Actions */
/** @typedef {(rest: string, app: App, actions: Actions, name: string) => string | void | Promise<string | void>} Run  a returned text is shown */
/** @typedef {(rest: string, app: App, actions: Actions, name: string) => Promise<string>} Later */
/** @typedef {{needs?: string[], run: Run}} Command  needs: permissions, all of them */

const DEFAULT_EXPIRY = '1d';

/** @type {Record<string, Command>} */
const COMMANDS = {
  help: { run: (_rest, app) => help(app) },
  leave: { run: (_rest, _app, { leave }) => leave() },
  me: { needs: ['message'], run: (rest, { room }) => void room.connection.chat(rest, { kind: 'me' }) },
  msg: { needs: ['message'], run: privately },
  raise: { run: (_rest, _app, { hand }) => hand(true) },
  unraise: { run: (_rest, _app, { hand }) => hand(false) },
  sharescreen: {
    needs: ['present'],
    run: (_rest, { publisher }) => (publisher.able && canShareScreen() ? void publisher.shareScreen() : t('toast.shareNot')),
  },
  unsharescreen: {
    run: (_rest, { publisher }) => [...publisher.screens.keys()].forEach((id) => publisher.stopScreen(id)),
  },
  renegotiate: {
    run: (_rest, app) => reconnectMedia(app),
  },
  clear: { needs: ['op'], run: (_rest, { room }) => void room.connection.groupAction('clearchat') },
  lock: {
    needs: ['op'],
    run: (rest, { room }) => void room.connection.groupAction('lock', rest || undefined),
  },
  unlock: { needs: ['op'], run: (_rest, { room }) => void room.connection.groupAction('unlock') },
  subgroups: { needs: ['op'], run: (_rest, { room }) => void room.connection.groupAction('subgroups') },
  kick: {
    needs: ['op'],
    run: onUser((app, id, rest) => app.room.connection.userAction('kick', id, rest || undefined)),
  },
  identify: { needs: ['op'], run: onUser((app, id) => app.room.connection.userAction('identify', id)) },
  op: action('op'),
  unop: action('unop'),
  present: action('present'),
  unpresent: action('unpresent'),
  shutup: action('shutup'),
  unshutup: action('unshutup'),
  mute: { needs: ['op'], run: onUser((app, id) => app.room.connection.userMessage('mute', id)) },
  muteall: { needs: ['op'], run: (_rest, { room }) => void room.connection.userMessage('mute', '') },
  warn: {
    needs: ['op'],
    run: onUser((app, id, rest) => app.room.connection.userMessage('warning', id, rest), true),
  },
  wall: {
    needs: ['op'],
    run: (rest, { room }, _actions, name) =>
      rest ? void room.connection.userMessage('warning', '', rest) : missing(name),
  },
  record: {
    needs: ['record'],
    run: (rest, { room }) =>
      void room.connection.groupAction('record', rest.trim() === 'chat' ? { chat: true } : undefined),
  },
  unrecord: { needs: ['record'], run: (_rest, { room }) => void room.connection.groupAction('unrecord') },
  invite: { needs: ['token'], run: invite },
  reinvite: { needs: ['op', 'token'], run: reinvite },
  revoke: { needs: ['op', 'token'], run: revoke },
  listtokens: { needs: ['op', 'token'], run: listTokens },
  set: { run: set },
  unset: { run: unset },
};

/** All names, for those who check that each is explained. */
export function commandNames() {
  return Object.keys(COMMANDS);
}

/**
 * @param {string} line  without its slash @param {App} app @param {Actions} actions
 * @returns {boolean} false when it was not run because there is no connection now
 */
export function runCommand(line, app, actions) {
  const { name, rest } = splitCommand(line);
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  const { chat } = app.room;
  if (!command) {
    chat.note(t('command.unknown', { name }));
  } else if (command.needs && !app.room.reachable) {
    return false; // without a connection nobody has permissions, and nobody would hear it
  } else if (!allowed(command, app)) {
    chat.note(t('command.forbidden', { name }));
  } else {
    void Promise.resolve()
      .then(() => command.run(rest, app, actions, name))
      .catch((error) => t('command.failed', { text: error instanceof Error ? error.message : String(error) }))
      .then((answer) => {
        if (answer) chat.note(answer);
      });
  }
  return true;
}

/** @param {Command} command @param {App} app */
function allowed({ needs = [] }, { room }) {
  return needs.every((permission) => room.can(permission));
}

/** @param {App} app */
function help(app) {
  const lines = Object.entries(COMMANDS)
    .filter(([, command]) => allowed(command, app))
    .map(([name]) => t('command.line', { name, text: text(`command.${name}`) }));
  return [...lines, t('command.escape')].join('\n');
}

/** @param {string} name */
function missing(name) {
  return t('command.need', { usage: text(`command.${name}`) });
}

/** @param {string} kind @returns {Command} */
function action(kind) {
  return { needs: ['op'], run: onUser((app, id) => app.room.connection.userAction(kind, id)) };
}

/** @param {(app: App, id: string, rest: string) => unknown} act @param {boolean} [needsRest] @returns {Run} */
function onUser(act, needsRest = false) {
  return (rest, app, _actions, name) => {
    const [who, more] = firstWord(rest);
    if (!who || (needsRest && !more)) return missing(name);
    const user = findByName(app.room.users.values(), who);
    if (!user) return t('command.who', { name: who });
    act(app, user.id, more);
    return undefined;
  };
}

/** @type {Run} */
function privately(rest, app, actions, name) {
  return onUser((_app, id, words) => {
    const { room } = app;
    speak(room, words, { dest: id });
  }, true)(rest, app, actions, name);
}

/** `/invite [NAME] [EXPIRY]`; one word that is a duration is the expiry. @type {Later} */
async function invite(rest, { room }) {
  const [first, more] = firstWord(rest);
  const [username, expiry] = !more && parseDuration(first) !== null ? ['', first] : [first, more];
  const expires = parseExpiry(expiry || DEFAULT_EXPIRY, new Date());
  if (!expires) return t('command.expiry', { text: expiry });
  const permissions = ['present', 'message'].filter((permission) => room.can(permission));
  const token = await room.invitations.make({ username, expires, permissions });
  return t('command.invited', { time: moment(expires), link: room.invitations.link(token.token) });
}

/** @type {Later} */
async function reinvite(rest, { room }, _actions, name) {
  const [word, expiry] = firstWord(rest);
  if (!word) return missing(name);
  const expires = parseExpiry(expiry || DEFAULT_EXPIRY, new Date());
  if (!expires) return t('command.expiry', { text: expiry });
  const token = await find(room, word);
  if (!token) return t('command.token', { token: word });
  await room.invitations.prolong(token.token, expires);
  return t('invite.prolonged', { time: moment(expires) });
}

/** @type {Later} */
async function revoke(rest, { room }, _actions, name) {
  const [word] = firstWord(rest);
  if (!word) return missing(name);
  const token = await find(room, word);
  if (!token) return t('command.token', { token: word });
  await room.invitations.revoke(token.token);
  return t('invite.revoked');
}

/** An invitation by its token, its beginning, or its user's name. @param {import('../model/room.js').Room} room @param {string} word */
async function find(room, word) {
  const all = await room.invitations.list();
  const found = all.filter(
    ({ token, username }) => token === word || token.startsWith(word) || username === word,
  );
  return found.length === 1 ? found[0] : undefined;
}

/** @type {Later} */
async function listTokens(_rest, { room }) {
  const all = await room.invitations.list();
  const lines = all.map(({ token, username, expires, issuedBy }) =>
    [
      token,
      username || t('invite.anybody'),
      expires ? t('invite.until', { time: moment(expires) }) : '',
      issuedBy ? t('invite.by', { name: issuedBy }) : '',
    ]
      .filter(Boolean)
      .join(', '),
  );
  return lines.join('\n') || t('invite.none');
}

/** @type {Run} */
function set(rest, { settings }) {
  const [name, value] = firstWord(rest);
  const keys = /** @type {(keyof typeof DEFAULTS)[]} */ (Object.keys(DEFAULTS));
  if (!name) return keys.map((key) => `${key} = ${JSON.stringify(settings.get(key))}`).join('\n');
  const key = keys.find((known) => known.toLowerCase() === name.toLowerCase());
  if (!key) return t('command.setting', { name });
  const wanted =
    typeof DEFAULTS[key] === 'boolean' ? !['false', 'off', 'no', '0'].includes(value.toLowerCase()) : value;
  const choices = /** @type {Record<string, unknown[]>} */ (CHOICES)[key];
  if (choices && !choices.includes(wanted)) return t('command.setting', { name });
  settings.set(key, /** @type {any} */ (wanted));
  return `${key} = ${JSON.stringify(settings.get(key))}`;
}

/** @type {Run} */
function unset(rest, { settings }, _actions, name) {
  const [word] = firstWord(rest);
  if (!word) return missing(name);
  const key = /** @type {(keyof typeof DEFAULTS)[]} */ (Object.keys(DEFAULTS)).find(
    (known) => known.toLowerCase() === word.toLowerCase(),
  );
  if (!key) return t('command.setting', { name: word });
  settings.set(key, /** @type {any} */ (DEFAULTS[key]));
  return `${key} = ${JSON.stringify(settings.get(key))}`;
}
