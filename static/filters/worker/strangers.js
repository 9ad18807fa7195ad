// @ts-check
/// <reference path="tidy.js" />
/// <reference path="mask.js" />
/// <reference path="steadier.js" />
/**
 * What the network takes for a person, or half of one, from close by, and for nobody in the whole frame: a lamp, the
 * back of a chair. A classic script, loaded by main.js; pure arithmetic on typed arrays, no canvas, no clock.
 *
 * Only an outline and a look at the whole frame of the same moment are compared; what turns out to be no person is
 * then known by its place, until the next look. So nobody who moves is compared with what was before.
 */

/** So far from everybody, in pixels of the look, which is coarse, what is in doubt counts as nobody. */
const REACH = 4;
/** A look counts if it shows this share of the largest part that surely is a person. */
const TRUSTED = 0.9;
/** A part of the outline belongs to a person if at least this share of it is one in the whole frame, too. */
const SHARED = 0.2;
/** Pixels of a part's soft edge, which goes with it. */
const SOFT = 4;
/** The map of places, cells. */
const ACROSS = 128;
const DOWN = 72;
/** Outlines until places are forgotten, if no look comes. */
const KNOWN_FOR = 60;

/** Owns the map, and what it returns. */
class Strangers {
  constructor() {
    /** How surely nobody is there. @type {Covering} */
    this.nobody = { mask: new Float32Array(ACROSS * DOWN), width: ACROSS, height: DOWN, rect: [0, 0, 1, 1] };
    this.line = new Float32Array(ACROSS);
    this.left = 0; // outlines until it is forgotten
    this.whole = false; // whether any of them are whole parts of an outline
    this.kept = new Float32Array(0);
  }

  /** Another camera, another orientation: what was known was of something else. */
  forget() {
    this.left = 0;
  }

  /**
   * A look that itself misses much of a person says nothing of strangers.
   * @param {Covering} outline as the network has it
   * @param {Covering} look at the whole frame
   */
  learn(outline, look) {
    this.left = 0;
    const [largest] = partsOf(outline, SURE[1]);
    if (largest === undefined || shareOf(largest, outline, look) < TRUSTED) return;
    const { mask } = this.nobody;
    mask.fill(0);
    for (let y = 0; y < outline.height; y += STEP) {
      for (let x = 0; x < outline.width; x += STEP) {
        const value = outline.mask[y * outline.width + x];
        if (value <= SURE[0] || value > SURE[1]) continue;
        const [u, v] = placeOf(outline, x, y);
        if (!somebodyNear(look, u, v)) this.mark(u, v);
      }
    }
    for (let y = 0; y < DOWN; y++) boxLine(mask, y * ACROSS, 1, ACROSS, 1, this.line);
    for (let x = 0; x < ACROSS; x++) boxLine(mask, x, ACROSS, DOWN, 1, this.line);
    mask.forEach((value, i) => (mask[i] = Math.min(1, 3 * value))); // whole up to the edge, and soft beyond
    const strange = partsOf(this.faded(outline)).filter((part) => shareOf(part, outline, look) < SHARED);
    for (const part of strange) eachSample(part, (x, y) => this.mark(...placeOf(outline, x, y)));
    this.whole = strange.length > 0;
    if (mask.some((value) => value > 0)) this.left = KNOWN_FOR;
  }

  /**
   * @param {number} u fraction of the frame
   * @param {number} v
   */
  mark(u, v) {
    this.nobody.mask[Math.floor(v * DOWN) * ACROSS + Math.floor(u * ACROSS)] = 1;
  }

  /**
   * The outline without strangers: what is not surely a person fades where they are, and parts that mostly lie there
   * go altogether.
   * @param {Covering} outline
   * @returns {Covering} valid until the next call; the same one if there are none
   */
  without(outline) {
    if (this.left === 0) return outline;
    this.left--;
    const rest = this.faded(outline);
    const [, ...others] = this.whole ? partsOf(rest) : [];
    for (const part of others) {
      if (shareOf(part, outline, this.nobody) <= PERSON) continue;
      for (const { row, from, to } of part.runs) {
        for (let y = row * STEP; y < (row + 1) * STEP; y++) erase(rest, y, from * STEP, to * STEP);
      }
    }
    return rest;
  }

