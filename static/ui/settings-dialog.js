// @ts-check
/** Settings: devices, what is sent, what is received, how it looks. Each takes effect at once. */
import { languageChoice } from '../base/language.js';
import { t } from '../base/texts.js';
import { obstacle } from '../media/errors.js';
import { connectionCheck } from './connection-check.js';
import { deviceField } from './device-fields.js';
import { microphoneTest, speakerTest } from './device-tests.js';
import { openDialog } from './dialog.js';
import { el } from '../base/dom.js';
import { choiceField, switchField } from './fields.js';

/** @param {import('./context.js').App} app */
export function openSettings(app) {
  void app.devices.refresh();
  const { settings } = app;
  const gone = new AbortController();
  openDialog(
    t('settings.title'),
    [
      el(
        'div',
        { class: 'settings' },
        section(
          t('settings.devices'),
          deviceField(app, 'camera', gone.signal),
          deviceField(app, 'microphone', gone.signal),
          app.publisher.able && !obstacle() && microphoneTest(app, gone.signal),
          deviceField(app, 'speaker', gone.signal),
          'AudioContext' in globalThis && speakerTest(app),
          switchField(settings, 'noiseSuppression', 'settings.noise'),
          switchField(settings, 'highQualityAudio', 'settings.hq', 'settings.hq.hint'),
        ),
        section(
          t('settings.sending'),
          choiceField(settings, 'send', 'settings.send'),
          choiceField(settings, 'simulcast', 'settings.simulcast', 'settings.simulcast.hint'),
          switchField(settings, 'blackboard', 'settings.blackboard', 'settings.blackboard.hint'),
          switchField(settings, 'mirror', 'settings.mirror', 'settings.mirror.hint'),
        ),
        app.publisher.able && section(t('settings.connection'), connectionCheck(app, gone.signal)),
        section(
          t('settings.receiving'),
          choiceField(settings, 'receive', 'settings.receive'),
          switchField(settings, 'audioOnly', 'settings.audioOnly'),
          switchField(settings, 'activity', 'settings.activity'),
        ),
        section(
          t('settings.look'),
          choiceField(settings, 'theme', 'settings.theme'),
          languageField(),
          choiceField(settings, 'layout', 'settings.layout'),
          choiceField(settings, 'self', 'settings.self'),
          choiceField(settings, 'corner', 'settings.corner'),
          switchField(settings, 'sounds', 'settings.sounds'),
          'getBattery' in navigator && switchField(settings, 'savePower', 'settings.savePower', 'settings.savePower.hint'),
        ),
      ),
    ],
    { wide: true, id: 'settings-dialog', onclose: () => gone.abort() },
  );
}

/** A page in a meeting is not loaded again for it. */
function languageField() {
  const hint = el('p', { class: 'hint', role: 'status' });
  const choice = languageChoice(t('settings.language'), (kept) => {
    hint.textContent = t(kept ? 'settings.language.hint' : 'settings.language.lost');
  });
  choice.append(hint);
  return choice;
}

/** @param {string} title @param {...import('../base/dom.js').Child} fields */
function section(title, ...fields) {
  return el('section', { class: 'settings-section' }, el('h3', {}, title), ...fields);
}
