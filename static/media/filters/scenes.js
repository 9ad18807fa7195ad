/** Placeholder until the scenes are drawn. */
/** @type {Map<string, (context: OffscreenCanvasRenderingContext2D, width: number, height: number) => void>} */
export const SCENES = new Map([
  ['office', (context, width, height) => { context.fillStyle = '#89a'; context.fillRect(0, 0, width, height); }],
]);
