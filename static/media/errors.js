// @ts-check
/** Why a device could not be had, as a key of the table of texts. Pure. */

/** @typedef {'denied' | 'notFound' | 'busy' | 'unsuitable' | 'insecure' | 'unsupported' | 'cancelled' | 'other'} DeviceFailure */

/** Whether this page may ask for devices at all. @returns {DeviceFailure | ''} */
export function obstacle() {
  if (!globalThis.isSecureContext) return 'insecure';
  return navigator.mediaDevices === undefined || !('getUserMedia' in navigator.mediaDevices)
    ? 'unsupported'
    : '';
}

/** @param {unknown} error @returns {DeviceFailure} */
export function deviceFailure(error) {
  const name = error instanceof Error || error instanceof DOMException ? error.name : '';
  switch (name) {
    case 'NotAllowedError':
    case 'SecurityError':
    case 'PermissionDeniedError':
      return 'denied';
    case 'NotFoundError':
    case 'DevicesNotFoundError':
      return 'notFound';
    case 'NotReadableError':
    case 'TrackStartError':
      return 'busy';
    case 'OverconstrainedError':
      return 'unsuitable';
    case 'AbortError':
      return 'cancelled';
    default:
      return 'other';
  }
}
