// @ts-check
/**
 * Where tiles go. Pure geometry: sizes in, rectangles out, all in CSS pixels.
 */

/** @typedef {{x: number, y: number, width: number, height: number}} Rect */
/** @typedef {{width: number, height: number}} Size */

const GAP = 10;
/** Tiles keep this shape in the grid, or one nearer to square when that fills more of the space. */
const RATIO = 16 / 9;
const SQUAREST = 1.2;
/** Smallest tile worth showing. */
const SMALLEST = 132;

/**
 * The grid in which `count` tiles are largest.
 * @param {Size} area
 * @param {number} count
 * @param {number} [gap]
 * @returns {Rect[]}
 */
export function grid(area, count, gap = GAP) {
  if (count <= 0 || area.width <= 0 || area.height <= 0) return [];
  let best = fit(area, count, 1, gap);
  for (let columns = 2; columns <= count; columns += 1) {
    const other = fit(area, count, columns, gap);
    if (other.width * other.height > best.width * best.height * 1.001) best = other;
  }
  return place(area, count, best, gap);
}

/** How many tiles of at least the smallest size an area holds. @param {Size} area */
export function capacity(area, smallest = SMALLEST, gap = GAP) {
  const columns = Math.max(1, Math.floor((area.width + gap) / (smallest + gap)));
  const rows = Math.max(1, Math.floor((area.height + gap) / (smallest / RATIO + gap)));
  return columns * rows;
}

/**
 * One thing large and the others in a strip beside it (below it, where the area is upright).
 * @param {Size} area
 * @param {number} large   how many share the large place
 * @param {number} others
 * @param {number} [gap]
 * @returns {{large: Rect[], strip: Rect[]}}
 */
export function focus(area, large, others, gap = GAP) {
  if (others === 0) return { large: shares(area, large, gap), strip: [] };
  if (area.width >= area.height * 1.1) {
    const width = Math.round(Math.min(240, Math.max(140, area.width * 0.18)));
    const main = { width: area.width - width - gap, height: area.height };
    const strip = column({ width, height: area.height }, others, gap);
    return { large: shares(main, large, gap), strip: strip.map((rect) => shift(rect, main.width + gap, 0)) };
  }
  if (large === 1) {
    // Wide things need no more of an upright stage than their shape: the people get the rest.
    const main = { width: area.width, height: Math.round(Math.min(area.height * 0.65, area.width / RATIO)) };
    const top = main.height + gap;
    const rest = grid({ width: area.width, height: area.height - top }, others, gap);
    return { large: shares(main, 1, gap), strip: rest.map((rect) => shift(rect, 0, top)) };
  }
  const height = Math.round(Math.min(120, Math.max(76, area.height * 0.16)));
  const main = { width: area.width, height: area.height - height - gap };
  const strip = row({ width: area.width, height }, others, gap);
  return { large: shares(main, large, gap), strip: strip.map((rect) => shift(rect, 0, main.height + gap)) };
}

/** The longer side of one's own picture in a corner, and its part of the stage's shorter side at most. */
const OWN_LONGEST = 260;
const OWN_PART = 0.42;

/** @typedef {'bottom-right' | 'bottom-left' | 'top-left' | 'top-right'} Corner */

/** In the order in which one goes round. @type {Corner[]} */
export const CORNERS = ['bottom-right', 'bottom-left', 'top-left', 'top-right'];

/**
 * One's own picture in a corner of the stage; upright where the stage is.
 * @param {Size} area
 * @param {Corner} corner
 * @returns {Rect}
 */
export function inset(area, corner, gap = GAP) {
  const upright = area.width < area.height;
  const shape = upright ? 3 / 4 : RATIO;
  const longest = Math.min(OWN_LONGEST, OWN_PART * Math.min(area.width, area.height));
  const width = upright ? longest * shape : longest;
  const height = width / shape;
  const x = corner.endsWith('right') ? area.width - width - gap : gap;
  const y = corner.startsWith('bottom') ? area.height - height - gap : gap;
  return round({ x, y, width, height });
}

/** The corner that is nearest to the middle of a rectangle. @param {Size} area @param {Rect} rect @returns {Corner} */
export function nearestCorner(area, { x, y, width, height }) {
  const below = y + height / 2 > area.height / 2;
  const right = x + width / 2 > area.width / 2;
  return below ? (right ? 'bottom-right' : 'bottom-left') : right ? 'top-right' : 'top-left';
}

