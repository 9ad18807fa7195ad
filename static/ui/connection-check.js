// @ts-check
/** The connection test as people see it: a button, what was found, and what it means in words. */
import { number, percent, t, text } from '../base/texts.js';
import { testConnection, TestRefused } from '../media/connection-test.js';
import { verdict } from '../model/verdict.js';
import { el } from '../base/dom.js';
import { openDialog } from './dialog.js';

/** @typedef {import('../model/verdict.js').Figures} Figures */
/** @typedef {import('../model/verdict.js').Path} Path */

/** The test, to be put into a form. @param {import('./context.js').App} app @param {AbortSignal} gone */
export function connectionCheck(app, gone) {
  const found = el('ul', { class: 'check-paths' });
  const told = el('p', { class: 'check-verdict', role: 'status' });
  const button = el('button', { type: 'button', class: 'button small', id: 'check-run' }, t('check.run'));
  /** @param {Path} path @param {boolean} open */
  const tried = (path, open) =>
    found.append(
      el(
        'li',
        { class: open ? 'open' : 'shut', 'data-path': path },
        text(open ? `check.${path}.open` : `check.${path}.shut`),
      ),
    );
  const run = async () => {
    button.disabled = true;
    found.replaceChildren();
    told.textContent = t('check.running');
    try {
      const url = `${app.config.base}connection-test`;
      const { rtcConfiguration: configuration } = app.room.connection;
      show(await testConnection({ url, configuration, signal: gone, tried }), found, told);
    } catch (error) {
      if (!gone.aborted) told.textContent = t(mayWork(error) ? 'check.busy' : 'check.failed');
    }
    button.disabled = false;
  };
  button.addEventListener('click', () => void run());
  return el('div', { class: 'check' }, button, found, told);
}

/** The same in a dialog of its own. @param {import('./context.js').App} app */
export function openConnectionCheck(app) {
  const gone = new AbortController();
  openDialog(
    t('check.title'),
    [el('p', { class: 'hint' }, t('check.hint')), connectionCheck(app, gone.signal)],
    { id: 'check-dialog', onclose: () => gone.abort() },
  );
}

/** @param {unknown} error */
function mayWork(error) {
  return error instanceof TestRefused && error.retry;
}

/** @param {Figures} figures @param {HTMLElement} found @param {HTMLElement} told */
function show(figures, found, told) {
  const { quality, warnings } = verdict(figures);
  if (figures.rate)
    found.append(
      el('li', {}, t('check.rate', { rate: number(figures.rate / 1e6, { maximumSignificantDigits: 2 }) })),
      el('li', {}, t('check.roundTrip', { ms: Math.max(1, Math.round(1000 * figures.roundTrip)) })),
      el('li', {}, t('check.lost', { loss: percent(figures.loss) })),
    );
  const said = [`check.is.${quality}`, ...warnings.map((warning) => `check.${warning}`)];
  told.replaceChildren(...said.map((key) => el('span', {}, text(key))));
  told.dataset.quality = quality;
}
