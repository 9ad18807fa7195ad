/**
 * Who is signed in, for all administration pages of one tab. The password is used once, for a token of the whole
 * server that ends by itself; the tab keeps the token, never the password. Where the server makes no token (groups
 * are not writable, or the account administers one group only) or nothing may be stored, a page asks again.
 * @module
 */

import { Api } from './api.js';
import { t } from './texts.js';

const KEY = 'galene-py.admin';
/** Milliseconds after which an administrator signs in again. */
const LASTS_MS = 12 * 3_600_000;
const TOKENS = '.groups/.tokens/';

/**
 * @param {string} base the server's root, ending in a slash
 * @param {string} probe an address that administrators alone may get
 * @returns {import('./sign-in.js').Session}
 */
export function administrators(base, probe) {
  return {
    hint: t('page.signInHint'),
    resume: async () => {
      const known = kept(base);
      if (known && (await known.get(probe).then(() => true, () => false))) return known;
      forget();
      return null;
    },
    enter: async (name, password) => {
      const api = new Api(base, name, password);
      await api.get(probe);
      return keep(base, api);
    },
  };
}

/** @param {string} base @returns {Api | null} */
export function kept(base) {
  try {
    const token = sessionStorage.getItem(KEY);
    return token ? Api.withToken(base, token) : null;
  } catch {
    return null;
  }
}

/**
 * @param {string} base
 * @param {Api} api  with a password
 * @returns {Promise<Api>} what to use from now on
 */
export async function keep(base, api) {
  try {
    const expires = new Date(Date.now() + LASTS_MS).toISOString();
    const made = await api.request('POST', TOKENS, { body: { permissions: ['admin'], includeSubgroups: true, expires } });
    const token = (made.headers.get('Location') ?? '').split('/').at(-1) ?? '';
    if (!token) return api;
    sessionStorage.setItem(KEY, decodeURIComponent(token));
    return Api.withToken(base, decodeURIComponent(token));
  } catch {
    return api;
  }
}

/** The token is no longer valid. */
export function forget() {
  try {
    sessionStorage.removeItem(KEY);
  } catch {
    // nothing was kept
  }
}

/** @param {Api} api */
export async function signOut(api) {
  forget();
  if (api.token) await api.remove(`${TOKENS}${encodeURIComponent(api.token)}`).catch(() => {}); // it ends by itself
}
