// @ts-check
/** What people press when they cannot see or hear, or are not seen or heard: new paths for all sound and pictures. */
import { t } from '../base/texts.js';

/** @param {import('./context.js').App} app */
export function reconnectMedia({ publisher, room, toasts }) {
  publisher.restart();
  for (const stream of room.connection.streams.down.values()) stream.restart();
  toasts.show('info', t('toast.anew'), { key: 'anew' });
}
