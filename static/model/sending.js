// @ts-check
/** With what a stream is sent: how many bits, and in how many sizes. Pure. */
import { HIGH_QUALITY_AUDIO, SEND_RATES } from './settings.js';

/** @typedef {Pick<import('./settings.js').Settings, 'get'>} Choices */

/** Others in the group from which two sizes of the video are worth sending. */
const SIMULCAST_OTHERS = 2;

/** bit/s, 0 is no limit; a screen gets more, because text must be readable. @param {Choices} settings @param {'camera' | 'screenshare'} label */
export function videoRate(settings, label) {
  const rate = SEND_RATES[settings.get('send')];
  if (label === 'camera') return settings.get('blackboard') ? rate * 2 : rate;
  return rate >= SEND_RATES.normal ? 0 : rate * 2;
}

/** bit/s, undefined where the browser decides. @param {Choices} settings */
export function audioRate(settings) {
  return settings.get('highQualityAudio') ? HIGH_QUALITY_AUDIO : undefined;
}

/** Whether to send two sizes in a group of so many people, ourselves among them. @param {Choices} settings @param {number} people */
export function twoSizes(settings, people) {
  const choice = settings.get('simulcast');
  return choice === 'auto' ? people - 1 >= SIMULCAST_OTHERS : choice === 'on';
}
