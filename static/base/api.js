/**
 * The admin API as functions, with a name and a password (Basic) or a token (Bearer), of which this keeps nothing.
 * Every failure is an `ApiError` with a sentence for people.
 * @module
 */

import { basic } from './basic.js';
import { t } from './texts.js';

export class ApiError extends Error {
  /**
   * @param {number} status HTTP status, 0 when the server was not reached
   * @param {string} message
   */
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

/** @typedef {{value: any, etag: string}} Tagged */

export class Api {
  /**
   * @param {string} base the server's root, relative or absolute, ending in a slash
   * @param {string} username with a password
   * @param {string} password
   */
  constructor(base, username, password) {
    this.root = `${base}galene-api/v0/`;
    this.authorization = basic(username, password);
    /** Instead of name and password, '' if there is none. */
    this.token = '';
  }

  /** @param {string} base @param {string} token */
  static withToken(base, token) {
    const api = new Api(base, '', '');
    api.token = token;
    api.authorization = `Bearer ${token}`;
    return api;
  }

  /**
   * @param {string} method
   * @param {string} path
   * @param {{body?: unknown, text?: string, type?: string, headers?: Record<string, string>}} [options]
   * @returns {Promise<Response>}
   */
  async request(method, path, { body, text, type, headers = {} } = {}) {
    /** @type {RequestInit} */
    const init = { method, headers: { ...headers, Authorization: this.authorization }, cache: 'no-store', credentials: 'omit' };
    if (body !== undefined || text !== undefined) {
      init.body = text ?? JSON.stringify(body);
      /** @type {Record<string, string>} */ (init.headers)['Content-Type'] = type ?? (text === undefined ? 'application/json' : 'text/plain');
    }
    return send(this.root + path, init);
  }

  /** @param {string} path @returns {Promise<any>} */
  async get(path) {
    return (await this.request('GET', path)).json();
  }

  /** A value with its version, to be given back to `put`. @param {string} path @returns {Promise<Tagged>} */
  async fetch(path) {
    const response = await this.request('GET', path);
    return { value: await response.json(), etag: response.headers.get('ETag') ?? '' };
  }

  /**
   * Write over the version that was read; with an empty `etag`, create.
   * @param {string} path @param {unknown} body @param {string} etag
   */
  async put(path, body, etag) {
    await this.request('PUT', path, { body, headers: etag ? { 'If-Match': etag } : { 'If-None-Match': '*' } });
  }

  /** @param {string} path @param {string} [etag] */
  async remove(path, etag) {
    await this.request('DELETE', path, etag ? { headers: { 'If-Match': etag } } : {});
  }
}

/** An answer that is not a refusal, else an ApiError. @param {string} url @param {RequestInit} init */
export async function send(url, init) {
  let response;
  try {
    response = await fetch(url, init);
  } catch {
    throw new ApiError(0, t('page.unreachable'));
  }
  if (!response.ok) throw new ApiError(response.status, await explain(response));
  return response;
}

/** @param {string} name @returns {string} a group's path below the API's root */
export function groupPath(name) {
  return `.groups/${name.split('/').map(encodeURIComponent).join('/')}`;
}

/**
 * @param {string} group
 * @param {string} user a user's name, or the special names `.wildcard-user` and `.empty-user`
 * @param {boolean} special
 * @returns {string}
 */
export function userPath(group, user, special) {
  return `${groupPath(group)}/${special ? user : `.users/${encodeURIComponent(user)}`}`;
}

/** @param {Response} response @returns {Promise<string>} */
async function explain(response) {
  if (response.status === 412) return t('page.changedMeanwhile');
  const type = response.headers.get('Content-Type') ?? '';
  const said = type.startsWith('text/html') ? '' : (await response.text()).trim();
  // As with Galène, both are 401.
  if (response.status === 401) return said.includes('writableGroups') ? t('page.readOnly') : t('page.unauthorised');
  return said || t('page.refused', { status: String(response.status) });
}
