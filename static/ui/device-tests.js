// @ts-check
/**
 * In the settings: tests whether the microphone picks up sound and the speaker plays it. Opens the microphone for the
 * test when it is not in use, and closes it with the test.
 */
import { t } from '../base/texts.js';
import { LevelMeter } from '../media/level.js';
import { playTest } from '../media/sounds.js';
import { el } from '../base/dom.js';

const LOOK_MS = 80;

/** @param {import('./context.js').App} app @param {AbortSignal} gone */
export function microphoneTest(app, gone) {
  const bar = el('meter', { min: '0', max: '1', value: '0', 'aria-label': t('settings.test.mic.level'), hidden: true });
  const told = el('p', { class: 'hint', role: 'status' });
  const button = el('button', { type: 'button', class: 'button small', onclick: () => void toggle() }, t('settings.test.mic'));
  /** @type {(() => void) | null} */
  let stop = null;
  /** @type {MediaStreamTrack | null} */
  let track = null;
  const toggle = async () => {
    if (stop) return stop();
    try {
      track = await open(app);
      // The dialog may have been closed, or the button pressed again, while the browser asked.
      if (gone.aborted || stop) return track.stop();
      follow(new LevelMeter(track));
    } catch (error) {
      track?.stop();
      told.textContent = t('settings.test.failed', { text: error instanceof Error ? error.message : String(error) });
    }
    return undefined;
  };
  /** @param {LevelMeter} meter */
  const follow = (meter) => {
    const timer = setInterval(() => (bar.value = Math.min(1, meter.read() * 2)), LOOK_MS);
    stop = () => {
      clearInterval(timer);
      meter.close();
      track?.stop();
      stop = null;
      bar.hidden = true;
      told.textContent = '';
      button.textContent = t('settings.test.mic');
    };
    bar.hidden = false;
    told.textContent = t('settings.test.mic.hint');
    button.textContent = t('settings.test.mic.stop');
  };
  gone.addEventListener('abort', () => stop?.());
  return el('div', { class: 'device-test' }, button, bar, told);
}

/** A track of the chosen microphone, whether or not it is in use. @param {import('./context.js').App} app */
async function open({ settings, publisher }) {
  if (publisher.microphone.track) return publisher.microphone.track.clone();
  const deviceId = settings.get('microphone');
  const audio = deviceId ? { deviceId: { ideal: deviceId } } : true;
  return (await navigator.mediaDevices.getUserMedia({ audio })).getAudioTracks()[0];
}

/** @param {import('./context.js').App} app */
export function speakerTest(app) {
  const told = el('p', { class: 'hint', role: 'status' });
  const run = () =>
    playTest(app.settings.get('speaker')).then(
      () => (told.textContent = ''),
      (error) => (told.textContent = t('settings.test.failed', { text: error.message })),
    );
  return el(
    'div',
    { class: 'device-test' },
    el('button', { type: 'button', class: 'button small', onclick: () => void run() }, t('settings.test.speaker')),
    told,
  );
}
