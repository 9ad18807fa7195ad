import { TIGHTNESS, numberOf } from './filter.js';

/** Below this strength it is a light one. */
const LIGHT = 0.35;

/** Background blur. @type {import('./filter.js').Filter} */
export const blur = {
  id: 'blur',
  slot: 'background',
  segments: true,
  looks: [
    { name: 'light', params: { strength: 0.2 }, chosen: ({ strength }) => Number(strength) < LIGHT },
    { name: 'strong', params: { strength: 0.6 }, chosen: ({ strength }) => Number(strength) >= LIGHT },
  ],
  defaults: { strength: 0.5, tightness: 0 },
  controls: [{ key: 'strength', kind: 'range', min: 0, max: 1, step: 0.05 }, TIGHTNESS],
  layer: (params) => ({
    kind: 'blur',
    strength: numberOf(params, 'strength', 0, 1),
    tightness: numberOf(params, 'tightness', -1, 1),
    wrap: 0,
  }),
};
