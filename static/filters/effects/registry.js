/**
 * The list of filters, and what a choice of them means for the pipeline. Pure.
 *
 * A choice holds at most one filter per slot, each with its parameters.
 */
import { blur } from './blur.js';
import { image } from './image.js';
import { light } from './light.js';
import { mirror, rotate } from './orientation.js';

/** @typedef {import('./filter.js').Filter} Filter */
/** @typedef {import('./filter.js').Params} Params */
/** @typedef {Partial<Record<Filter['slot'], {id: string, params: Params}>>} Choice */

/** In the order of the panel. @type {readonly Filter[]} */
export const FILTERS = [blur, image, mirror, rotate, light];

/** @param {string} id */
export function filterById(id) {
  return FILTERS.find((filter) => filter.id === id);
}

/**
 * What the pipeline does; made from a choice.
 * @typedef {object} Effects
 * @property {import('./filter.js').LayerSpec | null} layer null: no outline needed
 * @property {import('./filter.js').Behind | null} behind
 * @property {import('./filter.js').Orientation} orientation
 * @property {((context: CanvasRenderingContext2D, width: number, height: number) => void)[]} paints
 * @property {boolean} idle whether the camera's own track would be the same
 */

/**
 * @param {Choice} choice
 * @returns {Effects}
 */
export function effectsOf(choice) {
  /** @type {Effects} */
  const effects = {
    layer: null,
    behind: null,
    orientation: { mirrorX: false, mirrorY: false, rotate: 0 },
    paints: [],
    idle: true,
  };
  for (const { id, params } of Object.values(choice)) {
    const filter = filterById(id);
    if (filter !== undefined && (filter.active?.(params) ?? true)) add(effects, filter, params);
  }
  return effects;
}

/**
 * @param {Effects} effects
 * @param {Filter} filter
 * @param {Params} params
 */
function add(effects, filter, params) {
  effects.idle = false;
  if (filter.layer !== undefined) {
    effects.layer = filter.layer(params);
    effects.behind = filter.behind?.(params) ?? null;
    // The picture is still being loaded: blur meanwhile.
    if (effects.behind === null && effects.layer.kind === 'cut') effects.layer.kind = 'blur';
  }
  Object.assign(effects.orientation, filter.orient?.(params));
  const paint = filter.paint;
  if (paint !== undefined) {
    effects.paints.push((context, width, height) => paint(context, width, height, params));
  }
}

/**
 * Why a filter of the choice does less than it should.
 * @param {Choice} choice
 * @returns {string} key below `filter.reason.`, or ''
 */
export function lackOf(choice) {
  const lacks = Object.values(choice).map(({ id, params }) => filterById(id)?.lack?.(params) ?? '');
  return lacks.find((lack) => lack !== '') ?? '';
}

/**
 * A stored choice as far as it makes sense today: unknown filters and parameters are dropped, but never a
 * background: what people chose for their privacy stays chosen, and one that is not known here is blurred.
 * @param {unknown} stored
 * @returns {Choice}
 */
export function validChoice(stored) {
  /** @type {Choice} */
  const choice = {};
  if (typeof stored !== 'object' || stored === null) return choice;
  for (const [slot, entry] of Object.entries(stored)) {
    if (entry === null) continue;
    const known = filterById(String(entry.id));
    const filter = slot === blur.slot && known?.slot !== blur.slot ? blur : known;
    if (filter !== undefined) {
      choice[filter.slot] = { id: filter.id, params: withDefaults(filter, entry.params) };
    }
  }
  return choice;
}

/**
 * @param {Filter} filter
 * @param {unknown} given
 * @returns {Params}
 */
export function withDefaults(filter, given) {
  const params = { ...filter.defaults };
  if (typeof given !== 'object' || given === null) return params;
  for (const [key, value] of Object.entries(given)) {
    if (key in params && typeof value === typeof params[key]) params[key] = value;
  }
  return params;
}
