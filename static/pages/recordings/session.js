/**
 * How one signs in to the recordings page: as somebody who may record in its group.
 * @module
 */

import { Api, send } from '../../base/api.js';
import { authorization } from '../../base/basic.js';
import { forgetSession, keptSession, openSession } from '../../base/recording-session.js';
import { t } from '../../base/texts.js';

/** @param {string} base @param {string} group @returns {import('../../base/sign-in.js').Session} */
export function recorders(base, group) {
  const open = async (/** @type {{username?: string, password?: string, token?: string}} */ shown) =>
    Api.withToken(base, await openSession(base, group, authorization(shown), send));
  return {
    hint: t('recordings.hint'),
    resume: async () => {
      const token = keptSession(group);
      if (!token) return null;
      try {
        return await open({ token });
      } catch {
        forgetSession(group);
        return null;
      }
    },
    enter: (username, password) => open({ username, password }),
  };
}
