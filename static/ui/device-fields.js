// @ts-check
/** A labelled choice of camera, microphone or speaker that follows what is plugged in. */
import { t } from '../base/texts.js';
import { canChooseSpeaker } from '../media/devices.js';
import { el, uniqueId } from '../base/dom.js';

/**
 * @param {import('./context.js').App} app
 * @param {'camera' | 'microphone' | 'speaker'} kind
 * @param {AbortSignal} [gone]  stops following
 */
export function deviceField(app, kind, gone) {
  const id = uniqueId(`device-${kind}`);
  const label = el('label', { for: id }, t(`device.${kind}`));
  const select = el('select', {
    id,
    'data-device': kind,
    onchange: () => app.settings.set(kind, select.value),
  });
  const fill = () => {
    const devices = app.devices.lists[kind].filter((device) => device.id !== 'default');
    const chosen = app.settings.get(kind);
    const entries = devices.map(({ id: value, label: name }) =>
      el(
        'option',
        { value, dir: 'auto' },
        /^\d+$/.test(name) ? t('device.unnamed', { kind: t(`device.${kind}`), number: name }) : name,
      ),
    );
    select.replaceChildren(
      el('option', { value: '' }, t(devices.length ? 'device.default' : 'device.none')),
      ...entries,
    );
    select.value = devices.some((device) => device.id === chosen) ? chosen : '';
    select.disabled = devices.length === 0;
  };
  if (kind === 'speaker' && !canChooseSpeaker()) {
    return el(
      'div',
      { class: 'field' },
      el('span', { class: 'label' }, t('device.speaker')),
      el('p', { class: 'hint' }, t('device.speaker.browser')),
    );
  }
  const stops = [
    app.devices.on('change', fill),
    app.settings.on('change', (key) => {
      if (key === kind) select.value = app.settings.get(kind);
    }),
  ];
  gone?.addEventListener('abort', () => stops.forEach((stop) => stop()));
  fill();
  return el('div', { class: 'field' }, label, select);
}
