// @ts-check
/** What a browser lacks: policies and hardened browsers take whole interfaces away. Pure. */

/** Whether media can be sent and received at all. */
export function hasWebRTC() {
  return typeof globalThis.RTCPeerConnection === 'function' && typeof globalThis.MediaStream === 'function';
}

/** Whether there can be a connection to the server. */
export function hasWebSocket() {
  return typeof globalThis.WebSocket === 'function';
}
