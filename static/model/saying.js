// @ts-check
/** Says something in a room: to everybody, to one person, as an answer. */
import { canReact } from './chat-changes.js';
import { quoting } from './chat-text.js';

/** @typedef {import('./room.js').Room} Room */
/** @typedef {import('./chat.js').Entry} Entry */

/**
 * @param {Room} room
 * @param {string} text
 * @param {{dest?: string, answers?: Entry | null}} [options]  dest: id of the one person who shall read it
 * @returns {boolean} whether it was sent
 */
export function speak(room, text, { dest = '', answers = null } = {}) {
  // Whoever does not know what is answered sees a quotation.
  const known = answers !== null && canReact(room, answers) && dest === '';
  const value = answers && !known ? quoting(answers, text) : text;
  const replyTo = known ? answers.id : '';
  if (!room.connection.chat(value, { dest, replyTo })) return false;
  // The server sends private messages to their addressee only.
  if (dest)
    room.chat.add({
      source: room.connection.id,
      username: room.username,
      dest,
      destName: room.users.get(dest)?.username ?? '',
      own: true,
      value,
    });
  return true;
}
