/**
 * What the views of the recordings page are given, and what the server tells.
 * @module
 */

/**
 * @typedef {object} Context
 * @property {import('../../base/api.js').Api} api
 * @property {string} group
 * @property {string} page the address below which the files are, ending in a slash
 * @property {AbortSignal} over  aborted when another view is shown
 * @property {(text: string, good?: boolean) => void} say shows a message above the view
 * @property {(reason: unknown) => void} fail shows what went wrong, or asks to sign in again
 * @property {() => void} deleted shows the list, and that the recording is gone
 */
/**
 * @typedef {object} Entry a recording in short, as the API tells
 * @property {string} name
 * @property {string} start
 * @property {'recording' | 'complete' | 'stopped' | 'interrupted' | 'unfinished' | 'unknown'} state
 * @property {string} reason
 * @property {string} by
 * @property {number | null} duration seconds
 * @property {number} bytes
 * @property {{name: string, bytes: number}[]} files
 * @property {string[]} people
 * @property {number} peopleCount
 * @property {boolean} chat
 * @property {Film | null} [film] null: nobody asked for one; left out: the server makes none
 */
/**
 * @typedef {{state: 'waiting'} | {state: 'running', progress: number} | {state: 'failed', why: string}
 *   | {state: 'done', file: string}} Film
 */
/**
 * @typedef {object} File of the recording's JSON file
 * @property {string} name
 * @property {string} client
 * @property {string} username
 * @property {string} label
 * @property {number} offset
 * @property {number | null} duration
 * @property {number} bytes
 * @property {string} audio
 * @property {string} video
 */
/**
 * @typedef {object} About the recording's JSON file
 * @property {number} version
 * @property {File[]} files
 * @property {{id: string, username: string, joined: number, left: number | null}[]} people
 * @property {{client: string, start: number, end: number}[]} spoken
 * @property {{time: number, username: string, kind: string, value: unknown}[] | null} chat
 * @property {number | null} duration
 */

/** @param {string} group @param {string} [name] @returns {string} a recording's path below the API's root */
export function recordingPath(group, name = '') {
  const segments = group.split('/').map(encodeURIComponent).join('/');
  return `.groups/${segments}/.recordings/${encodeURIComponent(name)}`;
}

export {};
