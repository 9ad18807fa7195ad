// @ts-check
/**
 * What the network is shown, and what of its answer is believed: mirror images, the whole frame in its true
 * proportions, masks without crumbs and holes. A classic script, loaded by main.js; pure arithmetic.
 */

/** Pixels between two samples of a mask when its parts are counted. */
const STEP = 2;
/** A part smaller than this fraction of the largest is no person. */
const CRUMB = 0.01;
/** A hole smaller than this fraction of all persons, and not surely background, belongs to them. */
const HOLE = 0.03;
const DOUBT = 0.2;

/**
 * Left and right exchanged.
 * @template {Float32Array | Uint32Array} T
 * @param {T} source
 * @param {T} target receives the result; another array
 * @param {number} width
 */
function mirror(source, target, width) {
  target.set(source);
  for (let start = 0; start < source.length; start += width) target.subarray(start, start + width).reverse();
}

/**
 * A stretched picture in its true proportions, in the middle of a square; what is beyond repeats it mirrored, which
 * distracts the network least. People whose proportions are wrong are often not found.
 * @param {Uint32Array} source pixels
 * @param {number} width of the source
 * @param {number} height
 * @param {number} aspect true width divided by height
 * @param {Uint32Array} target receives side × side pixels
 * @param {number} side
 * @returns {{left: number, top: number, width: number, height: number}} where the picture is
 */
function unstretched(source, width, height, aspect, target, side) {
  const w = Math.round(side * Math.min(1, aspect));
  const h = Math.round(side / Math.max(1, aspect));
  const [left, top] = [(side - w) >> 1, (side - h) >> 1];
  const columns = Int32Array.from({ length: side }, (_, x) => Math.floor((reflected(x - left, w) * width) / w));
  for (let y = 0, o = 0; y < side; y++) {
    const row = Math.floor((reflected(y - top, h) * height) / h) * width;
    for (let x = 0; x < side; x++, o++) target[o] = source[row + columns[x]];
  }
  return { left, top, width: w, height: h };
}

/**
 * @param {number} position
 * @param {number} length
 */
function reflected(position, length) {
  const inPeriod = ((position % (2 * length)) + 2 * length) % (2 * length);
  return inPeriod < length ? inPeriod : 2 * length - 1 - inPeriod;
}

/**
 * A stretch of one row of samples that is all person or all background.
 * @typedef {object} Run
 * @property {number} row
 * @property {number} from first sample
 * @property {number} to behind the last sample
 * @property {boolean} person
 * @property {Part} part
 *
 * @typedef {object} Part of a mask, connected; may be joined to another, which then has its figures
 * @property {Part | null} joined
 * @property {number} size samples
 * @property {number} sum of the samples' values
 * @property {boolean} edge whether it reaches the mask's edge
 */

/**
 * Removes crumbs beside people and fills small doubtful holes in them, in place.
 * @param {Covering} outline
 */
function tidy(outline) {
  const { mask, width } = outline;
  const runs = runsOf(outline);
  let [largest, all] = [0, 0];
  for (const { person, part } of runs) {
    if (!person || part.joined !== null) continue;
    largest = Math.max(largest, part.size);
  }
  for (const { person, from, to } of runs) if (person) all += to - from;
  for (const { row, from, to, person, part } of runs) {
    const { size, sum, edge } = whole(part);
    const crumb = person && size < CRUMB * largest;
    const hole = !person && !edge && size < HOLE * all && sum > DOUBT * size;
    if (!crumb && !hole) continue;
    for (let y = row * STEP; y < (row + 1) * STEP; y++) {
      mask.fill(hole ? 1 : 0, y * width + from * STEP, y * width + to * STEP);
    }
  }
}

/**
 * Every STEP-th row and column of a mask, cut into runs; runs that touch belong to one part.
 * @param {Covering} outline
 * @param {number} [least] value above which a sample is person
 */
function runsOf({ mask, width, height }, least = 0.5) {
  const [across, down] = [Math.floor(width / STEP), Math.floor(height / STEP)];
  /** @type {Run[]} */
  const runs = [];
  let above = 0; // the first run of the row above that may touch
  for (let row = 0; row < down; row++) {
    const first = runs.length;
    for (let from = 0; from < across; ) {
      const run = runAt(mask, row * STEP * width, row, from, across, least);
      run.part.edge ||= row === 0 || row === down - 1;
      for (; above < first && runs[above].to <= from; above++);
      for (let i = above; i < first && runs[i].from < run.to; i++) {
        if (runs[i].person === run.person) join(runs[i].part, run.part);
      }
      runs.push(run);
      from = run.to;
    }
    above = first;
  }
  return runs;
}

/**
 * @param {Float32Array} mask
 * @param {number} start of the row
 * @param {number} row
 * @param {number} from
 * @param {number} across samples in the row
 * @param {number} least
 * @returns {Run} the run that begins here
 */
function runAt(mask, start, row, from, across, least) {
  const person = mask[start + from * STEP] > least;
  let [to, sum] = [from, 0];
  for (; to < across; to++) {
    const value = mask[start + to * STEP];
    if (value > least !== person) break;
    sum += value;
  }
  const edge = from === 0 || to === across;
  return { row, from, to, person, part: { joined: null, size: to - from, sum, edge } };
}

/** @param {Part} part */
function whole(part) {
  while (part.joined !== null) part = part.joined;
  return part;
}

/**
 * @param {Part} a
 * @param {Part} b
 */
function join(a, b) {
  const [into, from] = [whole(a), whole(b)];
  if (into === from) return;
  from.joined = into;
  into.size += from.size;
  into.sum += from.sum;
  into.edge ||= from.edge;
}
