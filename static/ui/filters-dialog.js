// @ts-check
/** The dialog in which the filters' own panel is shown; the panel is loaded when it is first wanted. */
import { loadTexts, t } from '../base/texts.js';
import { openDialog } from './dialog.js';
import { el } from '../base/dom.js';

/** @param {import('./context.js').App} app */
export async function openFilters(app) {
  const place = el('div', { class: 'filters-place' });
  const dialog = openDialog(t('filters.title'), [place], { side: true, id: 'filters-dialog' });
  const told = el('p', { class: 'hint', role: 'status' }, t('filters.loading'));
  place.append(told);
  const panel = await Promise.all([import('./filter-panel.js'), loadTexts('filters')]).then(([found]) => found, () => null);
  if (!dialog.open) return;
  if (!panel) {
    told.replaceWith(el('p', { class: 'form-error', role: 'alert' }, t('filters.failed')));
    return;
  }
  place.replaceChildren(panel.createFilterPanel(app.camera, app.settings, app.settings.get('mirror')));
}
