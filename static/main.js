// @ts-check
/**
 * The group page: puts stores, devices and interface together. The only module that knows them all.
 */
import { loadTexts, t } from './base/texts.js';
import { Awake } from './media/awake.js';
import { Battery } from './media/battery.js';
import { Camera } from './media/camera.js';
import { Devices } from './media/devices.js';
import { FilePlayer } from './media/file-player.js';
import { Publisher } from './media/publisher.js';
import { Shortcomings } from './media/shortcomings.js';
import { Presence } from './model/presence.js';
import { remember } from './model/recent.js';
import { Refusal, TOKEN_OVER } from './model/refusal.js';
import { Room } from './model/room.js';
import { requestFor, Settings } from './model/settings.js';
import { closeDialogs } from './ui/dialog.js';
import { Login } from './ui/login.js';
import { closeMenu } from './ui/menu.js';
import { Toasts } from './ui/toasts.js';

const root = /** @type {HTMLElement} */ (document.getElementById('app'));

/** @returns {import('./ui/context.js').Config} */
function readConfig() {
  const { group = '', title = group, description = '', base = '../../', site = '', logo = '' } = root.dataset;
  const url = new URL(document.location.href);
  const token = url.searchParams.get('token') ?? '';
  if (token) {
    // Not to be copied with the address, nor to be seen by others on a shared screen.
    url.searchParams.delete('token');
    history.replaceState(null, '', url);
  }
  url.search = url.hash = '';
  return { group, title, description, base, site, logo, location: url.href, token: remembered(group, token) };
}

/** A token lives as long as the tab, so that reloading the page works. @param {string} group @param {string} token */
function remembered(group, token) {
  try {
    if (token) sessionStorage.setItem(`galene-py.token.${group}`, token);
    return token || (sessionStorage.getItem(`galene-py.token.${group}`) ?? '');
  } catch {
    return token;
  }
}

/** It has been refused for good: reloading the page need not try it again. @param {string} group @param {unknown} why */
function forgetToken(group, why) {
  if (!(why instanceof Refusal) || !TOKEN_OVER.has(why.reason)) return;
  try {
    sessionStorage.removeItem(`galene-py.token.${group}`);
  } catch {
    // storage is refused: nothing was kept
  }
}

/** Reasons of the server's own have words of ours. @param {string} by @param {string} text @param {string} code */
function kickedText(by, text, code) {
  const why = text === UNEXPLAINED ? '' : text;
  if (by) return t(why ? 'kicked.why' : 'kicked', { by, text: why });
  if (Object.hasOwn(KICKED, code)) return t(KICKED[code]);
  return t(why ? 'kicked.nobody.why' : 'kicked.nobody', { text: why });
}

/** What servers say when the operator gave no reason. */
const UNEXPLAINED = 'you have been kicked out';

/** @type {Record<string, Parameters<typeof t>[0]>} */
const KICKED = {
  'no-operator': 'kicked.noOperator',
  'token-revoked': 'kicked.revoked',
  'user-removed': 'kicked.removed',
};

/** Light, dark, or as the system says: `<html data-theme>` overrides the system. @param {Settings} settings */
function followTheme(settings) {
  const apply = () => {
    const theme = settings.get('theme');
    if (theme === 'system') delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = theme;
  };
  settings.on('change', (key) => {
    if (key === 'theme') apply();
  });
  apply();
}