  /** @param {Covering} outline @returns {Covering} */
  faded(outline) {
    const { mask, width, height, rect } = outline;
    if (this.kept.length !== mask.length) this.kept = new Float32Array(mask.length);
    this.kept.set(mask);
    for (let y = 0, i = 0; y < height; y++) {
      for (let x = 0; x < width; x++, i++) {
        if (mask[i] <= NONE || mask[i] > CERTAIN[1]) continue;
        const [u, v] = placeOf(outline, x, y);
        const nobody = bilinear(this.nobody.mask, ACROSS, DOWN, u * ACROSS - 0.5, v * DOWN - 0.5);
        if (nobody > 0) this.kept[i] = fadedBy(mask[i], 1 - nobody);
      }
    }
    return { mask: this.kept, width, height, rect };
  }
}

/**
 * @typedef {{size: number, runs: Run[]}} Persons connected ones; size in samples
 *
 * An outline's persons, the largest part first.
 * @param {Covering} outline
 * @param {number} [least] value above which a pixel is of a person
 * @returns {Persons[]}
 */
function partsOf(outline, least = PERSON) {
  /** @type {Map<Part, Persons>} */
  const parts = new Map();
  for (const run of runsOf(outline, least)) {
    if (!run.person) continue;
    const root = whole(run.part);
    const part = parts.get(root) ?? { size: root.size, runs: [] };
    if (part.runs.push(run) === 1) parts.set(root, part);
  }
  return [...parts.values()].sort((a, b) => b.size - a.size);
}

/**
 * @param {Persons} part
 * @param {Covering} outline
 * @param {Covering} map of the whole frame
 * @returns {number} how much of the part is a person on the map, too
 */
function shareOf(part, outline, { mask, width, height }) {
  let shared = 0;
  eachSample(part, (x, y) => {
    const [u, v] = placeOf(outline, x, y);
    if (mask[Math.floor(v * height) * width + Math.floor(u * width)] > PERSON) shared++;
  });
  return shared / part.size;
}

/**
 * @param {Persons} part
 * @param {(x: number, y: number) => void} action gets pixels
 */
function eachSample({ runs }, action) {
  for (const { row, from, to } of runs) {
    for (let sample = from; sample < to; sample++) action(sample * STEP, row * STEP);
  }
}

/**
 * @param {Covering} outline
 * @param {number} x pixel
 * @param {number} y
 * @returns {[number, number]} its middle, in fractions of the frame
 */
function placeOf({ rect, width, height }, x, y) {
  return [rect[0] + ((x + 0.5) * rect[2]) / width, rect[1] + ((y + 0.5) * rect[3]) / height];
}

/**
 * @param {Covering} look
 * @param {number} u fraction of the frame
 * @param {number} v
 */
function somebodyNear({ mask, width, height }, u, v) {
  const [x, y] = [Math.floor(u * width), Math.floor(v * height)];
  for (let row = Math.max(0, y - REACH); row <= Math.min(height - 1, y + REACH); row++) {
    const [from, to] = [Math.max(0, x - REACH), Math.min(width - 1, x + REACH)];
    for (let i = row * width + from; i <= row * width + to; i++) if (mask[i] > PERSON) return true;
  }
  return false;
}

/**
 * A piece of one row, and from it downhill in all directions, as far as a soft edge reaches.
 * @param {Covering} outline changed
 * @param {number} y
 * @param {number} from
 * @param {number} to
 */
function erase({ mask, width, height }, y, from, to) {
  const row = y * width;
  mask.fill(0, row + from, row + to);
  downhill(mask, row + from - 1, -1, Math.min(SOFT, from));
  downhill(mask, row + to, 1, Math.min(SOFT, width - to));
  for (let x = from; x < to; x++) {
    downhill(mask, row + x - width, -width, Math.min(SOFT, y));
    downhill(mask, row + x + width, width, Math.min(SOFT, height - 1 - y));
  }
}

/**
 * @param {Float32Array} mask
 * @param {number} at first pixel
 * @param {number} step to the next one
 * @param {number} count at most
 */
function downhill(mask, at, step, count) {
  for (let before = 1; count > 0 && mask[at] <= before; count--, at += step) {
    before = mask[at];
    mask[at] = 0;
  }
}
