// @ts-check
/**
 * Signing in to see a group's recordings. A password is used once, for a session of the server: the tab keeps its
 * token, and a cookie that no script can read lets media elements in. Says nothing to people.
 */

/** @typedef {(url: string, init: RequestInit) => Promise<Response>} Ask  rejects where it is refused */

/** @param {string} group */
const key = (group) => `galene-py.recordings/${group}`;

/**
 * Where a group's recordings are.
 * @param {string} base the server's root, ending in a slash @param {string} group
 */
export function recordingsPage(base, group) {
  return `${base}recordings/${group.split('/').map(encodeURIComponent).join('/')}/`;
}

/**
 * Sign in; the tab remembers.
 * @param {string} base @param {string} group
 * @param {string} shown the header of Basic or Bearer
 * @param {Ask} ask
 * @param {Storage} [storage] of which tab
 * @returns {Promise<string>} a token
 */
export async function openSession(base, group, shown, ask, storage) {
  const headers = { Authorization: shown };
  const url = `${recordingsPage(base, group)}.session`;
  // Not without credentials, or the cookie would be thrown away.
  const answer = await ask(url, { method: 'POST', headers, cache: 'no-store', credentials: 'same-origin' });
  const { token } = await answer.json();
  try {
    (storage ?? sessionStorage).setItem(key(group), token);
  } catch {
    // it is asked for again
  }
  return token;
}

/** @param {string} base @param {string} group @param {string} shown @param {Ask} ask */
export async function closeSession(base, group, shown, ask) {
  forgetSession(group);
  const url = `${recordingsPage(base, group)}.session`;
  const init = { method: 'DELETE', headers: { Authorization: shown } };
  await ask(url, { ...init, credentials: 'same-origin' }).catch(() => {}); // it ends after its time
}

/** The token that this tab has kept. @param {string} group @returns {string | null} */
export function keptSession(group) {
  try {
    return sessionStorage.getItem(key(group));
  } catch {
    return null;
  }
}

/** @param {string} group */
export function forgetSession(group) {
  try {
    sessionStorage.removeItem(key(group));
  } catch {
    // nothing was kept
  }
}
