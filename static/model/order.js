// @ts-check
/**
 * The order of tiles, which outlasts updates: nobody moves because somebody speaks. Who speaks out of sight changes
 * places with the one in sight who has been silent longest, and nobody else moves. Pure; times are the caller's.
 */

/** @typedef {import('./subjects.js').Subject} Subject */

/**
 * @typedef {object} Voices
 * @property {ReadonlySet<string>} speaking        ids of people who speak now
 * @property {ReadonlyMap<string, number>} spoke   when somebody was last heard
 */

export class Order {
  /** Of all subjects, also those that are elsewhere now. @type {string[]} */
  #keys = [];
  #leader = '';

  /** Who is there: those who have gone leave their place, new ones come last. @param {Subject[]} subjects @param {string} selfId */
  update(subjects, selfId) {
    const byKey = new Map(subjects.map((subject) => [subject.key, subject]));
    const known = new Set(this.#keys);
    const all = [...this.#keys.filter((key) => byKey.has(key)), ...[...byKey.keys()].filter((key) => !known.has(key))];
    /** Screens, oneself, the others. @param {string} key */
    const rank = (key) => {
      const subject = byKey.get(key);
      return subject?.kind === 'screen' ? 0 : subject?.userId === selfId ? 1 : 2;
    };
    this.#keys = [0, 1, 2].flatMap((wanted) => all.filter((key) => rank(key) === wanted));
    this.#fixed = this.#keys.filter((key) => rank(key) < 2);
  }

  /** Those who stay where they are. @type {string[]} */
  #fixed = [];

  /** Somebody else is shown apart from the others: the one before takes their place. @param {string} key  '' is nobody */
  lead(key) {
    if (key === this.#leader) return;
    this.#exchange(this.#leader, key);
    this.#leader = key;
  }

  /**
   * These subjects in their order.
   * @param {Subject[]} subjects  some of those that there are
   * @param {number} inSight  how many of them, from the first, are looked at; 0 when that is another page
   * @param {Voices} voices
   * @returns {Subject[]}
   */
  arrange(subjects, inSight, voices) {
    const at = new Map(this.#keys.map((key, index) => [key, index]));
    const ordered = [...subjects].sort((a, b) => (at.get(a.key) ?? 0) - (at.get(b.key) ?? 0));
    if (inSight <= 0) return ordered;
    const fixed = new Set(this.#fixed);
    for (const [out, come] of bringIntoSight(ordered, inSight, ({ key }) => fixed.has(key), voices))
      this.#exchange(out, come);
    return ordered;
  }

  /** @param {string} a @param {string} b */
  #exchange(a, b) {
    const [first, second] = [this.#keys.indexOf(a), this.#keys.indexOf(b)];
    if (first >= 0 && second >= 0) [this.#keys[first], this.#keys[second]] = [b, a];
  }
}

/**
 * Exchanges who is out of sight and should be seen with who is in sight and can wait.
 * @param {Subject[]} ordered @param {number} inSight @param {(subject: Subject) => boolean} stays @param {Voices} voices
 * @returns {[string, string][]}  keys that changed places
 */
function bringIntoSight(ordered, inSight, stays, { speaking, spoke }) {
  /** @type {[string, string][]} */
  const exchanged = [];
  /** @param {Subject} subject */
  const worth = (subject) => (speaking.has(subject.userId) ? 2 : 0) + (subject.video ? 1 : 0);
  for (let at = inSight; at < ordered.length; at += 1) {
    const coming = ordered[at];
    const speaks = speaking.has(coming.userId);
    if (!speaks && !coming.video) continue;
    const least = leastInSight(ordered, inSight, stays, worth, spoke);
    // A camera alone does not take the place of another, nor of somebody who has said something.
    if (least === -1 || (!speaks && (ordered[least].video || spoke.has(ordered[least].userId)))) continue;
    exchanged.push([ordered[least].key, coming.key]);
    [ordered[least], ordered[at]] = [coming, ordered[least]];
  }
  return exchanged;
}

/**
 * Who makes room: not who speaks; rather who is not seen, then who has been silent longest.
 * @param {Subject[]} ordered @param {number} inSight @param {(subject: Subject) => boolean} stays
 * @param {(subject: Subject) => number} worth @param {ReadonlyMap<string, number>} spoke
 */
function leastInSight(ordered, inSight, stays, worth, spoke) {
  let least = -1;
  /** @param {number} at */
  const heard = (at) => spoke.get(ordered[at].userId) ?? -Infinity;
  for (let at = Math.min(inSight, ordered.length) - 1; at >= 0; at -= 1) {
    if (stays(ordered[at]) || worth(ordered[at]) >= 2) continue;
    if (least === -1 || heard(at) < heard(least) || (heard(at) === heard(least) && worth(ordered[at]) < worth(ordered[least])))
      least = at;
  }
  return least;
}
