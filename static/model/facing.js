// @ts-check
/** Which camera is meant by "the other one". Pure. */

/** @typedef {{id: string, label: string}} Device */

const BACK = /\b(back|rear|environment|world)\b/i;
const FRONT = /\b(front|user|face ?time|selfie)\b/i;

/**
 * The one that looks the other way, if their names tell, otherwise the next one; null if there is only one.
 * @param {Device[]} cameras  in the browser's order
 * @param {string} current    id; '' is the browser's choice
 * @returns {Device | null}
 */
export function otherCamera(cameras, current) {
  if (cameras.length < 2) return null;
  const index = Math.max(0, cameras.findIndex(({ id }) => id === current));
  const { label } = cameras[index];
  const wanted = BACK.test(label) ? FRONT : FRONT.test(label) ? BACK : null;
  // Telephones have several that look back; the first one is the main one.
  const other = wanted && cameras.find((camera) => wanted.test(camera.label));
  return other || cameras[(index + 1) % cameras.length];
}