function start() {
  const config = readConfig();
  const settings = new Settings();
  followTheme(settings);
  const room = new Room({ location: config.location, group: config.group });
  const camera = new Camera({ storage: settings });
  const publisher = new Publisher(room, settings, camera);
  const battery = new Battery();
  const saving = () => battery.low && settings.get('savePower');
  const app = { config, saving, settings, room, camera, publisher, devices: new Devices(), player: new FilePlayer(room), toasts: new Toasts(), presence: new Presence(config.group) };
  new Shortcomings(room, publisher);
  const awake = new Awake();

  let missed = false;
  /** Made while the person fills in the form; tried again when they join, if it could not be had. */
  const meeting = once(async () => {
    preload(root.dataset.later ?? '');
    const { makeMeeting } = await import('./ui/meeting.js');
    shell = makeMeeting(app, leave);
  });
  const login = new Login(app, async (credentials) => {
    try {
      await meeting().catch(() => {
        // A browser may remember that a module could not be had, until the page is loaded again.
        if (missed) location.reload();
        missed = true;
        throw new Refusal('unreachable');
      });
      await room.enter(credentials);
    } catch (error) {
      forgetToken(config.group, error);
      throw error;
    }
  });
  /** @type {import('./ui/shell.js').Shell | null} */
  let shell = null;

  /** @param {Refusal | string} [why] */
  function showLogin(why) {
    awake.keep(false);
    closeMenu();
    closeDialogs();
    app.toasts.clear();
    shell?.element.remove();
    if (!login.element.isConnected) root.append(login.element);
    login.show(why);
  }

  function showRoom() {
    awake.keep(true);
    login.hide();
    login.element.remove();
    if (!shell) return; // nobody joins without it
    if (!shell.element.isConnected) {
      root.append(shell.element);
      shell.element.focus();
      if (!publisher.able) shell.openChat();
    }
    shell.stage.update();
  }

  function leave() {
    room.leave();
    publisher.close();
    showLogin(t('login.left'));
    // Who is there now, without us.
    setTimeout(() => void room.refreshStatus().catch(() => {}), 500);
  }

  const request = () =>
    room.connection.canStream ? requestFor(settings.get('receive'), room.status.clientCount ?? room.users.size, saving()) : {};
  room.request(request);
  const savePower = () => {
    room.request(request);
    camera.slow(saving());
    shell?.stage.update();
  };
  settings.on('change', (key) => {
    if (key === 'receive') room.request(request);
    if (key === 'savePower') savePower();
  });
  battery.on('change', (low) => {
    savePower();
    if (low && saving() && room.phase === 'joined') app.toasts.show('info', t('toast.battery'), { key: 'battery' });
  });
  room.chat.on('unread', (unread) => {
    document.title = unread ? `(${unread}) ${config.title}` : config.title;
  });
  room.on('phase', (phase) => {
    app.presence.set(phase === 'joined' || phase === 'reconnecting');
    if (phase === 'joined') {
      remember(settings, { name: config.group, title: config.title });
      showRoom();
    }
    else closeMenu(); // it offers what cannot be done now, to people whose ids may be others when it can
  });
  room.on('refused', (why) => {
    forgetToken(config.group, why);
    publisher.close();
    showLogin(why);
  });
  room.on('kicked', ({ by, text, code }) => {
    publisher.close();
    showLogin(kickedText(by, text, code));
    void room.refreshStatus().catch(() => {});
  });
  room.on('redirect', (address) => {
    location.href = address;
  });
  addEventListener('pagehide', () => room.connection.close());
  addEventListener('pageshow', ({ persisted }) => {
    if (persisted) location.reload(); // back from the browser's memory: the connection is gone
  });

  app.toasts.mount(document.body);
  root.replaceChildren();
  room.refreshStatus().then(
    (status) => {
      if (status.authPortal && !config.token) location.href = status.authPortal;
    },
    () => {}, // joining says what is wrong
  );
  showLogin();
  // The form first: nothing shall keep it from being shown.
  setTimeout(() => void meeting().catch(() => {}));
}

/** Does it once; anew, if it failed. @template T @param {() => Promise<T>} work */
function once(work) {
  /** @type {Promise<T> | null} */
  let done = null;
  return () =>
    (done ??= work().catch((error) => {
      done = null;
      throw error;
    }));
}

/** Fetches modules all at once, instead of finding each in the one before. @param {string} addresses with spaces between them */
function preload(addresses) {
  for (const address of addresses.split(' ').filter(Boolean)) {
    const link = document.createElement('link');
    link.rel = 'modulepreload';
    link.href = address;
    document.head.append(link);
  }
}

await loadTexts('room');
start();
