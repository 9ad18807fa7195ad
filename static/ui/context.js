// @ts-check
/**
 * What every component gets: the stores and services of this page. Types only.
 *
 * @typedef {object} Config  what the page says about itself (data-* of #app)
 * @property {string} group
 * @property {string} title
 * @property {string} description
 * @property {string} location   the group's page, without query
 * @property {string} base       the server's root
 * @property {string} site       the server's name, '' if it has none
 * @property {string} logo       address of its logo, '' if it has none
 * @property {string} token      of the invitation, '' if none
 *
 * @typedef {object} App
 * @property {Config} config
 * @property {import('../model/room.js').Room} room
 * @property {import('../model/settings.js').Settings} settings
 * @property {import('../media/publisher.js').Publisher} publisher
 * @property {import('../media/camera.js').Camera} camera
 * @property {import('../media/devices.js').Devices} devices
 * @property {() => boolean} saving   whether power is to be saved
 * @property {import('../media/file-player.js').FilePlayer} player
 * @property {import('./toasts.js').Toasts} toasts
 * @property {import('../model/presence.js').Presence} presence
 */
export {};
