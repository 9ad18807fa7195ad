/** Mirror and rotate: they change where each pixel goes, nothing else. */

/** @type {import('./filter.js').Filter} */
export const mirror = {
  id: 'mirror',
  slot: 'mirror',
  segments: false,
  defaults: { horizontal: false, vertical: false },
  controls: [
    { key: 'horizontal', kind: 'switch' },
    { key: 'vertical', kind: 'switch' },
  ],
  active: (params) => params.horizontal === true || params.vertical === true,
  orient: (params) => ({ mirrorX: params.horizontal === true, mirrorY: params.vertical === true }),
};

/** @type {readonly (0 | 90 | 180 | 270)[]} */
const ANGLES = [0, 90, 180, 270];

/** @type {import('./filter.js').Filter} */
export const rotate = {
  id: 'rotate',
  slot: 'rotate',
  segments: false,
  defaults: { angle: 0 },
  controls: [{ key: 'angle', kind: 'choice', values: ANGLES }],
  active: (params) => angleOf(params) !== 0,
  orient: (params) => ({ rotate: angleOf(params) }),
};

/** @param {import('./filter.js').Params} params */
function angleOf(params) {
  return ANGLES.find((angle) => angle === Number(params.angle)) ?? 0;
}
