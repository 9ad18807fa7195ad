// @ts-check
/** Whom and what the stage shows: one subject per person and one per screen, each of which gets a tile. Pure. */

import { isRecorder } from './people.js';

/** @typedef {import('../protocol/types.js').UserInfo} UserInfo */

/**
 * @typedef {object} Media  a stream as far as the stage goes
 * @property {string} id
 * @property {string} localId
 * @property {string} source
 * @property {string} label
 * @property {boolean} video
 *
 * @typedef {object} Subject
 * @property {string} key
 * @property {string} userId
 * @property {'person' | 'screen'} kind
 * @property {string} mediaId   id of its stream, '' if there is none
 * @property {boolean} video
 * @property {number} number   of several screens, or cameras, of this person: from 1; 0 if it is the only one
 */

/** People up to which everybody is a subject, also those who send nothing. */
const EVERYBODY = 9;

/**
 * @param {Iterable<UserInfo>} users  in the order in which they came
 * @param {Media[]} media
 * @param {{selfId: string, audioOnly: boolean}} options  audioOnly: people without video are subjects
 * @returns {Subject[]}
 */
export function subjects(users, media, { selfId, audioOnly }) {
  const all = [...users].filter((user) => !isRecorder(user));
  /** @type {Subject[]} */
  const people = [];
  /** @type {Subject[]} */
  const screens = [];
  for (const { id, permissions } of all) {
    const own = media.filter(({ source }) => source === id);
    const [first, ...more] = own.filter((stream) => !isScreen(stream));
    const self = id === selfId && permissions.includes('present');
    // Whoever sends is a subject, if only to be heard; those who send nothing, in small groups.
    if (first !== undefined || self || (audioOnly && all.length <= EVERYBODY)) {
      people.push({
        key: `user:${id}`,
        userId: id,
        kind: 'person',
        mediaId: first?.id ?? '',
        video: first?.video ?? false,
        number: more.length > 0 ? 1 : 0,
      });
    }
    for (const [index, other] of more.entries()) {
      people.push({
        key: `more:${other.localId}`,
        userId: id,
        kind: 'person',
        mediaId: other.id,
        video: other.video,
        number: index + 2,
      });
    }
    // Oneself one sees on the screen itself; in a tile it would show itself in itself.
    const shared = id === selfId ? [] : own.filter(isScreen);
    for (const [index, screen] of shared.entries()) {
      screens.push({
        key: `screen:${screen.localId}`,
        userId: id,
        kind: 'screen',
        mediaId: screen.id,
        video: screen.video,
        number: shared.length > 1 ? index + 1 : 0,
      });
    }
  }
  return [...screens, ...people];
}

/** @param {{label: string}} stream */
export function isScreen({ label }) {
  return label === 'screenshare' || label === 'video';
}
