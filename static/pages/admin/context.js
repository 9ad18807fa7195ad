/**
 * What every view of the administration page is given.
 * @module
 */

/**
 * @typedef {object} Context
 * @property {import('../../base/api.js').Api} api
 * @property {string} base the server's root, ending in a slash
 * @property {(text: string, good?: boolean) => void} say shows a message above the view
 * @property {(text?: string) => void} reload draws the view again, with a message of success
 */

export {};
