// @ts-check
/**
 * Tells when the device's network is another one than before: it is back, it is of another kind, or the device was
 * asleep. Knows nothing of connections.
 */

/** A timer that is this much late slept with the device: background pages have theirs once a minute. */
const ASLEEP_MS = 90_000;
const LOOK_MS = 5_000;
/** Several signs of one change come within this time. */
const SETTLE_MS = 1_000;

/** @param {() => void} changed  called once for each change */
export function watchNetwork(changed) {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  const soon = () => {
    clearTimeout(timer);
    timer = setTimeout(() => navigator.onLine && changed(), SETTLE_MS);
  };
  addEventListener('online', soon);
  /** @type {EventTarget & {type?: string} | undefined} */
  const link = Reflect.get(navigator, 'connection'); // Chromium's
  let kind = link?.type;
  link?.addEventListener('change', () => {
    if (link.type !== kind) soon(); // a new estimate of its rate is no change
    kind = link.type;
  });
  let looked = Date.now();
  setInterval(() => {
    const now = Date.now();
    if (now - looked > ASLEEP_MS) soon();
    looked = now;
  }, LOOK_MS);
}
