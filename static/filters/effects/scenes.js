/**
 * The built-in background pictures: drawn here, so that there are no files to fetch and they are sharp at any
 * size. Each fills the whole canvas and looks the same every time.
 */

/** @typedef {OffscreenCanvasRenderingContext2D | CanvasRenderingContext2D} Context */
/** @typedef {(context: Context, width: number, height: number) => void} Scene */

/**
 * Numbers from 0 to 1 that look random and are the same each time.
 * @param {number} seed
 */
function dice(seed) {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 4294967296;
  };
}

/**
 * @param {Context} context
 * @param {[number, number, number, number]} line from x, y to x, y
 * @param {string[]} colours evenly spaced
 */
function gradient(context, line, colours) {
  const paint = context.createLinearGradient(...line);
  colours.forEach((colour, index) => paint.addColorStop(index / (colours.length - 1), colour));
  return paint;
}

/**
 * A soft round light.
 * @param {Context} context
 * @param {number} x
 * @param {number} y
 * @param {number} radius
 * @param {string} rgb three numbers
 * @param {number} strength 0 to 1
 */
function glow(context, x, y, radius, rgb, strength) {
  const paint = context.createRadialGradient(x, y, 0, x, y, radius);
  paint.addColorStop(0, `rgb(${rgb} / ${strength})`);
  paint.addColorStop(0.5, `rgb(${rgb} / ${strength * 0.35})`);
  paint.addColorStop(1, `rgb(${rgb} / 0)`);
  context.fillStyle = paint;
  context.fillRect(x - radius, y - radius, 2 * radius, 2 * radius);
}

/** A plain wall in warm light, a floor, a table with a plant. @type {Scene} */
function office(context, width, height) {
  context.fillStyle = gradient(context, [0, 0, width, height], ['#efe6da', '#dccbb8', '#bfa891']);
  context.fillRect(0, 0, width, height);
  glow(context, width * 0.2, height * 0.1, width * 0.6, '255 247 230', 0.75);
  // Light of a window across the wall.
  context.fillStyle = 'rgb(255 250 238 / 0.28)';
  for (let pane = 0; pane < 3; pane++) {
    const x = width * (0.1 + pane * 0.105);
    context.beginPath();
    context.moveTo(x, height * 0.08);
    context.lineTo(x + width * 0.09, height * 0.12);
    context.lineTo(x + width * 0.13, height * 0.62);
    context.lineTo(x + width * 0.04, height * 0.56);
    context.fill();
  }
  const shelf = height * 0.78;
  context.fillStyle = gradient(context, [0, shelf, 0, height], ['#8c6a4f', '#5d4433']);
  context.fillRect(0, shelf, width, height - shelf);
  context.fillStyle = 'rgb(255 240 220 / 0.35)';
  context.fillRect(0, shelf, width, Math.max(1, height * 0.006));
  plant(context, width * 0.84, shelf, height * 0.5);
}

/**
 * Leaves in a pot that stands on `y`.
 * @param {Context} context
 * @param {number} x
 * @param {number} y
 * @param {number} size
 */
function plant(context, x, y, size) {
  const roll = dice(5);
  for (let leaf = 0; leaf < 26; leaf++) {
    const angle = -Math.PI / 2 + (roll() - 0.5) * 2.5;
    const length = size * (0.45 + 0.5 * roll());
    const [tx, ty] = [x + Math.cos(angle) * length, y - size * 0.22 + Math.sin(angle) * length];
    const bend = (roll() - 0.5) * size * 0.3;
    context.fillStyle = `hsl(${115 + 30 * roll()} ${22 + 15 * roll()}% ${24 + 18 * roll()}%)`;
    context.beginPath();
    context.moveTo(x, y - size * 0.2);
    context.quadraticCurveTo((x + tx) / 2 + bend, (y + ty) / 2 - size * 0.25, tx, ty);
    context.quadraticCurveTo((x + tx) / 2 + bend + size * 0.12, (y + ty) / 2, x, y - size * 0.2);
    context.fill();
  }
  context.fillStyle = gradient(context, [x - size * 0.2, 0, x + size * 0.2, 0], ['#c9c2b8', '#f4efe8', '#a39a8d']);
  context.beginPath();
  context.moveTo(x - size * 0.17, y - size * 0.3);
  context.lineTo(x + size * 0.17, y - size * 0.3);
  context.lineTo(x + size * 0.13, y + size * 0.02);
  context.lineTo(x - size * 0.13, y + size * 0.02);
  context.fill();
}

