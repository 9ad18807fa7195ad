/**
 * English texts of the filter panel: the part of the table of texts that belongs to filters. Translations have
 * the same keys.
 * @type {Record<string, string>}
 */
export const FILTER_TEXTS = {
  'filter.title': 'Filters',
  'filter.background': 'Background',
  'filter.more': 'Video',
  'filter.none': 'None',
  'filter.none.hint': 'Your camera as it is',
  'filter.blur': 'Background blur',
  'filter.blur.hint': 'You stay sharp, the room behind you does not',
  'filter.blur.strength': 'Strength',
  'filter.blur.tightness': 'Edge: wider to closer',
  'filter.image': 'Background image',
  'filter.image.hint': 'Another room, your own image, or a colour',
  'filter.image.picture': 'Image',
  'filter.image.picture.office': 'Bright wall',
  'filter.image.picture.library': 'Library',
  'filter.image.picture.hills': 'Hills',
  'filter.image.picture.evening': 'Evening lights',
  'filter.image.picture.paper': 'Paper waves',
  'filter.image.picture.own': 'Your image',
  'filter.image.picture.colour': 'Plain colour',
  'filter.image.choose': 'Choose an image…',
  'filter.image.remove': 'Remove it from this browser',
  'filter.image.kept': 'Your image stays in this browser; it is never uploaded.',
  'filter.image.bad': 'This file could not be read as an image.',
  'filter.image.colour': 'Colour',
  'filter.image.wrap': 'Light from the background',
  'filter.image.tightness': 'Edge: wider to closer',
  'filter.mirror': 'Flip',
  'filter.mirror.horizontal': 'Flip horizontally',
  'filter.mirror.vertical': 'Flip vertically',
  'filter.rotate': 'Rotate',
  'filter.rotate.angle': 'Rotate',
  'filter.rotate.angle.0': 'None',
  'filter.rotate.angle.90': '90°',
  'filter.rotate.angle.180': '180°',
  'filter.rotate.angle.270': '270°',
  'filter.light': 'Light',
  'filter.light.brightness': 'Brightness',
  'filter.light.warmth': 'Warmth',
  'filter.reason.checking': 'Checking…',
  'filter.reason.not-installed': 'This server has no segmentation library; its administrator can install it (galene-py install-mediapipe).',
  'filter.reason.no-webgl2': 'This browser has no WebGL 2, which background effects need.',
  'filter.reason.no-wasm': 'This browser has no WebAssembly, which background effects need.',
  'filter.reason.old-browser': 'This browser is too old for filters.',
  'filter.reason.unreachable': 'The server did not answer.',
  'filter.reason.missing': 'A file of the segmentation library is missing on this server.',
  'filter.reason.policy': "The server's security policy does not let the segmentation worker run.",
  'filter.reason.worker': 'The segmentation worker could not start.',
  'filter.reason.failed': 'Finding your outline failed.',
  'filter.reason.graphics': "The browser's graphics stopped working; closing and opening the browser may help.",
  'filter.reason.hung': 'Finding your outline takes too long.',
  'filter.reason.slow': 'Loading takes too long.',
  'filter.reason.no-own-picture': 'Your image is not in this browser, so your background is blurred instead.',
  'filter.reason.no-picture': 'The camera sends no video.',
  'filter.state.off': 'No filter: others see your video as it is.',
  'filter.state.loading': 'The filter is loading. Until it is ready, others see your whole video blurred.',
  'filter.state.running': 'Others see what you see here.',
  'filter.state.closed': 'The filter was interrupted. For now, others see your whole video blurred.',
  'filter.state.failed': 'The filter does not work. Others see your whole video blurred until you choose something else.',
  'filter.retry': 'Try again',
  'filter.preview': 'Preview',
  'filter.preview.with': 'With filter',
  'filter.preview.without': 'Without filter',
  'filter.preview.private': 'Only you see this',
  'filter.preview.closed': 'Turn your camera on to see the preview.',
  'filter.camera': 'Camera',
  'filter.camera.size': 'Resolution',
  'filter.camera.rate': 'Frames per second',
  'filter.camera.failed': 'The camera refused: {error}',
  'filter.details': 'Advanced',
  'filter.details.line': '{fps} frames/s · {latency} ms delay · {main} ms page · {segment} ms model · {rest} ms edges and blur',
  'filter.details.model': 'Model: {model}, {width} × {height}, {path}',
  'filter.path.planes': 'put together by the worker',
  'filter.path.canvas': 'put together on the page',
  'filter.model.both': 'finest (256 × 256 and 256 × 144)',
  'filter.model.square': 'fine (256 × 256)',
  'filter.model.landscape': 'quick (256 × 144)',
  'filter.details.none': 'Nothing to measure: no filter is on.',
  'filter.debug': 'Show outline and crop',
  'filter.debug.label': 'The outline as the model found it; the rectangle is the part of the video that it looks at',
};

/**
 * A text with its values filled in, from the page's table or from this one.
 * @param {((key: string, values?: Record<string, string>) => string | undefined) | undefined} texts
 */
export function textsWithDefaults(texts) {
  /**
   * @param {string} key
   * @param {Record<string, string>} [values]
   */
  return (key, values) => {
    const given = texts?.(key, values);
    if (given !== undefined && given !== '' && given !== key) return given;
    const text = FILTER_TEXTS[key] ?? key;
    return text.replace(/\{(\w+)\}/g, (whole, name) => values?.[name] ?? whole);
  };
}
