/**
 * A picture behind the person: a built-in one (drawn here, no files), one's own (kept in this browser only) or
 * a plain colour. Owns the decoded own picture.
 */
import { SCENES } from './scenes.js';
import { loadPicture } from './own-picture.js';
import { TIGHTNESS, numberOf } from './filter.js';

/** @type {{key: string, bitmap: ImageBitmap} | null} */
let own = null;
/** The last one that was wanted, and the last one that was not there. */
let [wanted, missing] = ['', ''];

/** @type {import('./filter.js').Filter} */
export const image = {
  id: 'image',
  slot: 'background',
  segments: true,
  defaults: { picture: 'office', colour: '#2f5d62', version: '', wrap: 0.4, tightness: 0.1 },
  looks: [...SCENES.keys(), 'own', 'colour'].map((name) => ({
    name,
    params: { picture: name },
    chosen: ({ picture }) => picture === name,
  })),
  controls: [
    { key: 'colour', kind: 'colour', shown: (params) => params.picture === 'colour' },
    { key: 'wrap', kind: 'range', min: 0, max: 1, step: 0.1 },
    TIGHTNESS,
  ],
  layer: (params) => ({
    kind: 'cut',
    strength: 0.5,
    tightness: numberOf(params, 'tightness', -1, 1),
    wrap: numberOf(params, 'wrap', 0, 1),
  }),
  behind(params) {
    const picture = String(params.picture);
    if (picture === 'colour') return plain(String(params.colour));
    if (picture === 'own') return own === null ? null : covering(own.key, own.bitmap);
    const scene = SCENES.get(picture) ?? [...SCENES.values()][0];
    return { key: `scene ${picture}`, draw: scene };
  },
  async prepare(params) {
    if (params.picture !== 'own') return;
    const key = ownKey(params);
    wanted = key;
    if (own?.key === key) return;
    const bitmap = await loadPicture().catch(() => null);
    if (wanted !== key) {
      bitmap?.close();
      return;
    }
    missing = bitmap === null ? key : '';
    own?.bitmap.close();
    own = bitmap === null ? null : { key, bitmap };
  },
  lack: (params) => (params.picture === 'own' && missing === ownKey(params) ? 'no-own-picture' : ''),
};

/** @param {import('./filter.js').Params} params */
function ownKey({ version }) {
  return `own ${version}`;
}

/**
 * @param {string} colour
 * @returns {import('./filter.js').Behind}
 */
function plain(colour) {
  const valid = /^#[0-9a-f]{6}$/i.test(colour) ? colour : '#2f5d62';
  return {
    key: `colour ${valid}`,
    draw(context, width, height) {
      context.fillStyle = valid;
      context.fillRect(0, 0, width, height);
    },
  };
}

/**
 * The middle of a picture, as large as it fits.
 * @param {string} key
 * @param {ImageBitmap} bitmap
 * @returns {import('./filter.js').Behind}
 */
function covering(key, bitmap) {
  return {
    key,
    draw(context, width, height) {
      const scale = Math.max(width / bitmap.width, height / bitmap.height);
      const [w, h] = [bitmap.width * scale, bitmap.height * scale];
      context.fillStyle = '#fff';
      context.fillRect(0, 0, width, height);
      context.imageSmoothingQuality = 'high';
      context.drawImage(bitmap, (width - w) / 2, (height - h) / 2, w, h);
    },
  };
}