/** How many tiles fit beside what is large, see `focus`. @param {Size} area @param {number} large @param {number} [gap] */
export function stripCapacity(area, large, gap = GAP) {
  if (area.width >= area.height * 1.1) {
    const width = Math.min(240, Math.max(140, area.width * 0.18));
    return Math.max(1, Math.floor((area.height + gap) / (width / RATIO + gap)));
  }
  if (large === 1) {
    const top = Math.min(area.height * 0.65, area.width / RATIO) + gap;
    return capacity({ width: area.width, height: area.height - top });
  }
  const height = Math.min(120, Math.max(76, area.height * 0.16));
  return Math.max(1, Math.floor((area.width + gap) / (height + gap)));
}

/** @param {Size} area @param {number} count @param {number} columns @param {number} gap */
function fit(area, count, columns, gap) {
  const rows = Math.ceil(count / columns);
  const cell = {
    width: (area.width - gap * (columns - 1)) / columns,
    height: (area.height - gap * (rows - 1)) / rows,
  };
  if (cell.width <= 0 || cell.height <= 0) return { width: 0, height: 0, columns };
  const ratio = Math.min(RATIO, Math.max(SQUAREST, cell.width / cell.height));
  const width = Math.min(cell.width, cell.height * ratio);
  return { width, height: width / ratio, columns };
}

/** @param {Size} area @param {number} count @param {{width: number, height: number, columns: number}} tile @param {number} gap @returns {Rect[]} */
function place(area, count, { width, height, columns }, gap) {
  const rows = Math.ceil(count / columns);
  const top = (area.height - rows * height - (rows - 1) * gap) / 2;
  /** @type {Rect[]} */
  const rects = [];
  for (let index = 0; index < count; index += 1) {
    const rowIndex = Math.floor(index / columns);
    const inRow = Math.min(columns, count - rowIndex * columns);
    const left = (area.width - inRow * width - (inRow - 1) * gap) / 2;
    const x = left + (index % columns) * (width + gap);
    rects.push(round({ x, y: top + rowIndex * (height + gap), width, height }));
  }
  return rects;
}

/** Large things side by side or one above the other. @param {Size} area @param {number} count @param {number} gap @returns {Rect[]} */
function shares(area, count, gap) {
  if (count <= 1) return count === 1 ? [round({ x: 0, y: 0, ...area })] : [];
  /** @param {number} columns */
  const cell = (columns) => {
    const rows = Math.ceil(count / columns);
    return {
      columns,
      width: (area.width - gap * (columns - 1)) / columns,
      height: (area.height - gap * (rows - 1)) / rows,
    };
  };
  /** How large a picture gets there. @param {Size} size */
  const shown = ({ width, height }) => Math.min(width, height * RATIO);
  let best = cell(1);
  for (let columns = 2; columns <= count; columns += 1)
    if (shown(cell(columns)) > shown(best)) best = cell(columns);
  const { columns, width, height } = best;
  return Array.from({ length: count }, (_, index) =>
    round({
      x: (index % columns) * (width + gap),
      y: Math.floor(index / columns) * (height + gap),
      width,
      height,
    }),
  );
}

/** @param {Size} area @param {number} count @param {number} gap @returns {Rect[]} */
function column({ width, height }, count, gap) {
  const tall = Math.min(width / RATIO, (height - gap * (count - 1)) / count);
  const top = (height - count * tall - (count - 1) * gap) / 2;
  return Array.from({ length: count }, (_, index) =>
    round({ x: 0, y: top + index * (tall + gap), width, height: tall }),
  );
}

/** @param {Size} area @param {number} count @param {number} gap @returns {Rect[]} */
function row({ width, height }, count, gap) {
  const wide = Math.min(height * (4 / 3), Math.max(height, (width - gap * (count - 1)) / count));
  const left = (width - count * wide - (count - 1) * gap) / 2;
  return Array.from({ length: count }, (_, index) =>
    round({ x: left + index * (wide + gap), y: 0, width: wide, height }),
  );
}

/** @param {Rect} rect @param {number} x @param {number} y */
function shift(rect, x, y) {
  return round({ ...rect, x: rect.x + x, y: rect.y + y });
}

/** Whole pixels, so that edges are sharp. @param {Rect} rect @returns {Rect} */
function round({ x, y, width, height }) {
  return { x: Math.round(x), y: Math.round(y), width: Math.floor(width), height: Math.floor(height) };
}
