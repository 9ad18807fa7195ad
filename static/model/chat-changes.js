// @ts-check
/**
 * Changes that one asks for of messages that were said, and whether one can. Editing, deleting and reacting are
 * extensions of the protocol (protocol/README.md); a server that has them says so in its status.
 */

/** @typedef {import('./chat.js').Entry} Entry */
/** @typedef {import('./room.js').Room} Room */

/** Whether the server knows this message, and that it may be changed. @param {Room} room @param {Entry} entry */
function isKept(room, { id, dest, kind }) {
  return room.status.canChangeChat === true && room.can('message') && id !== '' && dest === '' && kind !== 'note';
}

/** @param {Room} room @param {Entry} entry */
export function canReact(room, entry) {
  return isKept(room, entry);
}

/** @param {Room} room @param {Entry} entry */
export function canDelete(room, entry) {
  return entry.own && isKept(room, entry);
}

/** @param {Room} room @param {Entry} entry */
export function canEdit(room, entry) {
  return canDelete(room, entry);
}

/** @param {Room} room @param {Entry} entry @param {string} value @returns {boolean} whether it was sent */
export function edit(room, { id, source }, value) {
  return room.connection.groupAction('editchat', { id, userId: source, value });
}

/** @param {Room} room @param {Entry} entry */
export function remove(room, { id, source }) {
  return room.connection.groupAction('deletechat', { id, userId: source });
}

/** Reacts, or takes the same reaction back. @param {Room} room @param {Entry} entry @param {string} reaction */
export function react(room, { id, source, reactions }, reaction) {
  const on = !reactions.get(reaction)?.includes(room.username);
  return room.connection.groupAction('react', { id, userId: source, reaction, on });
}
