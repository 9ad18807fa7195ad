// @ts-check
/**
 * Whether the graphics context that the network's pictures pass through still works. A classic script, loaded by
 * main.js; owns one empty buffer.
 *
 * MediaPipe checks nothing: once the context is lost (the browser's graphics process crashed, the driver was reset,
 * another page took too many), each mask is made of something that is not the camera's picture, and says so nowhere.
 */
class Graphics {
  /**
   * @param {OffscreenCanvas} canvas that MediaPipe was given, and has taken its context of
   */
  constructor(canvas) {
    const context = canvas.getContext('webgl2');
    if (context === null) throw new Error('MediaPipe uses another context');
    this.context = context;
    this.probe = context.createBuffer();
    // A name becomes a buffer when it is first bound.
    const bound = context.getParameter(context.PIXEL_PACK_BUFFER_BINDING);
    context.bindBuffer(context.PIXEL_PACK_BUFFER, this.probe);
    context.bindBuffer(context.PIXEL_PACK_BUFFER, bound);
  }

  /** Asks the graphics process itself: the page is told of its end only when no script runs. */
  get lost() {
    return this.context.isContextLost() || this.probe === null || !this.context.isBuffer(this.probe);
  }

  /** Give the context back: browsers have few of them. */
  release() {
    this.context.getExtension('WEBGL_lose_context')?.loseContext();
  }
}
