/** The picture behind the person at the frame's size, drawn once. Owns its canvas. */

export class BehindPicture {
  constructor() {
    this.key = '';
    /** @type {OffscreenCanvasRenderingContext2D | null} */
    this.context = null;
  }

  /**
   * @param {import('../effects/registry.js').Effects} effects
   * @param {import('../contract.js').Size} size of the frame
   * @returns {{key: string, context: OffscreenCanvasRenderingContext2D} | null} another key for another picture or size;
   *   null where none is wanted
   */
  of({ layer, behind }, { width, height }) {
    if (layer?.kind !== 'cut' || behind === null) return null;
    const key = `${width} ${height} ${behind.key}`;
    if (this.context === null || this.key !== key) {
      const context = new OffscreenCanvas(width, height).getContext('2d', { alpha: false });
      if (context === null) throw new Error('no 2D canvas');
      behind.draw(context, width, height);
      [this.key, this.context] = [key, context];
    }
    return { key, context: this.context };
  }

  /** Give the pixels back. */
  drop() {
    this.context = null;
  }
}
