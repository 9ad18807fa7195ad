// @ts-check
/** The groups that this browser was in last, for the start page. Pure but for the store. */

/** Remembered at most. */
export const MOST = 6;
const KEY = 'recent';

/** @typedef {{name: string, title: string}} Group */
/** @typedef {{read: (key: string) => unknown, latest: (key: string) => unknown, write: (key: string, value: unknown) => void}} Store */

/** What is stored, without what does not belong there. @param {unknown} stored @returns {Group[]} */
export function recent(stored) {
  return (Array.isArray(stored) ? stored : [])
    .map((entry) => Object(entry))
    .filter(({ name, title }) => typeof name === 'string' && name !== '' && typeof title === 'string')
    .map(({ name, title }) => ({ name, title }))
    .slice(0, MOST);
}

/** @param {Store} store @param {Group} group */
export function remember(store, { name, title }) {
  const others = recent(store.latest(KEY)).filter((group) => group.name !== name);
  store.write(KEY, [{ name, title }, ...others].slice(0, MOST));
}
