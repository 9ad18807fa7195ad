// @ts-check
/** How tiles are called: by their person, and by a number where somebody shows several screens or cameras. */
import { t } from '../base/texts.js';

/** @param {Pick<import('../model/subjects.js').Subject, 'kind' | 'number'>} subject @param {string} name @param {boolean} own */
export function subjectName({ kind, number }, name, own) {
  if (kind === 'person') {
    const who = own ? t('stage.self', { name }) : name;
    return number ? t('stage.camera.number', { name: who, number }) : who;
  }
  if (own) return number ? t('stage.screen.own.number', { number }) : t('stage.screen.own');
  return number ? t('stage.screen.number', { name, number }) : t('stage.screen', { name });
}
