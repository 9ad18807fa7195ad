/**
 * The person's own background picture: kept in this browser's IndexedDB, never sent anywhere by itself.
 *
 * It is scaled down and redrawn before it is kept, which also drops whatever a photo says about its place
 * and time.
 */

const DATABASE = 'galene-py-filters';
const STORE = 'pictures';
const KEY = 'background';
/** Longer side of what is kept, pixels. */
const LARGEST = 1920;

/** @returns {Promise<IDBDatabase>} */
function database() {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(DATABASE, 1);
    request.onupgradeneeded = () => request.result.createObjectStore(STORE);
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

/**
 * @template T
 * @param {IDBTransactionMode} mode
 * @param {(store: IDBObjectStore) => IDBRequest<T>} action
 * @returns {Promise<T>}
 */
async function within(mode, action) {
  const open = await database();
  try {
    return await new Promise((resolve, reject) => {
      const transaction = open.transaction(STORE, mode);
      const request = action(transaction.objectStore(STORE));
      transaction.oncomplete = () => resolve(request.result);
      transaction.onabort = transaction.onerror = () => reject(transaction.error);
    });
  } finally {
    open.close();
  }
}

/**
 * Keep a picture that the person picked.
 * @param {Blob} file any format that the browser can decode
 * @returns {Promise<string>} a version, different for each picture
 * @throws when it is no picture, or nothing can be kept (private windows)
 */
export async function keepPicture(file) {
  const bitmap = await createImageBitmap(file);
  const scale = Math.min(1, LARGEST / Math.max(bitmap.width, bitmap.height));
  const canvas = new OffscreenCanvas(
    Math.max(1, Math.round(bitmap.width * scale)),
    Math.max(1, Math.round(bitmap.height * scale)),
  );
  const context = canvas.getContext('2d');
  if (context === null) throw new Error('no 2D canvas');
  context.imageSmoothingQuality = 'high';
  context.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  bitmap.close();
  const blob = await canvas.convertToBlob({ type: 'image/jpeg', quality: 0.9 });
  await within('readwrite', (store) => store.put(blob, KEY));
  return String(Date.now());
}

/** @returns {Promise<ImageBitmap | null>} null when there is none */
export async function loadPicture() {
  const blob = await within('readonly', (store) => store.get(KEY)).catch(() => undefined);
  return blob instanceof Blob ? createImageBitmap(blob) : null;
}

/** Forget it. */
export async function dropPicture() {
  await within('readwrite', (store) => store.delete(KEY));
}
