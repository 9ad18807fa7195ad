// @ts-check
/** The choice of how the stage is arranged; what is chosen is remembered on this device. */
import { t, text } from '../base/texts.js';
import { el } from '../base/dom.js';
import { CHOICES } from '../model/settings.js';
import { canOpenWindow } from './small-window.js';

/** @typedef {import('./menu.js').Entry} Entry */

/** @type {Record<string, import('./icons.js').IconName>} */
const PICTURES = { auto: 'auto', grid: 'grid', speaker: 'speaker', presentation: 'presentation' };

/**
 * @param {import('./context.js').App} app
 * @param {{pinned: number, unpinAll: () => void, window: () => void}} stage
 * @returns {Entry[]}
 */
export function layoutItems({ settings }, { pinned, unpinAll, window }) {
  /** @param {'layout' | 'self'} key @returns {Entry[]} */
  const choices = (key) => [
    { label: '', custom: el('p', { class: 'menu-heading', role: 'presentation' }, t(`settings.${key}`)) },
    ...CHOICES[key].map((value) => ({
      label: text(`settings.${key}.${value}`),
      ...(key === 'layout' ? { sign: PICTURES[value] } : {}),
      checked: settings.get(key) === value,
      run: () => settings.set(key, value),
    })),
  ];
  return [
    ...choices('layout'),
    pinned > 1 && { label: t('stage.unpin.all'), icon: 'unpin', run: unpinAll },
    'line',
    ...choices('self'),
    'line',
    {
      label: t('settings.audioOnly'),
      checked: settings.get('audioOnly'),
      toggle: true,
      run: () => settings.set('audioOnly', !settings.get('audioOnly')),
    },
    canOpenWindow() && { label: t('stage.window'), icon: 'pip', run: window },
  ];
}
