// @ts-check
/** Puts the filters' panel into the page: its texts and its storage are the page's. */
import { text } from '../i18n/index.js';
import { createFilterPanel } from './filter-panel.js';

/** @param {import('./context.js').App} app */
export function mountFilterPanel(app) {
  return createFilterPanel(app.camera, text, app.settings);
}
