/**
 * Which part of the frame the model looks at: a steady rectangle around everybody, so that a small person gets
 * the model's whole resolution. Pure; rectangles are fractions of the frame, times are milliseconds.
 *
 * The rectangle moves rarely, in one step, because each move changes what the model sees; it grows at once when
 * somebody leaves it and shrinks only after a while. Looks at the whole frame find who comes in.
 */

/** @typedef {[number, number, number, number]} Rect x, y, width, height */

/** Room left around people, in fractions of their box. */
const MARGIN = 0.15;
/** People closer than this to the rectangle's edge (fraction of the rectangle) make it move. */
const SLACK = 0.03;
/** The rectangle shrinks when the wanted one is smaller than this fraction of its area, for SHRINK_MS. */
const SHRINK = 0.7;
const SHRINK_MS = 1000;
/** A rectangle larger than this fraction of the frame gains nothing: then it is the whole frame. */
const WHOLE = 0.85;
/** Milliseconds between two looks at the whole frame. */
const LOOK_MS = 700;
/** Side of the smallest rectangle, in fractions of the frame. */
const SMALLEST = 0.12;

/** @type {Rect} */
export const WHOLE_FRAME = [0, 0, 1, 1];

export class CropFollower {
  constructor() {
    /** @type {Rect} */
    this.rect = WHOLE_FRAME;
    this.lookedAt = -Infinity;
    this.lookNow = false;
    /** @type {number | undefined} since when a smaller rectangle would do */
    this.smallSince = undefined;
  }

  /** Start again from the whole frame. */
  reset() {
    this.rect = WHOLE_FRAME;
    this.lookNow = false;
    this.smallSince = undefined;
  }

  get whole() {
    return this.rect === WHOLE_FRAME;
  }

  /**
   * Whether the next frame needs a look at the whole frame as well; asking counts as looking.
   * @param {number} now
   */
  takeLook(now) {
    if (this.whole) return false;
    if (!this.lookNow && now - this.lookedAt < LOOK_MS) return false;
    this.lookNow = false;
    this.lookedAt = now;
    return true;
  }

  /**
   * What the mask of the current rectangle shows.
   * @param {Rect | null} box everybody in it
   * @param {readonly boolean[]} touches left, top, right, bottom: does the mask reach the rectangle's edge?
   * @param {number} now
   */
  seen(box, touches, now) {
    if (box === null) {
      this.reset();
      return;
    }
    const wanted = grown(box, MARGIN);
    if (this.whole) {
      if (area(wanted) < WHOLE * SHRINK) this.shrink(wanted, now, 0);
      return;
    }
    const [x, y, w, h] = this.rect;
    const cut = [touches[0] && x > 0, touches[1] && y > 0, touches[2] && x + w < 1, touches[3] && y + h < 1];
    if (cut.some(Boolean)) {
      this.lookNow = true;
      this.move(grown(stretched(box, cut), MARGIN));
    } else if (!contains(grown(this.rect, -SLACK), box)) {
      this.move(wanted);
    } else if (area(wanted) < SHRINK * area(this.rect)) {
      this.shrink(wanted, now, SHRINK_MS);
    } else {
      this.smallSince = undefined;
    }
  }

  /**
   * What a look at the whole frame shows.
   * @param {Rect | null} people
   */
  looked(people) {
    if (people === null || this.whole || contains(grown(this.rect, 0.02), people)) return;
    this.move(grown(union(people, grown(this.rect, -MARGIN)), MARGIN));
  }

  /**
   * @param {Rect} wanted
   * @param {number} now
   * @param {number} patience
   */
  shrink(wanted, now, patience) {
    this.smallSince ??= now;
    if (now - this.smallSince >= patience) this.move(wanted);
  }

  /** @param {Rect} wanted */
  move(wanted) {
    this.smallSince = undefined;
    this.rect = area(wanted) > WHOLE ? WHOLE_FRAME : wanted;
  }
}

/** @param {Rect} rect */
function area(rect) {
  return rect[2] * rect[3];
}

/**
 * Grown (or shrunk) on each side by a fraction of its size, inside the frame and not too small. Sides that lie
 * on the frame's edge stay there.
 * @param {Rect} rect
 * @param {number} by
 * @returns {Rect}
 */
export function grown([x, y, w, h], by) {
  const half = [Math.max(w * (0.5 + by), SMALLEST / 2), Math.max(h * (0.5 + by), SMALLEST / 2)];
  const left = x <= 0.002 ? 0 : Math.max(0, x + w / 2 - half[0]);
  const top = y <= 0.002 ? 0 : Math.max(0, y + h / 2 - half[1]);
  const right = x + w >= 0.998 ? 1 : Math.min(1, x + w / 2 + half[0]);
  const bottom = y + h >= 0.998 ? 1 : Math.min(1, y + h / 2 + half[1]);
  return [left, top, right - left, bottom - top];
}

/**
 * Doubled towards the sides where somebody is cut off.
 * @param {Rect} box
 * @param {boolean[]} cut
 * @returns {Rect}
 */
function stretched([x, y, w, h], cut) {
  const left = Math.max(0, cut[0] ? x - w / 2 : x);
  const top = Math.max(0, cut[1] ? y - h / 2 : y);
  const right = Math.min(1, cut[2] ? x + 1.5 * w : x + w);
  const bottom = Math.min(1, cut[3] ? y + 1.5 * h : y + h);
  return [left, top, right - left, bottom - top];
}

/**
 * @param {Rect} outer
 * @param {Rect} inner
 */
function contains(outer, inner) {
  const tiny = 1e-6;
  return (
    inner[0] >= outer[0] - tiny &&
    inner[1] >= outer[1] - tiny &&
    inner[0] + inner[2] <= outer[0] + outer[2] + tiny &&
    inner[1] + inner[3] <= outer[1] + outer[3] + tiny
  );
}

/**
 * @param {Rect} a
 * @param {Rect} b
 * @returns {Rect}
 */
function union(a, b) {
  const x = Math.min(a[0], b[0]);
  const y = Math.min(a[1], b[1]);
  return [x, y, Math.max(a[0] + a[2], b[0] + b[2]) - x, Math.max(a[1] + a[3], b[1] + b[3]) - y];
}
