// @ts-check
/** Tells the person what happens: words for every event that matters, and what to do about it. */
import { has, list, t, text } from '../base/texts.js';
import { watchNetwork } from '../media/network.js';
import { play } from '../media/sounds.js';
import { Gathering } from '../model/gathering.js';
import { isMentioned } from '../model/mentions.js';
import { isRecorder } from '../model/people.js';
import { openConnectionCheck } from './connection-check.js';
import { deviceText } from './device-errors.js';
import { tellOfFilter } from './filter-notice.js';

/** @typedef {import('./context.js').App} App */
/** @typedef {import('../base/texts.js').Key} Key */

/** Up to this many people, those who come and go are named. */
const NAMED = 12;

/**
 * @param {App} app
 * @param {{watched: () => string | null, openChat: () => void}} view
 */
export function showNotifications(app, view) {
  connection(app);
  media(app);
  filter(app);
  permissions(app);
  people(app, view);
}

/** @param {App} app */
function connection({ room, toasts }) {
  let lost = false;
  room.on('phase', (phase) => {
    if (phase === 'reconnecting') {
      if (!lost)
        toasts.show('warning', t('toast.reconnecting'), {
          key: 'connection',
          sticky: true,
          action: { label: t('toast.retry'), run: () => room.connection.retryNow() },
        });
      lost = true;
    } else if (phase === 'joined') {
      if (lost) toasts.show('good', t('toast.reconnected'), { key: 'connection' });
      lost = false;
    } else {
      toasts.dismiss('connection');
      lost = false;
    }
  });
  watchNetwork(() => room.connection.networkChanged());
  document.addEventListener('visibilitychange', () => {
    if (!document.hidden) room.connection.probe();
  });
  room.on('notice', ({ level, text: said, code, from, privileged }) => {
    const key = `notice.${code}`;
    // Both are said in better words elsewhere; a server without codes has only words for the second.
    const unpresented = code === 'present-revoked' || (said === 'permission denied' && !room.can('present'));
    if (code === 'shutdown' || unpresented) return;
    const words = from ? t('toast.from', { name: from, text: said }) : has(key) ? text(key, { text: said }) : said;
    toasts.show(level === 'info' || (from && !privileged) ? 'info' : level, words);
  });
  room.on('identified', ({ username, address }) => {
    toasts.show('info', t('toast.identified', { name: username || t('people.anonymous'), address }), {
      sticky: true,
    });
  });
}

/** @param {App} app */
function media(app) {
  const { room, publisher, toasts } = app;
  /** @param {'camera' | 'microphone' | 'screen'} device */
  const retry = (device) => {
    if (device === 'screen') return {};
    const run = () => void (device === 'camera' ? publisher.setCamera(true) : publisher.setMicrophone(true));
    return { action: { label: t('toast.retry'), run } };
  };
  publisher.on('failed', (failure) => {
    if (room.phase !== 'joined' && room.phase !== 'reconnecting') return; // the login shows it beside the preview
    const { device } = failure;
    toasts.show('error', deviceText(failure), { key: `device-${device}`, sticky: true, ...retry(device) });
  });
  publisher.on('lost', (device) =>
    // Whoever speaks on would not be heard: until it is on again, or they close it.
    toasts.show('warning', t(`device.lost.${device}`), { key: `device-${device}`, sticky: true, ...retry(device) }),
  );
  publisher.microphone.on('track', () => {
    if (publisher.microphone.isOpen) toasts.dismiss('device-microphone');
  });
  publisher.camera.addEventListener('track', () => {
    if (publisher.camera.isOpen) toasts.dismiss('device-camera');
  });
  publisher.on('refused', (reason) =>
    toasts.show('error', reason ? t('toast.refused', { reason }) : t('toast.untaken'), {
      key: 'refused',
      sticky: true,
      action: { label: t('toast.retry'), run: () => publisher.restart() },
    }),
  );
  publisher.microphone.on('silenced', (silenced) => {
    if (silenced) toasts.show('warning', t('device.silenced'), { key: 'silenced', sticky: true });
    else toasts.dismiss('silenced');
  });
  /** @param {import('../protocol/watch.js').Status} status */
  const network = (status) => {
    if (status === 'unreachable')
      toasts.show('error', t('toast.unreachable'), {
        key: 'media',
        sticky: true,
        action: { label: t('check.run'), run: () => openConnectionCheck(app) },
      });
    else if (status === 'interrupted') toasts.show('warning', t('toast.interrupted'), { key: 'media' });
    else if (status === 'connected') toasts.dismiss('media');
  };
  publisher.on('status', network);
  publisher.on('status', (status) => {
    if (status === 'connected') toasts.dismiss('refused');
  });
  room.connection.on('down', (stream) => stream.on('status', network));
  room.on('muteRequest', ({ by }) => {
    if (!publisher.microphoneOn && !publisher.microphoneComing) return;
    void publisher.setMicrophone(false);
    toasts.show('warning', by ? t('toast.muted', { by }) : t('toast.muted.nobody'));
  });
}

