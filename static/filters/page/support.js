/**
 * Whether this browser and this server can segment, and if not, why. Asks the server one small question; fetches
 * nothing of MediaPipe itself.
 */

/**
 * @typedef {object} Support
 * @property {boolean} available
 * @property {string} reason '' or a key below `filter.reason.` in the table of texts
 * @property {string} base absolute URL of the MediaPipe installation, '' when there is none
 */

/** Where the site begins, with a slash at its end: this file lies below its `static/`. */
export function siteRoot() {
  const { href } = new URL(import.meta.url);
  return href.slice(0, href.lastIndexOf('/static/') + 1);
}

/** @returns {string} why this browser cannot, or '' */
function browserReason() {
  if (typeof WebAssembly !== 'object') return 'no-wasm';
  if (typeof Worker !== 'function' || typeof OffscreenCanvas !== 'function') return 'old-browser';
  if (!('captureStream' in HTMLCanvasElement.prototype)) return 'old-browser';
  const probe = new OffscreenCanvas(1, 1).getContext('webgl2');
  if (probe === null) return 'no-webgl2';
  probe.getExtension('WEBGL_lose_context')?.loseContext();
  return '';
}

/**
 * @param {string} root see `siteRoot`
 * @returns {Promise<Support>}
 */
export async function findSupport(root) {
  const reason = browserReason();
  if (reason !== '') return { available: false, reason, base: '' };
  try {
    const response = await fetch(`${root}vendor/mediapipe/status.json`, { credentials: 'same-origin' });
    const status = await response.json();
    if (status.installed !== true) return { available: false, reason: 'not-installed', base: '' };
    return { available: true, reason: '', base: new URL(String(status.base), root).href };
  } catch {
    return { available: false, reason: 'unreachable', base: '' };
  }
}
