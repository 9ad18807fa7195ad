// @ts-check
/**
 * A clock for hidden tabs: a page's own timers fall to one tick a second there, a worker's do not.
 * It is told the milliseconds between two ticks, 0 to stop.
 */
/** @type {ReturnType<typeof setInterval> | undefined} */
let timer;

self.onmessage = (/** @type {MessageEvent<number>} */ event) => {
  clearInterval(timer);
  if (event.data > 0) timer = setInterval(() => postMessage(0), event.data);
};
