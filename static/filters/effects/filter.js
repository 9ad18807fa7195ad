/**
 * What a filter is. To add one: write a file like `light.js` (the example, under 60 lines), and add it to the
 * list in `registry.js`; the panel, the storage and the pipeline need not know it.
 *
 * A filter only describes. It gets no camera, no worker and no track, so that no filter can publish anything:
 * the pipeline decides what leaves.
 *
 * @typedef {Record<string, number | string | boolean>} Params values of its controls; kept on the device
 *
 * @typedef {object} Control one thing that people can set
 * @property {string} key in Params, and `filter.<id>.<key>` in the table of texts
 * @property {'range' | 'choice' | 'switch' | 'colour'} kind
 * @property {number} [min] of a range
 * @property {number} [max]
 * @property {number} [step]
 * @property {readonly (string | number)[]} [values] of a choice, texts are `filter.<id>.<key>.<value>`
 * @property {(params: Params) => boolean} [shown] whether it makes sense with the other values
 *
 * @typedef {import('../contract.js').LayerSpec} LayerSpec
 *
 * @typedef {object} Orientation
 * @property {boolean} mirrorX left and right exchanged
 * @property {boolean} mirrorY up and down exchanged
 * @property {0 | 90 | 180 | 270} rotate degrees clockwise
 *
 * @typedef {object} Behind a picture behind the person
 * @property {string} key changes when the picture does
 * @property {(context: OffscreenCanvasRenderingContext2D, width: number, height: number) => void} draw fills
 *   the whole canvas, opaque
 *
 * @typedef {object} Look one of the ways of a background that are offered side by side
 * @property {string} name its text is `filter.<id>.look.<name>`
 * @property {Params} params
 * @property {(params: Params) => boolean} chosen whether it is this one
 *
 * @typedef {object} Filter
 * @property {string} id unique; `filter.<id>` is its name in the table of texts
 * @property {'background' | 'mirror' | 'rotate' | 'look'} slot filters of one slot exclude each other
 * @property {boolean} segments whether it needs the person's outline: then no frame without it ever leaves
 * @property {Params} defaults
 * @property {readonly Control[]} controls
 * @property {readonly Look[]} [looks] of a background
 * @property {(params: Params) => boolean} [active] whether it does anything with these values; default: yes
 * @property {(params: Params) => LayerSpec} [layer] must be there when it segments
 * @property {(params: Params) => Behind | null} [behind] for layers of kind `cut`; null: not loaded yet, the
 *   background is blurred meanwhile
 * @property {(params: Params) => Promise<void>} [prepare] loads what `behind` needs
 * @property {(params: Params) => string} [lack] why it does less than it should, known once prepared: a key below
 *   `filter.reason.`, or ''
 * @property {(params: Params) => Partial<Orientation>} [orient]
 * @property {(context: CanvasRenderingContext2D, width: number, height: number, params: Params) => void} [paint]
 *   draws over the finished picture
 */

/**
 * A parameter as a number inside bounds, whatever was stored.
 * @param {Params} params
 * @param {string} key
 * @param {number} low
 * @param {number} high
 */
export function numberOf(params, key, low, high) {
  const value = Number(params[key]);
  return Number.isFinite(value) ? Math.min(high, Math.max(low, value)) : low;
}

/** How closely the outline is cut; shared by all filters that segment. @type {Control} */
export const TIGHTNESS = { key: 'tightness', kind: 'range', min: -1, max: 1, step: 0.1 };
