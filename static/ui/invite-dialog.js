// @ts-check
/** @param {import('./context.js').App} app */
export function openInvitations(app) { void app; }
