// @ts-check
/** The dialog in which the filters' own panel is shown; the panel is loaded when it is first wanted. */
import { has, t, text } from '../i18n/index.js';
import { openDialog } from './dialog.js';
import { el } from './dom.js';

/** @param {import('./context.js').App} app */
export async function openFilters(app) {
  const place = el('div', { class: 'filters-place' });
  const dialog = openDialog(t('filters.title'), [place], { wide: true, id: 'filters-dialog' });
  const { createFilterPanel } = await import('./filter-panel.js');
  if (!dialog.open) return;
  /** @param {string} key @param {Record<string, string>} [values] */
  const table = (key, values) => (has(key) ? text(key, values) : undefined);
  place.append(createFilterPanel(app.camera, table, app.settings));
}