/** @param {App} app */
function filter({ camera, toasts }) {
  tellOfFilter(camera, toasts, () => document.querySelector('.filter-panel') !== null);
}

/** @param {App} app */
function permissions({ room, publisher, toasts }) {
  /** @type {Set<string> | null} */
  let before = null;
  room.on('phase', (phase) => {
    before = phase === 'joined' ? new Set(room.permissions) : null;
  });
  room.on('permissions', () => {
    const now = new Set(room.permissions);
    const old = before;
    before = now;
    if (!old || room.phase !== 'joined') return;
    const changed = (/** @type {string} */ name) =>
      now.has(name) === old.has(name) ? 0 : now.has(name) ? 1 : -1;
    if (changed('op')) toasts.show('info', t(changed('op') > 0 ? 'toast.gotOp' : 'toast.lostOp'));
    if (changed('present') > 0) toasts.show('good', t('toast.gotPresent'));
    if (changed('present') < 0) {
      publisher.close();
      toasts.show('warning', t('toast.lostPresent'));
    }
    if (changed('message'))
      toasts.show('info', t(changed('message') > 0 ? 'toast.gotMessage' : 'toast.lostMessage'));
  });
  let locked = false;
  room.on('status', (status) => {
    const now = Boolean(status.locked);
    if (now !== locked && room.phase === 'joined')
      toasts.show('info', t(now ? 'toast.locked' : 'toast.unlocked'));
    locked = now;
  });
}

/**
 * One notice for all who come, or go, within seconds.
 * @param {App['toasts']} toasts @param {Key} key @param {Key} more  where not all are named
 */
function gathered(toasts, key, more) {
  const people = new Gathering();
  /** @param {ReturnType<Gathering['add']>} told */
  const show = ({ names, others }) => {
    if (names.length === 0) return toasts.dismiss(key);
    const values = { names: list(names, others > 0), count: others || names.length };
    toasts.show('info', t(others ? more : key, values), { key });
    return undefined;
  };
  return {
    /** @param {string} id @param {string} name */
    tell: (id, name) => show(people.add(id, name, performance.now())),
    /** @param {string} id */
    forget: (id) => {
      const left = people.take(id);
      if (left) show(left);
    },
  };
}

/** @param {App} app @param {{watched: () => string | null, openChat: () => void}} view */
function people({ room, toasts, settings }, view) {
  const sound = (/** @type {'join' | 'leave' | 'chat' | 'hand'} */ name) => {
    if (settings.get('sounds')) play(name);
  };
  /** Who was there when we came is no news. */
  let settledAt = Infinity;
  let again = false;
  room.on('phase', (phase) => {
    // After a reconnection the others come back one by one.
    settledAt = phase === 'joined' ? performance.now() + (again ? 20_000 : 1500) : Infinity;
    again = phase === 'reconnecting';
  });
  const come = gathered(toasts, 'toast.joined', 'toast.joined.others');
  const gone = gathered(toasts, 'toast.leftUser', 'toast.leftUser.others');
  /** @type {Set<string>} */
  const raised = new Set();
  room.on('user', ({ kind, user }) => {
    if (user.id === room.connection.id || room.phase !== 'joined') return;
    if (isRecorder(user)) {
      if (kind !== 'change') toasts.show('info', t(kind === 'add' ? 'toast.recording' : 'toast.recordingOver'), { key: 'recording' });
      return;
    }
    const name = user.username || t('people.anonymous');
    const news = performance.now() > settledAt && room.users.size <= NAMED;
    if (kind !== 'change' && news) {
      const [here, there] = kind === 'add' ? [come, gone] : [gone, come];
      here.tell(user.id, name);
      there.forget(user.id);
      sound(kind === 'add' ? 'join' : 'leave');
    }
    const hand = kind !== 'delete' && Boolean(user.data.raisehand);
    if (hand && !raised.has(user.id) && performance.now() > settledAt) {
      toasts.show('info', t('toast.hand', { name }), { key: `hand-${user.id}` });
      sound('hand');
    }
    if (hand) raised.add(user.id);
    else raised.delete(user.id);
  });
  room.chat.on('add', (entry) => {
    if (entry.own || entry.history || entry.kind === 'note') return;
    const watched = view.watched() === entry.thread;
    if (!watched || document.hidden) sound('chat');
    if (watched) return;
    const name = entry.username || t('people.anonymous');
    const text = entry.value.length > 120 ? `${entry.value.slice(0, 120)}…` : entry.value;
    toasts.show('info', t(entry.dest ? 'toast.private' : isMentioned(entry.value, room.username) ? 'toast.mention' : 'toast.message', { name, text }), {
      key: 'chat',
      action: { label: t('control.chat'), run: view.openChat },
    });
  });
}