/** Shelves full of books, a little out of focus. @type {Scene} */
function library(context, width, height) {
  context.fillStyle = '#2d2019';
  context.fillRect(0, 0, width, height);
  const roll = dice(11);
  const rows = 4;
  const tall = height / rows;
  context.filter = `blur(${Math.max(1, height / 240)}px)`;
  for (let row = 0; row < rows; row++) {
    const floor = (row + 1) * tall - tall * 0.08;
    for (let x = width * 0.004 * row; x < width; ) {
      const thick = width * (0.008 + 0.016 * roll());
      const high = tall * (0.6 + 0.28 * roll());
      if (roll() > 0.06) {
        const colour = `${[12, 28, 205, 150, 350, 40][Math.floor(roll() * 6)]} ${18 + 26 * roll()}%`;
        const lightness = 20 + 26 * roll();
        context.fillStyle = gradient(context, [x, 0, x + thick, 0], [
          `hsl(${colour} ${lightness - 7}%)`, `hsl(${colour} ${lightness + 5}%)`, `hsl(${colour} ${lightness - 10}%)`,
        ]);
        context.fillRect(x, floor - high, thick * 0.94, high);
        context.fillStyle = 'rgb(240 220 170 / 0.3)';
        context.fillRect(x + thick * 0.2, floor - high * 0.8, thick * 0.55, high * 0.03);
      }
      x += thick;
    }
    context.fillStyle = gradient(context, [0, floor, 0, floor + tall * 0.09], ['#7a563c', '#4a3223']);
    context.fillRect(0, floor, width, tall * 0.09);
  }
  context.filter = 'none';
  glow(context, width * 0.75, height * 0.1, width * 0.7, '255 205 140', 0.3);
  context.fillStyle = gradient(context, [0, 0, 0, height], ['rgb(0 0 0 / 0.05)', 'rgb(0 0 0 / 0.4)']);
  context.fillRect(0, 0, width, height);
}

/** Hills behind hills in the morning. @type {Scene} */
function hills(context, width, height) {
  context.fillStyle = gradient(context, [0, 0, 0, height * 0.7], ['#8fb4d8', '#d6dfe6', '#f7dfc4']);
  context.fillRect(0, 0, width, height);
  glow(context, width * 0.68, height * 0.42, width * 0.4, '255 236 205', 0.95);
  for (let layer = 0; layer < 6; layer++) {
    const roll = dice(31 + layer * 7);
    const base = height * (0.48 + layer * 0.09);
    const waves = [0, 1, 2, 3].map((n) => [roll() * 7, (1.2 + n * 1.7 + roll()) / width, (0.055 / (n + 1)) * height]);
    context.fillStyle = `hsl(${205 - layer * 14} ${20 + layer * 3}% ${70 - layer * 9}%)`;
    context.beginPath();
    context.moveTo(0, height);
    for (let x = 0; x <= width + 8; x += 8) {
      context.lineTo(x, base - waves.reduce((sum, [phase, rate, size]) => sum + size * Math.sin(phase + x * rate * 6.3), 0));
    }
    context.lineTo(width + 8, height);
    context.fill();
  }
}

/** Lights of a town at night, out of focus. @type {Scene} */
function evening(context, width, height) {
  context.fillStyle = gradient(context, [0, 0, 0, height], ['#0d1730', '#23284a', '#4a3350']);
  context.fillRect(0, 0, width, height);
  const roll = dice(3);
  const colours = ['255 196 120', '255 150 110', '140 190 255', '255 225 180', '225 130 170'];
  for (let light = 0; light < 70; light++) {
    const depth = roll();
    const [x, y] = [roll() * width, height * (0.25 + 0.7 * roll())];
    const radius = height * (0.015 + 0.06 * depth);
    const colour = colours[Math.floor(roll() * colours.length)];
    const paint = context.createRadialGradient(x, y, 0, x, y, radius);
    const strength = 0.12 + 0.3 * roll() * (1.2 - depth);
    paint.addColorStop(0, `rgb(${colour} / ${strength})`);
    paint.addColorStop(0.85, `rgb(${colour} / ${strength * 1.2})`);
    paint.addColorStop(1, `rgb(${colour} / 0)`);
    context.fillStyle = paint;
    context.fillRect(x - radius, y - radius, 2 * radius, 2 * radius);
  }
}

/** Calm curved bands of colour. @type {Scene} */
function paper(context, width, height) {
  context.fillStyle = '#f1ede6';
  context.fillRect(0, 0, width, height);
  const bands = ['#e3dccf', '#c9d5d0', '#a3bdbd', '#6f9aa0', '#3f6f7c', '#24505f'];
  bands.forEach((colour, index) => {
    const top = height * (0.3 + index * 0.13);
    const swing = height * 0.12;
    context.shadowColor = 'rgb(20 40 50 / 0.35)';
    context.shadowBlur = height * 0.03;
    context.fillStyle = colour;
    context.beginPath();
    context.moveTo(-width * 0.1, height * 1.1);
    context.lineTo(-width * 0.1, top);
    const lean = index % 2 === 0 ? 1 : -1;
    context.bezierCurveTo(width * 0.3, top - swing * lean, width * 0.6, top + swing * lean, width * 1.1, top - swing * 0.5);
    context.lineTo(width * 1.1, height * 1.1);
    context.fill();
  });
  context.shadowColor = 'transparent';
}

/** Name → drawing; names are `filter.image.picture.<name>` in the table of texts. @type {Map<string, Scene>} */
export const SCENES = new Map([
  ['office', office],
  ['library', library],
  ['hills', hills],
  ['evening', evening],
  ['paper', paper],
]);
