// @ts-check
/** What is in the menus of the control bar, of a tile and of a person. */
import { has, t, text } from '../base/texts.js';
import { canChooseSpeaker } from '../media/devices.js';
import { canPlayFiles } from '../media/file-player.js';
import { canShareScreen } from '../media/screen.js';
import { otherCamera } from '../model/facing.js';
import { handRaised, isRecorder } from '../model/people.js';
import { Volumes } from '../model/volumes.js';
import { el, uniqueId } from '../base/dom.js';
import { openFilters } from './filters-dialog.js';
import { openInvitations } from './invite-dialog.js';
import { openKeys, openStats } from './info-dialogs.js';
import { clearChat, keepOut, kick, lock, warn } from './questions.js';
import { reconnectMedia } from './reconnect.js';
import { openRecordings } from './recordings.js';
import { canSendFiles, chooseFiles, sendFiles } from './send-file.js';
import { openSettings } from './settings-dialog.js';

/** @typedef {import('./context.js').App} App */
/** @typedef {import('./menu.js').Entry} Entry */

/** @param {App} app @param {('camera' | 'microphone' | 'speaker')[]} kinds @returns {Entry[]} */
export function deviceItems(app, kinds) {
  void app.devices.refresh();
  return kinds
    .filter((kind) => kind !== 'speaker' || canChooseSpeaker())
    .flatMap((kind, index) => {
      const chosen = app.settings.get(kind);
      const devices = app.devices.lists[kind].filter(({ id }) => id !== 'default');
      const heading = el('p', { class: 'menu-heading', role: 'presentation' }, t(`device.${kind}`));
      return /** @type {Entry[]} */ ([
        index > 0 && 'line',
        { label: '', custom: heading },
        {
          label: t('device.default'),
          checked: !devices.some(({ id }) => id === chosen),
          run: () => app.settings.set(kind, ''),
        },
        ...devices.map(({ id, label }) => ({
          label,
          checked: id === chosen,
          run: () => app.settings.set(kind, id),
        })),
      ]);
    });
}

/** While at least one screen is shared. @param {import('../media/publisher.js').Publisher} publisher @returns {Entry[]} */
export function shareItems(publisher) {
  const ids = [...publisher.screens.keys()];
  /** @param {string} label @param {string[]} which @returns {Entry} */
  const stop = (label, which) => ({
    label,
    icon: 'screenOff',
    danger: true,
    run: () => which.forEach((id) => publisher.stopScreen(id)),
  });
  const more = { label: t('control.share.more'), icon: 'screen', run: () => void publisher.shareScreen() };
  if (ids.length === 1) return /** @type {Entry[]} */ ([more, stop(t('menu.stopshare'), ids)]);
  return /** @type {Entry[]} */ ([
    more,
    'line',
    ...[...publisher.screens.values()].map(({ id, stream }, index) =>
      stop(stopLabel(stream, index + 1), [id]),
    ),
    stop(t('menu.stopshare.all'), ids),
  ]);
}

/** What it is, is told to its owner only; the title of a window, to nobody. @param {MediaStream} stream @param {number} number */
function stopLabel(stream, number) {
  const key = `menu.surface.${stream.getVideoTracks()[0]?.getSettings().displaySurface}`;
  return has(key)
    ? t('menu.stopshare.what', { number, what: text(key) })
    : t('menu.stopshare.number', { number });
}

/**
 * @param {App} app @param {{hand: () => void, share: () => void, layout: () => void}} actions
 * @param {boolean} few  the bar has no room for all controls: the others are here
 * @returns {Entry[]}
 */
export function moreItems(app, actions, few) {
  const { room } = app;
  const op = room.can('op');
  const recording = [...room.users.values()].some(isRecorder);
  const full = document.fullscreenElement !== null;
  const other = app.publisher.cameraOn ? otherCamera(app.devices.lists.camera, app.settings.get('camera')) : null;
  const narrow = matchMedia('(max-width: 640px)').matches;
  return [
    few && {
      label: t(room.data.raisehand ? 'control.hand.lower' : 'control.hand.raise'),
      icon: 'hand',
      run: actions.hand,
    },
    few && { label: t('control.filters'), icon: 'filters', run: () => void openFilters(app) },
    few && other && { label: t('control.flip'), icon: 'refresh', run: () => app.settings.set('camera', other.id) },
    few &&
      app.publisher.able &&
      canShareScreen() && { label: t('control.share'), icon: 'screen', run: actions.share },
    few && { label: t('stage.layout'), icon: 'auto', run: actions.layout },
    room.can('present') &&
      app.publisher.able &&
      canPlayFiles() && {
        label: t('menu.play'),
        icon: 'play',
        run: () => chooseFiles(([file]) => void (file && app.player.play(file)), 'video/*,audio/*'),
      },
    'line',
    { label: t('menu.invite'), icon: 'invite', run: () => openInvitations(app) },
    op &&
      (room.status.locked
        ? { label: t('menu.unlock'), icon: 'unlock', run: () => room.connection.groupAction('unlock') }
        : { label: t('menu.lock'), icon: 'lock', run: () => void lock(app) }),
    op && { label: t('menu.muteall'), icon: 'micOff', run: () => room.connection.userMessage('mute', '') },
    op && { label: t('menu.clearchat'), icon: 'trash', run: () => void clearChat(app) },
    room.can('record') && {
      label: t(recording ? 'menu.unrecord' : 'menu.record'),
      icon: 'record',
      run: () => room.connection.groupAction(recording ? 'unrecord' : 'record'),
    },
    room.can('record') && { label: t('menu.recordings'), icon: 'film', run: () => void openRecordings(app) },
    'line',
    document.fullscreenEnabled && {
      label: t(full ? 'menu.fullscreen.leave' : 'menu.fullscreen'),
      icon: 'fullscreen',
      run: () =>
        void (full ? document.exitFullscreen() : document.documentElement.requestFullscreen()).catch(
          () => {},
        ),
    },
    { label: t('menu.settings'), icon: 'settings', run: () => openSettings(app) },
    { label: t('menu.stats'), icon: 'signal', run: () => openStats(app) },
    !narrow && { label: t('menu.keys'), icon: 'keyboard', run: () => openKeys() },
    { label: t('menu.restart'), icon: 'refresh', run: () => reconnectMedia(app) },
    room.status.canChangePassword && {
      label: t('menu.password'),
      icon: 'key',
      run: () => window.open(passwordPage(app), '_blank', 'noopener'),
    },
  ];
}

