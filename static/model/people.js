// @ts-check
/** How people are named, sorted and pictured without a picture. Pure. */

/** @typedef {import('../protocol/types.js').UserInfo} UserInfo */

/** Up to two letters that stand for a name. @param {string} name */
export function initials(name) {
  const words = name
    .trim()
    .split(/[\s._-]+/u)
    .filter(Boolean);
  if (words.length === 0) return '?';
  const letters = words.length === 1 ? [words[0]] : [words[0], words[words.length - 1]];
  return letters.map((word) => ([...word][0] ?? '').toUpperCase()).join('');
}

/** A hue for a name, in degrees, always the same. @param {string} name */
export function hue(name) {
  let hash = 7;
  for (const character of name) hash = (hash * 31 + (character.codePointAt(0) ?? 0)) % 3600;
  return Math.round((hash * 137.5) % 360);
}

/**
 * Raised hands first (in the order they were raised), then by name.
 * @param {Iterable<UserInfo>} users
 */
export function sorted(users) {
  return [...users].sort(
    (a, b) => handTime(a) - handTime(b) || a.username.localeCompare(b.username) || a.id.localeCompare(b.id),
  );
}

/** The server's own pseudo-client that records. @param {UserInfo} user */
export function isRecorder(user) {
  return user.permissions.includes('system');
}

/** Everybody who is a person. @param {Iterable<UserInfo>} users @returns {UserInfo[]} */
export function persons(users) {
  return [...users].filter((user) => !isRecorder(user));
}

/** @param {UserInfo} user */
export function handRaised(user) {
  return Boolean(user.data.raisehand);
}

/** @param {UserInfo} user */
function handTime(user) {
  if (!handRaised(user)) return Number.MAX_SAFE_INTEGER;
  const since = Number(user.data.handSince);
  return Number.isFinite(since) ? since : 0;
}

/**
 * Finds one person by (the beginning of) a name; nobody where several are meant equally well.
 * @param {Iterable<UserInfo>} users @param {string} name
 */
export function findByName(users, name) {
  const all = [...users];
  const lower = name.toLowerCase();
  const found = [
    all.filter(({ username }) => username === name),
    all.filter(({ username }) => username.toLowerCase() === lower),
    all.filter(({ username }) => username.toLowerCase().startsWith(lower)),
  ].find(({ length }) => length > 0);
  return found?.length === 1 ? found[0] : undefined;
}
