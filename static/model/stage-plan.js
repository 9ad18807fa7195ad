// @ts-check
/**
 * Who is where on the stage: from seats, a way of arranging them and what the person chose, to rectangles. Pure; the
 * geometry is that of `layout.js`, the order of people that of `order.js`.
 */
import * as layout from './layout.js';

/** @typedef {import('./seats.js').Seat} Seat */
/** @typedef {import('./layout.js').Rect} Rect */
/** @typedef {import('./layout.js').Corner} Corner */
/** @typedef {import('./order.js').Order} Order */
/** @typedef {import('./order.js').Voices} Voices */

/**
 * @typedef {'large' | 'small' | 'float' | ''} Place
 * @typedef {'auto' | 'grid' | 'speaker' | 'presentation'} Mode
 *
 * @typedef {object} Wishes
 * @property {Mode} mode
 * @property {'auto' | 'tile' | 'inset' | 'hidden'} self  where one sees oneself
 * @property {Corner} corner
 * @property {ReadonlySet<string>} pins   keys of seats
 * @property {string} speaker             id of the person who speaks, or spoke last
 * @property {string} selfId
 * @property {number} page                from 0
 * @property {Voices} voices
 * @property {number} more                people without a seat, who are to be mentioned
 *
 * @typedef {object} Plan
 * @property {Map<string, {rect: Rect, place: Place}>} places  who is seen, by the seat's key
 * @property {Rect | null} rest   where it is said how many more there are
 * @property {number} hidden      how many that are
 * @property {number} page        from 0; not beyond the last one
 * @property {number} pages
 */

/** On one page at most. */
export const PAGE = 49;

/**
 * @param {layout.Size} area
 * @param {Seat[]} seats
 * @param {Wishes} wishes
 * @param {Order} order  follows
 * @returns {Plan}
 */
export function plan(area, seats, wishes, order) {
  const large = largest(seats, wishes);
  order.update(seats, wishes.selfId);
  order.lead(wishes.mode === 'speaker' && wishes.pins.size === 0 ? (large[0]?.key ?? '') : '');
  const own = seats.find(({ userId, kind }) => userId === wishes.selfId && kind === 'person');
  const floats = own !== undefined && !large.includes(own) && isInset(seats, large, wishes);
  const candidates = seats.filter((seat) => !large.includes(seat) && (seat !== own || stays(wishes, floats)));
  const done = large.length > 0 ? focused(area, large, candidates, wishes, order) : paged(area, candidates, wishes, order);
  // Nobody else: there is no need for a tile's shape.
  if (floats && large.length === 0 && candidates.length === 1 && !done.rest)
    done.places.set(candidates[0].key, { rect: { x: 0, y: 0, ...area }, place: '' });
  if (floats) done.places.set(own.key, { rect: layout.inset(area, wishes.corner), place: 'float' });
  return done;
}

/** Whether one is among the others. @param {Wishes} wishes @param {boolean} floats */
function stays({ self }, floats) {
  return !floats && self !== 'hidden';
}

/** What is shown large. @param {Seat[]} seats @param {Wishes} wishes @returns {Seat[]} */
function largest(seats, wishes) {
  const pinned = seats.filter(({ key }) => wishes.pins.has(key));
  if (pinned.length > 0) return pinned;
  const screens = seats.filter(({ kind }) => kind === 'screen');
  if (wishes.mode === 'grid') return [];
  if (wishes.mode !== 'speaker') return screens;
  const speaker = speakerOf(seats, wishes);
  return speaker ? [speaker] : [];
}

/** Who speaks; else who can be seen; else anybody. @param {Seat[]} seats @param {Wishes} wishes */
function speakerOf(seats, { speaker, selfId }) {
  const others = seats.filter(({ kind, userId }) => kind === 'person' && userId !== selfId);
  return others.find(({ userId }) => userId === speaker) ?? others.find(({ video }) => video) ?? others[0];
}

/**
 * Whether one sees oneself in a corner: by choice, or because one other person has the whole stage.
 * @param {Seat[]} seats @param {Seat[]} large @param {Wishes} wishes
 */
function isInset(seats, large, { self, mode }) {
  if (seats.length < 2) return false;
  if (self === 'inset') return true;
  const alone = seats.length === 2 && (large.length === 0 ? mode !== 'grid' : mode === 'speaker');
  return self === 'auto' && alone;
}

/**
 * Something large, the others beside it.
 * @param {layout.Size} area @param {Seat[]} large @param {Seat[]} candidates @param {Wishes} wishes @param {Order} order
 * @returns {Plan}
 */
function focused(area, large, candidates, wishes, order) {
  const { more, voices } = wishes;
  const one = wishes.mode === 'presentation' ? speakerOf(candidates, wishes) : undefined;
  const room = one ? 1 : layout.stripCapacity(area, large.length);
  const beside = one ? [one] : candidates;
  const fits = beside.length + (more > 0 ? 1 : 0) <= room ? room : room - 1;
  const shown = order.arrange(beside, fits, voices).slice(0, fits);
  const hidden = one ? 0 : beside.length - shown.length + more;
  const count = shown.length + (hidden > 0 ? 1 : 0);
  const { large: wide, strip } = layout.focus(area, large.length, count);
  const places = new Map(large.map((seat, at) => [seat.key, { rect: wide[at], place: /** @type {Place} */ ('large') }]));
  shown.forEach((seat, at) => places.set(seat.key, { rect: strip[at], place: 'small' }));
  return { places, rest: hidden > 0 ? strip[count - 1] : null, hidden, page: 0, pages: 1 };
}

/**
 * Everybody alike, on as many pages as it takes.
 * @param {layout.Size} area @param {Seat[]} candidates @param {Wishes} wishes @param {Order} order @returns {Plan}
 */
function paged(area, candidates, wishes, order) {
  const { more, voices } = wishes;
  const room = Math.min(PAGE, layout.capacity(area));
  const pages = Math.max(1, Math.ceil(candidates.length / room));
  const page = Math.min(Math.max(0, wishes.page), pages - 1);
  const shown = order.arrange(candidates, page === 0 ? room : 0, voices).slice(page * room, (page + 1) * room);
  const mentioned = more > 0 && pages === 1 ? 1 : 0;
  const rects = layout.grid(area, shown.length + mentioned);
  /** @type {Plan['places']} */
  const places = new Map();
  if (rects.length > 0) shown.forEach((seat, at) => places.set(seat.key, { rect: rects[at], place: '' }));
  const rest = mentioned ? (rects[shown.length] ?? null) : null;
  return { places, rest, hidden: mentioned ? more : 0, page, pages };
}
