// @ts-check
/** @param {import('./context.js').App} app */
export function openSettings(app) { void app; }
