// @ts-check
/** The blurred background: arithmetic on a whole frame's small picture. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

const ROOT = new URL('../../../static/filters/worker/', import.meta.url);
const source = ['mask.js', 'layer.js'].map((name) => readFileSync(new URL(name, ROOT), 'utf8')).join('\n');

class Pixels {
  /**
   * @param {number} width
   * @param {number} height
   */
  constructor(width, height) {
    [this.width, this.height] = [width, height];
    this.data = new Uint8ClampedArray(width * height * 4);
  }
}

const { Backdrop, WHOLE_WIDTH, WHOLE_HEIGHT } = new Function(
  'ImageData',
  `${source}; return { Backdrop, WHOLE_WIDTH, WHOLE_HEIGHT };`,
)(Pixels);

const [W, H] = [64, 36];
/** @type {[number, number, number, number]} */
const WHOLE = [0, 0, 1, 1];

/**
 * @param {(x: number, y: number) => number} grey by position, fractions of the frame
 */
function frame(grey) {
  const rgba = new Uint8ClampedArray(WHOLE_WIDTH * WHOLE_HEIGHT * 4);
  for (let i = 0; i < rgba.length; i += 4) {
    const [x, y] = [(i / 4) % WHOLE_WIDTH, Math.floor(i / 4 / WHOLE_WIDTH)];
    rgba.fill(grey((x + 0.5) / WHOLE_WIDTH, (y + 0.5) / WHOLE_HEIGHT), i, i + 4);
  }
  return rgba;
}

/** @param {(x: number, y: number) => boolean} person by position, fractions of the frame */
function maskOf(person) {
  return Float32Array.from({ length: W * H }, (_, i) =>
    person(((i % W) + 0.5) / W, (Math.floor(i / W) + 0.5) / H) ? 1 : 0,
  );
}

/**
 * @param {Uint8ClampedArray} rgba
 * @param {Float32Array} mask
 * @param {number} strength
 */
function blurred(rgba, mask, strength) {
  const backdrop = new Backdrop();
  backdrop.fill(rgba, { mask, width: W, height: H, rect: WHOLE }, strength, 16 / 9);
  /** @type {Pixels} */
  const image = backdrop.image;
  /** @type {(x: number, y: number) => number} */
  const at = (x, y) => image.data[(Math.floor(y * image.height) * image.width + Math.floor(x * image.width)) * 4];
  return { image, at };
}

const STRENGTHS = [0, 0.3, 0.5, 0.6, 1];
const nobody = maskOf(() => false);

test('one colour stays what it is, opaque, up to the edges', () => {
  for (const strength of STRENGTHS) {
    const { image } = blurred(frame(() => 90), nobody, strength);
    for (let i = 0; i < image.data.length; i += 4) {
      assert.ok(Math.abs(image.data[i] - 90) <= 1);
      assert.equal(image.data[i + 3], 255);
    }
  }
});

test('an edge becomes a slope, wider with more strength, and as wide where fewer pixels do', () => {
  const edge = frame((x) => (x < 0.5 ? 0 : 200));
  let narrower = 0;
  const sizes = new Set();
  for (const strength of STRENGTHS) {
    const { image, at } = blurred(edge, nobody, strength);
    sizes.add(image.width);
    // From the Gaussian's 16 % to its 84 % are two standard deviations.
    let width = 0;
    for (let x = 0; x < image.width; x++) {
      const value = at((x + 0.5) / image.width, 0.5) / 200;
      if (value > 0.16 && value < 0.84) width += 1 / image.width;
    }
    const deviation = (0.012 + 0.05 * strength) / (16 / 9);
    assert.ok(Math.abs(width - 2 * deviation) <= 2 / image.width, `${width} for ${2 * deviation}`);
    assert.ok(width >= narrower);
    narrower = width;
  }
  assert.equal(sizes.size, 2);
});

test('around the person nothing of them shines through', () => {
  /** @type {(x: number, y: number) => boolean} */
  const inside = (x, y) => Math.abs(x - 0.5) < 13 / W && y > 11 / H;
  for (const strength of STRENGTHS) {
    const { image, at } = blurred(frame((x, y) => (inside(x, y) ? 255 : 60)), maskOf(inside), strength);
    for (let y = 0.5 / image.height; y < 1; y += 1 / image.height) {
      for (let x = 0.5 / image.width; x < 1; x += 1 / image.width) {
        if (!inside(x, y)) assert.ok(at(x, y) < 62, `${at(x, y)} at ${x}, ${y}`);
      }
    }
  }
});
