// @ts-check
/**
 * Who is where on the stage: from subjects, a way of arranging them and what the person chose, to rectangles. Pure; the
 * geometry is that of `layout.js`, the order of people that of `order.js`.
 */
import * as layout from './layout.js';

/** @typedef {import('./subjects.js').Subject} Subject */
/** @typedef {import('./layout.js').Rect} Rect */
/** @typedef {import('./layout.js').Corner} Corner */
/** @typedef {import('./order.js').Order} Order */
/** @typedef {import('./order.js').Voices} Voices */

/**
 * @typedef {'large' | 'small' | 'float' | ''} Place
 * @typedef {'auto' | 'grid' | 'speaker' | 'presentation'} Mode
 *
 * @typedef {object} View
 * @property {Mode} mode
 * @property {'auto' | 'tile' | 'inset' | 'hidden'} self  where one sees oneself
 * @property {Corner} corner
 * @property {ReadonlySet<string>} pins   keys of subjects
 * @property {string} speaker             id of the person who speaks, or spoke last
 * @property {string} selfId
 * @property {number} page                from 0
 * @property {boolean} [saving]           power: fewer at once
 * @property {Voices} voices
 * @property {number} more                people who are here but not shown, to be mentioned
 *
 * @typedef {object} Plan
 * @property {Map<string, {rect: Rect, place: Place}>} places  who is seen, by the subject's key
 * @property {Rect | null} rest   where it is said how many more there are
 * @property {number} hidden      how many that are
 * @property {number} page        from 0; not beyond the last one
 * @property {number} pages
 */

/** On one page at most; and while power is saved. */
export const PAGE = 49;
export const PAGE_SAVING = 9;

/**
 * @param {layout.Size} area
 * @param {Subject[]} subjects
 * @param {View} view
 * @param {Order} order  follows
 * @returns {Plan}
 */
export function plan(area, subjects, view, order) {
  const large = largest(subjects, view);
  order.update(subjects, view.selfId);
  order.lead(view.mode === 'speaker' && view.pins.size === 0 ? (large[0]?.key ?? '') : '');
  const own = subjects.find(({ userId, kind }) => userId === view.selfId && kind === 'person');
  const floats = own !== undefined && !large.includes(own) && isInset(subjects, large, view);
  const candidates = subjects.filter((subject) => !large.includes(subject) && (subject !== own || stays(view, floats)));
  const done = large.length > 0 ? focused(area, large, candidates, view, order) : paged(area, candidates, view, order);
  // Nobody else: there is no need for a tile's shape.
  if (floats && large.length === 0 && candidates.length === 1 && !done.rest)
    done.places.set(candidates[0].key, { rect: { x: 0, y: 0, ...area }, place: '' });
  if (floats) done.places.set(own.key, { rect: layout.inset(area, view.corner), place: 'float' });
  return done;
}

/** Whether one is among the others. @param {View} view @param {boolean} floats */
function stays({ self }, floats) {
  return !floats && self !== 'hidden';
}

/** What is shown large. @param {Subject[]} subjects @param {View} view @returns {Subject[]} */
function largest(subjects, view) {
  const pinned = subjects.filter(({ key }) => view.pins.has(key));
  if (pinned.length > 0) return pinned;
  const screens = subjects.filter(({ kind }) => kind === 'screen');
  if (view.mode === 'grid') return [];
  if (view.mode !== 'speaker') return screens;
  const speaker = speakerOf(subjects, view);
  return speaker ? [speaker] : [];
}

/** Who speaks; else who can be seen; else anybody. @param {Subject[]} subjects @param {View} view */
function speakerOf(subjects, { speaker, selfId }) {
  const others = subjects.filter(({ kind, userId }) => kind === 'person' && userId !== selfId);
  return others.find(({ userId }) => userId === speaker) ?? others.find(({ video }) => video) ?? others[0];
}

/**
 * Whether one sees oneself in a corner: by choice, or because one other person has the whole stage.
 * @param {Subject[]} subjects @param {Subject[]} large @param {View} view
 */
function isInset(subjects, large, { self, mode }) {
  if (subjects.length < 2) return false;
  if (self === 'inset') return true;
  const alone = subjects.length === 2 && (large.length === 0 ? mode !== 'grid' : mode === 'speaker');
  return self === 'auto' && alone;
}

/**
 * Something large, the others beside it.
 * @param {layout.Size} area @param {Subject[]} large @param {Subject[]} candidates @param {View} view @param {Order} order
 * @returns {Plan}
 */
function focused(area, large, candidates, view, order) {
  const { more, voices } = view;
  const one = view.mode === 'presentation' ? speakerOf(candidates, view) : undefined;
  const room = one ? 1 : layout.stripCapacity(area, large.length);
  const beside = one ? [one] : candidates;
  const fits = beside.length + (more > 0 ? 1 : 0) <= room ? room : room - 1;
  const shown = order.arrange(beside, fits, voices).slice(0, fits);
  const hidden = one ? 0 : beside.length - shown.length + more;
  const count = shown.length + (hidden > 0 ? 1 : 0);
  const { large: wide, strip } = layout.focus(area, large.length, count);
  const places = new Map(large.map((subject, at) => [subject.key, { rect: wide[at], place: /** @type {Place} */ ('large') }]));
  shown.forEach((subject, at) => places.set(subject.key, { rect: strip[at], place: 'small' }));
  return { places, rest: hidden > 0 ? strip[count - 1] : null, hidden, page: 0, pages: 1 };
}

/**
 * Everybody alike, on as many pages as it takes.
 * @param {layout.Size} area @param {Subject[]} candidates @param {View} view @param {Order} order @returns {Plan}
 */
function paged(area, candidates, view, order) {
  const { more, voices } = view;
  const room = Math.min(view.saving ? PAGE_SAVING : PAGE, layout.capacity(area));
  const pages = Math.max(1, Math.ceil(candidates.length / room));
  const page = Math.min(Math.max(0, view.page), pages - 1);
  const shown = order.arrange(candidates, page === 0 ? room : 0, voices).slice(page * room, (page + 1) * room);
  const mentioned = more > 0 && pages === 1 ? 1 : 0;
  const rects = layout.grid(area, shown.length + mentioned);
  /** @type {Plan['places']} */
  const places = new Map();
  if (rects.length > 0) shown.forEach((subject, at) => places.set(subject.key, { rect: rects[at], place: '' }));
  const rest = mentioned ? (rects[shown.length] ?? null) : null;
  return { places, rest, hidden: mentioned ? more : 0, page, pages };
}
