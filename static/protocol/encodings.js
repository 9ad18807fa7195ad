// @ts-check
/**
 * Send parameters of a camera: simulcast encodings and limits of the rate. Pure.
 *
 * The full picture comes first and a small one of about 100 kbit/s last, as the protocol asks; a screen is
 * never sent twice, because a small screen cannot be read.
 */

/** bit/s of the small picture. */
export const LOW_RATE = 100_000;
/** Height in pixels that the small picture aims at. */
const LOW_HEIGHT = 180;

/**
 * @param {{simulcast: boolean, maxBitrate?: number, height?: number}} options  height of the full picture
 * @returns {RTCRtpEncodingParameters[]}
 */
export function encodings({ simulcast, maxBitrate, height = 720 }) {
  /** @type {RTCRtpEncodingParameters} */
  const full = maxBitrate ? { maxBitrate } : {};
  if (!simulcast) return [full];
  const scale = Math.max(1, Math.round((height / LOW_HEIGHT) * 2) / 2);
  return [
    { ...full, rid: 'h', active: true },
    { rid: 'l', active: true, maxBitrate: LOW_RATE, scaleResolutionDownBy: scale },
  ];
}

/**
 * Limits the best encoding of a sender; 0 or undefined lifts the limit.
 * @param {RTCRtpSender} sender
 * @param {number | undefined} maxBitrate  bit/s
 */
export async function limit(sender, maxBitrate) {
  const parameters = sender.getParameters();
  const best = parameters.encodings?.[0];
  if (!best) return;
  if (maxBitrate) best.maxBitrate = maxBitrate;
  else delete best.maxBitrate;
  await sender.setParameters(parameters);
}
