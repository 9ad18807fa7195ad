// @ts-check
/** The server's word on messages that were changed or reacted to; what is no such word is passed over. */

/** @param {import('./chat.js').Chat} chat @param {'editchat' | 'reaction'} kind @param {any} told */
export function heardChange(chat, kind, told) {
  const { id, userId, value, reaction, on, name } = Object(told);
  if (typeof id !== 'string' || typeof userId !== 'string') return;
  if (kind === 'editchat') {
    if (typeof value === 'string') chat.edit({ id, userId, value });
  } else if (typeof reaction === 'string' && typeof name === 'string') {
    chat.react({ id, userId, reaction, on: on === true, name });
  }
}
