// @ts-check
/** Words for a device that could not be had. */
import { has, text, t } from '../base/texts.js';

/** @param {{device: 'camera' | 'microphone' | 'screen', reason: import('../media/errors.js').DeviceFailure}} failure */
export function deviceText({ device, reason }) {
  if (reason === 'insecure') return t('device.insecure');
  if (reason === 'unsupported') return t('device.unsupported');
  const key = `device.${device}.${reason}`;
  return text(has(key) ? key : `device.${device}.other`);
}
