// @ts-check
/** What the tiles of the stage show: makes one per subject, fills it from the room, and says what is wrong with it. */
import { t, text } from '../base/texts.js';
import { OwnView } from '../media/own-view.js';
import { handRaised } from '../model/people.js';
import { shortcoming } from '../model/sharpness.js';
import { Volumes } from '../model/volumes.js';
import { subjectName } from './subject-names.js';
import { Tile } from './tile.js';

/** @typedef {import('../model/subjects.js').Subject} Subject */

export class TileContents {
  #app;
  #ownView = new OwnView();

  /** @param {import('./context.js').App} app */
  constructor(app) {
    this.#app = app;
  }

  /** All streams as far as the stage goes, ours included. @returns {import('../model/subjects.js').Media[]} */
  media() {
    const { room, publisher } = this.#app;
    const media = [...room.connection.streams.down.values()].map((stream) => ({
      id: stream.id,
      localId: stream.localId,
      source: stream.source,
      label: stream.label,
      video: this.#shows(stream),
    }));
    if (publisher.cameraOn || publisher.microphone.isOpen)
      media.push({ id: 'own', localId: 'own', source: room.selfId, label: 'camera', video: publisher.cameraOn });
    return media;
  }

  /** Whether a stream has a picture now. @param {import('../protocol/down-stream.js').DownStream} stream */
  #shows(stream) {
    const track = stream.track('video');
    if (!track || track.muted) return false;
    return stream.label !== 'camera' || this.#app.room.users.get(stream.source)?.data.camera !== false;
  }

  /** A tile for a subject. @param {Subject} subject @param {import('./tile.js').TileActions} actions */
  make({ key, userId, kind }, actions) {
    const { room, settings } = this.#app;
    const own = userId === room.selfId;
    const tile = new Tile({ key, userId, kind, own }, actions);
    const name = room.users.get(userId)?.username ?? '';
    if (!own) tile.video.volume = new Volumes(settings).get(name, kind);
    return tile;
  }

  /** @param {Tile} tile @param {Subject} subject @param {boolean} pinned */
  fill(tile, subject, pinned) {
    const { room, settings, publisher, camera } = this.#app;
    const user = room.users.get(subject.userId);
    const name = user?.username || t('people.anonymous');
    const you = tile.own;
    const screen = subject.kind === 'screen';
    tile.setName({ name, label: subjectName(subject, name, you), you });
    tile.setPinned(pinned);
    tile.setMirrored(you && !screen && settings.get('mirror'));
    if (you) {
      tile.setMedia(this.#ownView.of(publisher.cameraOn ? camera.track : null), subject.video);
      tile.setStatus(publisher.statusOf());
      tile.setBadges({ muted: !screen && !publisher.microphoneOn, hand: !screen && Boolean(room.data.raisehand) });
      return;
    }
    const stream = room.connection.streams.down.get(subject.mediaId);
    tile.setMedia(stream?.media ?? null, subject.video);
    tile.setStatus(stream?.status ?? 'connected');
    tile.setSpeaker(settings.get('speaker'));
    const audio = stream?.track('audio');
    tile.setBadges({
      muted: !screen && (user?.data.muted === true || (user?.data.muted === undefined && !audio)),
      hand: !screen && user !== undefined && handRaised(user),
    });
  }

  /** Why somebody's video is not what one would expect; '' if it is. @param {Tile} tile @param {number} now */
  note(tile, now) {
    const { room } = this.#app;
    if (!tile.hasVideo || !tile.visible) return '';
    const stream = [...room.connection.streams.down.values()].find((one) => one.media === tile.video.srcObject);
    if (stream?.paused) return t('stage.paused');
    if (tile.kind === 'screen') return '';
    const data = tile.own ? room.data : room.users.get(tile.userId)?.data;
    const ratio = globalThis.devicePixelRatio || 1;
    const key = shortcoming({
      told: data?.video,
      height: tile.own ? 0 : data?.height,
      got: { width: tile.video.videoWidth, height: tile.video.videoHeight },
      room: { width: tile.size.width * ratio, height: tile.size.height * ratio },
      since: now - tile.sizedAt,
    });
    return key && text(key);
  }
}
