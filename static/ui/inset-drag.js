// @ts-check
/** Drags one's own picture about the stage; let go, it goes to the nearest corner. Touches nothing but the tile's place. */
import { nearestCorner } from '../model/layout.js';

/** Pixels; what moves less was a click. */
const LEAST = 6;

/**
 * @param {HTMLElement} stage
 * @param {{at: (element: Element) => import('./tile.js').Tile | undefined, drop: (corner: import('../model/layout.js').Corner) => void}} actions
 *   at: the tile that may be dragged there
 */
export function dragInset(stage, { at, drop }) {
  /** @type {{tile: import('./tile.js').Tile, id: number, x: number, y: number, left: number, top: number, moved: boolean} | null} */
  let held = null;
  stage.addEventListener('pointerdown', (event) => {
    const { target } = event;
    if (event.button !== 0 || !(target instanceof Element) || target.closest('button')) return;
    const tile = at(target);
    if (!tile) return;
    const { x: left, y: top } = tile.position;
    held = { tile, id: event.pointerId, x: event.clientX, y: event.clientY, left, top, moved: false };
  });
  stage.addEventListener('pointermove', (event) => {
    if (!held || event.pointerId !== held.id) return;
    const dx = event.clientX - held.x;
    const dy = event.clientY - held.y;
    if (!held.moved && Math.hypot(dx, dy) < LEAST) return;
    if (!held.moved) {
      held.moved = true;
      held.tile.element.setPointerCapture(held.id);
      held.tile.element.classList.add('dragged');
    }
    const { width, height } = held.tile.size;
    const x = Math.min(stage.clientWidth - width, Math.max(0, held.left + dx));
    const y = Math.min(stage.clientHeight - height, Math.max(0, held.top + dy));
    held.tile.moveTo(x, y);
  });
  /** @param {PointerEvent} event */
  const end = (event) => {
    if (!held || event.pointerId !== held.id) return;
    const { tile, moved } = held;
    held = null;
    tile.element.classList.remove('dragged');
    if (!moved) return;
    drop(nearestCorner({ width: stage.clientWidth, height: stage.clientHeight }, { ...tile.position, ...tile.size }));
  };
  stage.addEventListener('pointerup', end);
  stage.addEventListener('pointercancel', end);
}