/** @param {App} app */
function passwordPage({ config, room }) {
  const url = new URL(`${config.base}change-password.html`, document.baseURI);
  url.searchParams.set('group', room.group);
  url.searchParams.set('username', room.username);
  return url.href;
}

/**
 * What may be done to somebody, or to oneself.
 * @param {App} app @param {string} id @param {{message: (id: string) => void, hand: () => void}} actions
 * @returns {Entry[]}
 */
export function userItems(app, id, actions) {
  const { room } = app;
  const user = room.users.get(id);
  if (!user) return [];
  if (id === room.selfId) {
    return [
      {
        label: t(handRaised(user) ? 'control.hand.lower' : 'control.hand.raise'),
        icon: 'hand',
        run: actions.hand,
      },
      { label: t('menu.invite'), icon: 'invite', run: () => openInvitations(app) },
      { label: t('menu.restart'), icon: 'refresh', run: () => reconnectMedia(app) },
    ];
  }
  const op = room.can('op');
  const name = user.username || t('people.anonymous');
  /** @param {string} permission */
  const has = (permission) => user.permissions.includes(permission);
  /** @param {string} kind */
  const act = (kind) => () => void room.connection.userAction(kind, id);
  /** @param {string} granted @param {string} grant @param {string} revoke @param {import('./icons.js').IconName} picture @returns {Entry} */
  const toggle = (granted, grant, revoke, picture) => ({
    label: t(/** @type {import('../base/texts.js').Key} */ (`user.${has(granted) ? revoke : grant}`)),
    icon: picture,
    run: act(has(granted) ? revoke : grant),
  });
  return [
    room.can('message') && { label: t('user.message'), icon: 'mail', run: () => actions.message(id) },
    canSendFiles(app) && { label: t('user.file'), icon: 'file', run: () => chooseFiles((files) => sendFiles(app, id, files)) },
    'line',
    op &&
      has('present') && {
        label: t('user.mute'),
        icon: 'micOff',
        run: () => void room.connection.userMessage('mute', id),
      },
    op && toggle('present', 'present', 'unpresent', 'camera'),
    op && toggle('message', 'unshutup', 'shutup', 'chat'),
    op && toggle('op', 'op', 'unop', 'shield'),
    'line',
    op && { label: t('user.identify'), icon: 'eye', run: act('identify') },
    op && { label: t('user.warn'), icon: 'warning', run: () => void warn(app, id, name) },
    op && { label: t('user.kick'), icon: 'kick', danger: true, run: () => void kick(app, id, name) },
    op && { label: t('user.ban'), icon: 'keepOut', danger: true, run: () => void keepOut(app, id, name) },
  ];
}

/**
 * What may be done with a tile, people's actions included.
 * @param {App} app @param {import('./tile.js').Tile} tile
 * @param {{message: (id: string) => void, hand: () => void, pin: (key: string) => void, corner: () => void}} actions
 * @returns {Entry[]}
 */
export function tileItems(app, tile, actions) {
  const { video } = tile;
  const pinned = tile.element.classList.contains('pinned');
  return [
    {
      label: t(pinned ? 'stage.unpin' : 'stage.pin'),
      icon: pinned ? 'unpin' : 'pin',
      run: () => actions.pin(tile.key),
    },
    tile.hasVideo &&
      document.pictureInPictureEnabled && {
        label: t('stage.pip'),
        icon: 'pip',
        run: () => void video.requestPictureInPicture().catch(() => {}),
      },
    tile.hasVideo && canFillScreen(tile) && { label: t('stage.fullscreen'), icon: 'fullscreen', run: () => fillScreen(tile) },
    tile.element.dataset.place === 'float' && { label: t('stage.corner'), icon: 'move', run: actions.corner },
    !tile.own && { label: '', custom: volumeSlider(app, tile) },
    'line',
    ...(tile.kind === 'person' ? userItems(app, tile.userId, actions) : []),
  ];
}

/** Telephones of Apple's let nothing fill the screen but a video. @param {import('./tile.js').Tile} tile */
function canFillScreen({ video }) {
  return document.fullscreenEnabled || 'webkitEnterFullscreen' in video;
}

/** @param {import('./tile.js').Tile} tile */
function fillScreen({ element, video }) {
  if (document.fullscreenEnabled) void element.requestFullscreen().catch(() => {});
  else /** @type {any} */ (video).webkitEnterFullscreen?.();
}

/** @param {App} app @param {import('./tile.js').Tile} tile */
function volumeSlider({ room, settings }, { video, userId, kind, label }) {
  const id = uniqueId('volume');
  const input = el('input', {
    id,
    type: 'range',
    min: '0',
    max: '100',
    step: '5',
    value: String(Math.round(video.volume * 100)),
    oninput: () => {
      video.volume = Number(input.value) / 100;
      new Volumes(settings).set(room.users.get(userId)?.username ?? '', kind, video.volume);
    },
  });
  return el('div', { class: 'volume' }, el('label', { for: id }, t('stage.volume', { name: label })), input);
}
