// @ts-check
/**
 * What is asked over HTTP before a group is joined: its status, and its authorisation server if it has one.
 */

/** @typedef {import('./types.js').GroupStatus} GroupStatus */
/** @typedef {import('./types.js').Credentials} Credentials */

/** Milliseconds for an answer. */
const REQUEST_MS = 15_000;

/** A request over HTTP was refused or failed; `status` is 0 when there was no answer. */
export class RequestError extends Error {
  /** @param {string} message @param {number} status */
  constructor(message, status) {
    super(message);
    this.status = status;
  }
}

/**
 * The status of the group at this address.
 * @param {string} location  the group's page, with its trailing slash
 * @returns {Promise<GroupStatus>}
 */
export async function fetchStatus(location) {
  const response = await get(new URL('.status', location).href, { cache: 'no-cache' });
  if (!response.ok) throw new RequestError(`${response.status} ${response.statusText}`, response.status);
  const status = await response.json();
  if (status === null || typeof status !== 'object') throw new RequestError('not a status', response.status);
  return status;
}

/**
 * The fields of a `join` message for these credentials; asks the authorisation server when there is one.
 * @param {Credentials} credentials
 * @returns {Promise<{username?: string, password?: string, token?: string}>}
 */
export async function joinFields(credentials) {
  const { username, password = '', token, authServer, location } = credentials;
  if (token) return username ? { username, token } : { token };
  if (!authServer) return { username: username ?? '', password };
  const response = await get(authServer, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ location, username: username ?? '', password }),
  });
  if (response.status === 204) return { username: username ?? '', password };
  if (!response.ok) throw new RequestError(`${response.status} ${response.statusText}`, response.status);
  const signed = (await response.text()).trim();
  if (!signed) throw new RequestError('an empty token', response.status);
  return { username: username ?? '', token: signed };
}

/** @param {string} url @param {RequestInit} init */
async function get(url, init) {
  try {
    return await fetch(url, { ...init, signal: AbortSignal.timeout(REQUEST_MS) });
  } catch (error) {
    throw new RequestError(String(error), 0);
  }
}
