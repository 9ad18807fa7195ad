/**
 * Deleting a recording, with a question.
 * @module
 */

import { el } from '../../base/dom.js';
import { ask } from '../../base/forms.js';
import { t } from '../../base/texts.js';
import { recordingPath } from './context.js';
import { moment, size } from './format.js';

/** @typedef {import('./context.js').Context} Context */
/** @typedef {import('./context.js').Entry} Entry */

/** @param {Context} context @param {Entry} entry */
export async function askToDelete({ api, group, deleted }, { name, start, bytes }) {
  const question = t('recordings.delete.question', { when: moment(start).full, size: size(bytes) });
  const done = await ask({
    title: t('recordings.delete.title'),
    body: [el('p', {}, question)],
    confirm: t('page.remove'),
    cancel: t('page.cancel'),
    danger: true,
    submit: async () => {
      await api.remove(recordingPath(group, name));
      return true;
    },
  });
  if (done) deleted();
}

/** @param {Context} context @param {Entry} entry @returns {HTMLElement} */
export function deleteButton(context, entry) {
  const label = t('recordings.deleteWhich', { when: moment(entry.start).full });
  return el('button', { class: 'danger', 'aria-label': label, disabled: entry.state === 'recording', onclick: () => void askToDelete(context, entry) },
    t('page.remove'));
}
