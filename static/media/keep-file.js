// @ts-check
/**
 * Where a received file goes: onto the disk as it comes, where the browser lets people choose a place; otherwise into
 * blobs, which browsers keep on the disk when they are large, and then into the downloads.
 */

/** @typedef {import('../protocol/file-transfer.js').Sink} Sink */

/** Bytes after which what has come becomes a blob. */
const PORTION = 8 << 20;
/** Milliseconds for which the finished file can be fetched by its address. */
const KEPT_MS = 60_000;

/** Asks for a place where that is possible. @param {string} name @param {string} mimetype @returns {Promise<Sink | null>} null: the person thought better of it */
export async function placeFor(name, mimetype) {
  const ask = /** @type {any} */ (globalThis).showSaveFilePicker;
  if (typeof ask !== 'function') return download(name, mimetype);
  try {
    const handle = await ask.call(globalThis, { suggestedName: name });
    const stream = await handle.createWritable();
    return {
      write: (data) => stream.write(data),
      close: () => stream.close(),
      abort: () => void stream.abort().catch(() => {}),
    };
  } catch (error) {
    return error instanceof DOMException && error.name === 'AbortError' ? null : download(name, mimetype);
  }
}

/** @param {string} name @param {string} mimetype @returns {Sink} */
function download(name, mimetype) {
  /** @type {Blob[]} */
  let blobs = [];
  /** @type {ArrayBuffer[]} */
  let recent = [];
  let bytes = 0;
  const fold = () => {
    blobs.push(new Blob(recent));
    recent = [];
    bytes = 0;
  };
  return {
    write(data) {
      recent.push(data);
      bytes += data.byteLength;
      if (bytes >= PORTION) fold();
    },
    close() {
      fold();
      // Never a page of ours: what is opened by its address would be one.
      const url = URL.createObjectURL(new Blob(blobs, { type: /^(image|audio|video)\/(?!svg)/u.test(mimetype) ? mimetype : 'application/octet-stream' }));
      const link = document.createElement('a');
      link.href = url;
      link.download = name;
      link.click();
      setTimeout(() => URL.revokeObjectURL(url), KEPT_MS);
      blobs = [];
    },
    abort() {
      blobs = recent = [];
    },
  };
}
