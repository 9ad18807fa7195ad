// @ts-check
/**
 * A track that shows black. Sent for a moment when a camera is switched off, so that nobody's picture stays
 * frozen on the screens of clients that do not know our "camera off".
 */

/** Milliseconds after which the black track has certainly been sent. */
export const BLACK_MS = 700;

/** @returns {MediaStreamTrack | null} */
export function blackTrack() {
  const canvas = document.createElement('canvas');
  canvas.width = 320;
  canvas.height = 180;
  const context = canvas.getContext('2d');
  if (!context || !canvas.captureStream) return null;
  const [track] = canvas.captureStream(10).getVideoTracks();
  let count = 0;
  const timer = setInterval(() => {
    context.fillStyle = count % 2 ? '#000000' : '#000001'; // a change, so that a frame is made
    context.fillRect(0, 0, canvas.width, canvas.height);
    count += 1;
    if (track.readyState === 'ended' || count > 20) clearInterval(timer);
  }, 60);
  return track;
}
