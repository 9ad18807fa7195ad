/**
 * Which part of the frame the model looks at: a steady rectangle around everybody, so that a small person gets
 * the model's whole resolution. Pure; rectangles are fractions of the frame, times are milliseconds.
 *
 * The rectangle moves rarely, in one step, because each move changes what the model sees; it grows at once when
 * somebody leaves it and shrinks only after a while. Looks at the whole frame find people who come in.
 */

/** @typedef {import('../../contract.js').Rect} Rect */
/** @typedef {import('../../contract.js').Found} Found */

/** Room left around people, in fractions of their box. */
const MARGIN = 0.1;
/** People closer than this to the rectangle's edge (fraction of the rectangle) make it move. */
const SLACK = 0.02;
/** The rectangle shrinks when the wanted one is smaller than this fraction of its area, for SHRINK_MS. */
const SHRINK = 0.8;
const SHRINK_MS = 1000;
/** Each time it had to grow again within BRIEF_MS it waits twice as long, up to this, until this time without. */
const SHRINK_MAX_MS = 20000;
const SHRINK_FORGIVE_MS = 60000;
/** The rectangle leaves the whole frame when this fraction of it would do, and returns to it above the second. */
const ENOUGH = 0.8;
const WHOLE = 0.92;
/** A rectangle that must grow again after such a short time, milliseconds, was a mistake. */
const BRIEF_MS = 3000;
/** Milliseconds between two looks at the whole frame. */
const LOOK_MS = 700;
/** Side of the smallest rectangle, in fractions of the frame. */
const SMALLEST = 0.12;
/** People who lose more than this fraction of their area by coming closer were not seen better but worse, */
const LOST = 0.5;
/** unless there was doubt, and so little is left: then their surroundings had been taken for them. */
const SURE = 0.2;
/** Milliseconds until that can be told: the first outlines still have something of those before. */
const SETTLE_MS = 250;
/** Milliseconds at the whole frame after such a failure; doubles each time, up to the second figure. */
const BACK_OFF_MS = [2000, 30000];
/** Nobody for so long: somebody small may be there. Then every SEARCH_EVERY-th frame looks at a part only. */
const SEARCH_MS = 700;
const SEARCH_EVERY = 6;
/** The parts, one after the other. @type {readonly Rect[]} */
const PARTS = [[0.5, 0.3, 0.5, 0.7], [0, 0.3, 0.5, 0.7], [0.25, 0.3, 0.5, 0.7], [0, 0, 0.6, 1], [0.4, 0, 0.6, 1]];

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
    this.shrinkAfter = SHRINK_MS;
    this.shrunkAt = -Infinity;
    this.mistakenAt = -Infinity;
    /** @type {number | undefined} since when there is nobody */
    this.emptySince = undefined;
    this.frames = 0;
    this.expected = 0; // area of the person when the rectangle last moved closer
    this.expectedDoubt = 0; // in the outline that says so
    this.doubt = 0; // in the last outline
    this.closeSince = -Infinity;
    this.wholeUntil = -Infinity;
    this.backOff = BACK_OFF_MS[0];
  }

  /** Start again from the whole frame. */
  reset() {
    this.rect = WHOLE_FRAME;
    this.lookNow = false;
    this.smallSince = undefined;
    this.expected = 0;
  }

  get whole() {
    return this.rect === WHOLE_FRAME;
  }

  /**
   * What the model shall look at now.
   * @param {number} now
   * @returns {Rect}
   */
  next(now) {
    this.frames++;
    const searching = this.whole && this.emptySince !== undefined && now - this.emptySince > SEARCH_MS;
    if (searching && this.frames % SEARCH_EVERY === 0) {
      this.rect = PARTS[(this.frames / SEARCH_EVERY) % PARTS.length];
    }
    return this.rect;
  }

  /**
   * Whether the next frame needs a look at the whole frame as well; asking counts as looking. Also when the
   * rectangle is the whole frame, if the model sees that squeezed: looks keep its proportions.
   * @param {number} now
   * @param {boolean} proportional whether the model sees the rectangle in about its true proportions
   */
  takeLook(now, proportional) {
    if (this.whole && proportional) return false;
    if (!this.lookNow && now - this.lookedAt < LOOK_MS) return false;
    this.lookNow = false;
    this.lookedAt = now;
    return true;
  }

  /**
   * What the mask of the current rectangle shows.
   * @param {Found | null} found
   * @param {number} now
   */
  seen(found, now) {
    if (found === null) {
      if (this.expected > 0) this.failed(now);
      this.emptySince ??= now;
      this.reset();
      return;
    }
    this.emptySince = undefined;
    this.doubt = found.doubt;
    if (now - this.closeSince >= SETTLE_MS) {
      if (found.area < LOST * this.expected && this.refuted(this.expectedDoubt)) {
        this.failed(now);
        return;
      }
      // A slow change is a person who moves; only a sudden one is a failure.
      if (this.expected > 0) this.expected += 0.1 * (found.area - this.expected);
    }
    if (this.whole) {
      this.closer(found, now);
      return;
    }
    this.follow(found, now);
  }

  /**
   * @param {Found} found
   * @param {number} now
   */
  follow({ box, touches }, now) {
    const wanted = grown(box, MARGIN);
    const [x, y, w, h] = this.rect;
    const cut = [touches[0] && x > 0, touches[1] && y > 0, touches[2] && x + w < 1, touches[3] && y + h < 1];
    if (cut.some(Boolean)) {
      this.lookNow = true;
      this.grow(grown(stretched(box, cut), MARGIN), now);
    } else if (!contains(grown(this.rect, -SLACK), box)) {
      this.grow(wanted, now);
    } else if (area(wanted) < SHRINK * area(this.rect)) {
      this.shrink(wanted, now);
    } else {
      this.smallSince = undefined;
    }
  }

  /**
   * Some people, or things, look like others from closer: between two rectangles that each ask for the other, the
   * larger one stays ever longer.
   * @param {Rect} wanted
   * @param {number} now
   */
  grow(wanted, now) {
    if (now - this.shrunkAt < BRIEF_MS && area(wanted) > area(this.rect)) {
      this.shrinkAfter = Math.min(2 * this.shrinkAfter, SHRINK_MAX_MS);
      this.mistakenAt = now;
    }
    this.move(wanted);
    if (this.whole && now - this.closeSince < BRIEF_MS) this.failed(now);
  }

  /**
   * @param {Rect} wanted
   * @param {number} now
   */
  shrink(wanted, now) {
    if (now - this.mistakenAt > SHRINK_FORGIVE_MS) this.shrinkAfter = SHRINK_MS;
    this.smallSince ??= now;
    if (now - this.smallSince < this.shrinkAfter) return;
    this.shrunkAt = now;
    this.move(wanted);
  }

  /**
   * What a look at the whole frame shows.
   * @param {Found | null} people
   * @param {number} now
   */
  looked(people, now) {
    if (people === null) return;
    if (this.whole) {
      this.closer(people, now);
    } else if (now - this.closeSince >= SETTLE_MS && this.lost(people)) {
      this.failed(now);
    } else if (!contains(grown(this.rect, 0.02), people.core)) {
      this.grow(grown(union(people.core, grown(this.rect, -MARGIN)), MARGIN), now);
    }
  }

  /** Whether a look at the whole frame shows, in the rectangle, more of people than we see. @param {Found} people */
  lost({ box, area: more, doubt }) {
    const less = this.expected > 0 && this.expected < LOST * more;
    return less && this.refuted(doubt) && contains(grown(this.rect, 0.02), box);
  }

  /** Whether what showed more is to be believed, not the last outline. @param {number} doubt there was then */
  refuted(doubt) {
    return doubt <= SURE || this.doubt > Math.max(SURE, doubt);
  }

  /** The closer look showed less: stay away for a while. @param {number} now */
  failed(now) {
    this.reset();
    this.wholeUntil = now + this.backOff;
    this.backOff = Math.min(2 * this.backOff, BACK_OFF_MS[1]);
  }

  /**
   * From the whole frame to the people in it, if that is much less.
   * @param {Found} people
   * @param {number} now
   */
  closer({ core, area: seen, doubt }, now) {
    const wanted = grown(core, MARGIN);
    if (now < this.wholeUntil || area(wanted) > ENOUGH) return;
    if (now - this.wholeUntil > BACK_OFF_MS[1]) this.backOff = BACK_OFF_MS[0];
    this.expected = seen;
    this.expectedDoubt = doubt;
    this.closeSince = now;
    this.move(wanted);
  }

  /** @param {Rect} wanted */
  move(wanted) {
    this.smallSince = undefined;
    this.rect = area(wanted) > WHOLE ? WHOLE_FRAME : wanted;
    if (this.whole) this.expected = 0;
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
