// @ts-check
/**
 * Tells the person what became of the filter while its panel is not open: that others see a blurred picture only,
 * and why. What lasts only a moment is not mentioned.
 */
import { t, text } from '../base/texts.js';

/** @typedef {import('../media/camera.js').Status} Status */

const KEY = 'filter';
/** Milliseconds after which it is told; at once when nothing will change by itself. @type {Record<string, number>} */
const TOLD_AFTER_MS = { loading: 4000, closed: 2000, failed: 0, running: 0 };

/**
 * @param {EventTarget & {readonly status: Status, retry(): void}} camera
 * @param {Pick<import('./toasts.js').Toasts, 'show' | 'dismiss'>} toasts
 * @param {() => boolean} quiet  whether it is said elsewhere already
 */
export function tellOfFilter(camera, toasts, quiet) {
  let before = 'off ';
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  const tell = () => {
    const { state, reason } = camera.status;
    if (quiet()) return;
    const failed = state === 'failed';
    toasts.show(failed ? 'error' : state === 'loading' ? 'info' : 'warning', filterWords(state, reason), {
      key: KEY,
      sticky: state !== 'running',
      ...(failed ? { action: { label: t('toast.retry'), run: () => camera.retry() } } : {}),
    });
  };
  camera.addEventListener('status', () => {
    const { state, reason } = camera.status;
    if (`${state} ${reason}` === before) return;
    before = `${state} ${reason}`;
    clearTimeout(timer);
    toasts.dismiss(KEY);
    const unsaid = state === 'off' || (state === 'running' && reason === '');
    if (!unsaid) timer = setTimeout(tell, TOLD_AFTER_MS[state]);
  });
}

/** What others see at the moment, and why. @param {string} state @param {string} reason */
export function filterWords(state, reason) {
  const seen = text(`filter.state.${state}`);
  return reason ? t('filter.because', { state: seen, reason: text(`filter.reason.${reason}`) }) : seen;
}
