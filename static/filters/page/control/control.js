/**
 * What the worker is asked for: which part of the frame, by which network, how often, and by which path pictures are
 * put together. Pure but for its parts' state; times are milliseconds and come in.
 */
import { CropFollower } from './crop.js';
import { ModelChoice } from './model-choice.js';
import { Pace } from './pace.js';
import { PathChoice } from './path-choice.js';

/** @typedef {import('../../contract.js').Found} Found */

/**
 * For one frame.
 * @typedef {object} Plan
 * @property {number} id
 * @property {boolean} due whether the worker is asked at all
 * @property {boolean} segment whether an outline is to be made
 * @property {boolean} paired whether the frame waits for its own outline
 * @property {boolean} reuse whether the last outline may serve once more if nothing moved
 * @property {boolean} look whether to look at the whole frame as well
 * @property {import('../../contract.js').Rect} rect
 * @property {import('./model-choice.js').Picture} picture
 */

export class Control {
  /**
   * @param {number} [level] fixed level of work
   * @param {import('./path-choice.js').Path} [path] fixed path
   */
  constructor(level, path) {
    this.follower = new CropFollower();
    this.pace = new Pace(level);
    this.models = new ModelChoice();
    this.paths = new PathChoice(path);
    this.id = 0;
  }

  /** What was seen so far says nothing about the next frame. @param {number} aspect of the frame */
  reset(aspect) {
    this.follower.reset();
    this.models.reset(aspect);
  }

  /**
   * @param {number} now
   * @param {number} aspect of the frame
   * @param {boolean} reusable whether there is an outline that may serve for this frame, too
   * @param {boolean} tight whether a look and an outline are too much for one frame
   * @returns {Plan}
   */
  next(now, aspect, reusable, tight) {
    const { paired, stride } = this.pace.level;
    const id = ++this.id;
    const due = !reusable || id % stride === 0;
    const look = due && this.follower.takeLook(now, this.models.wide);
    // A look costs as much as an outline. Rather than drop the next frame, use the last outline once more.
    const segment = due && !(look && reusable && tight);
    const rect = segment ? this.follower.next(now) : this.follower.rect;
    const picture = this.picture(rect, aspect);
    return { id, due, look, segment, paired: paired || !reusable, reuse: reusable && stride === 1, rect, picture };
  }

  /**
   * How a part of the frame is looked at.
   * @param {import('../../contract.js').Rect} rect
   * @param {number} aspect of the frame
   */
  picture(rect, aspect) {
    return this.models.next(this.pace.level, rect, aspect);
  }

  /**
   * An outline was made.
   * @param {Found | null} found
   * @param {number} took from taking the frame to its end
   * @param {number} interval between two frames of the camera
   * @param {number} now
   */
  seen(found, took, interval, now) {
    this.follower.seen(found, now);
    this.pace.measured(took, interval, now);
  }
}
