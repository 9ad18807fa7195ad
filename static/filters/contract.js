/**
 * What the page and the worker tell each other. Types only; each size of a picture is told by whoever makes it.
 *
 * The page has one request under way at most (`frame` or `order`), and may send the next one after `idle`, `size` or
 * `unfit`. Everything else is not answered.
 */

/** @typedef {[number, number, number, number]} Rect x, y, width, height; fractions of the frame */
/** @typedef {'square' | 'landscape'} ModelName */

/**
 * What a mask says about people. What is unsure tells nothing of where they are: things that the network takes for
 * half a person, in their hands or beside them, would widen the rectangle, in which it then errs more.
 * @typedef {object} Found
 * @property {Rect} box everybody, without what is unsure
 * @property {Rect} core the same without the outermost bits, which often are something else
 * @property {number} area fraction of the frame that is person
 * @property {number} doubt what is neither surely person nor surely background, in fractions of what is person
 * @property {readonly boolean[]} touches whether they reach the rectangle's left, top, right, bottom edge
 */

/**
 * What is made of the background.
 * @typedef {object} LayerSpec
 * @property {'blur' | 'cut'} kind blurred, or cut out for a picture behind the person
 * @property {number} strength 0 to 1, of the blur
 * @property {number} tightness -1 (keeps more around the person) to 1 (cuts closer)
 * @property {number} wrap 0 to 1, how much light of the background falls on the person's rim
 */

/**
 * What every request for a frame says.
 * @typedef {object} Ask
 * @property {number} id
 * @property {Rect} rect what the model sees
 * @property {number} width of the model's picture, pixels
 * @property {number} height
 * @property {ModelName} model that fits the picture
 * @property {boolean} both whether the other one is to look as well
 * @property {boolean} look whether to look at the whole frame afterwards
 * @property {boolean} reuse whether the last outline may serve once more if nothing moved
 * @property {boolean} reset whether the last mask has nothing to do with this frame
 * @property {boolean} debug whether the mask shall be returned as well
 * @property {LayerSpec} spec
 */

/**
 * - `frame`: a small picture for which a layer is wanted: the model's above the whole frame's, of `ready`'s size
 * - `order`: the camera's next frame is wanted, covered. `segment`: whether to make an outline, or to use the last one
 *   in any case; `behind`: key of the picture behind, '' for a blur
 * @typedef {{type: 'start', base: string, model: ModelName}} StartRequest base: of the MediaPipe installation, a URL
 * @typedef {Ask & {type: 'frame', bitmap: ImageBitmap, aspect: number}} FrameRequest aspect: of the frame
 * @typedef {Ask & {type: 'order', frameWidth: number, frameHeight: number, segment: boolean, behind: string}} OrderRequest
 * @typedef {{type: 'camera', readable: ReadableStream<VideoFrame> | null}} CameraRequest
 * @typedef {{type: 'behind', key: string, rgba: Uint8ClampedArray, width: number, height: number}} BehindRequest
 * @typedef {FrameRequest | OrderRequest} PictureRequest
 * @typedef {StartRequest | PictureRequest | CameraRequest | BehindRequest | {type: 'ping'}} Request
 */

/** @typedef {{width: number, height: number}} Size pixels */

/**
 * @typedef {object} Times milliseconds
 * @property {number} read taking the frame's pixels and shrinking them
 * @property {number} segment the model
 * @property {number} finish edges, background, putting together
 */

/**
 * What every answer with a picture says.
 * @typedef {object} Outcome
 * @property {number} id
 * @property {Found | null | undefined} found where people are; undefined: the last outline was used
 * @property {ModelName | 'both'} model that made the outline
 * @property {Times} times
 * @property {Float32Array} [mask]
 */

/**
 * - `ready`: sees: size of the whole frame's picture
 * - `layer`: near part above `far`, which covers the whole frame; bitmap null: nothing moved, the last layer serves
 * - `covered`: a frame of the camera with its background covered, and the camera's timestamp
 * - `idle`: a request may be sent; people: what a look at the whole frame found, undefined if there was none
 * - `size`: the camera's frames have another size than ordered
 * - `unfit`: the worker cannot handle the frames that this order was for
 * @typedef {Outcome & {type: 'layer', bitmap: ImageBitmap | null, far: Size & {top: number}}} LayerAnswer
 * @typedef {Outcome & {type: 'covered', frame: VideoFrame}} CoveredAnswer
 * @typedef {{type: 'idle', id: number, people?: Found | null}} IdleAnswer
 * @typedef {{type: 'size', id: number, width: number, height: number}} SizeAnswer
 * @typedef {{type: 'unfit', id: number, detail: string}} UnfitAnswer
 * @typedef {{type: 'error', reason: string, detail: string}} ErrorAnswer reason: key below `filter.reason.`
 * @typedef {LayerAnswer | CoveredAnswer | IdleAnswer | SizeAnswer | UnfitAnswer | ErrorAnswer |
 *   {type: 'ready', sees: Size} | {type: 'pong'}} Answer
 */

export {};
