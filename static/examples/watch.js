// @ts-check
/** A player: watches one person of a group by WHEP, without the group's protocol. Made to be copied. */

/** @param {string} id @returns {any} */
const byId = (id) => document.getElementById(id);
// The example lives at <server>/static[/@version]/examples/watch.html.
const root = document.location.href.replace(/\/static\/.*/, '/');

byId('watch').addEventListener('submit', async (/** @type {Event} */ event) => {
  event.preventDefault();
  const url = new URL(`group/${byId('group').value}/.whep`, root);
  if (byId('who').value) url.searchParams.set('who', byId('who').value);
  const connection = new RTCPeerConnection();
  const media = (byId('video').srcObject = new MediaStream());
  connection.addEventListener('track', ({ track }) => media.addTrack(track));
  for (const kind of ['audio', 'video']) connection.addTransceiver(kind, { direction: 'recvonly' });
  await connection.setLocalDescription();
  const response = await ask(url, connection.localDescription?.sdp ?? '');
  if (!response.ok) {
    byId('state').textContent = (await response.json()).detail;
    return;
  }
  await connection.setRemoteDescription({ type: 'answer', sdp: await response.text() });
  byId('state').textContent = 'Connected.';
  const session = response.headers.get('Location') ?? '';
  window.addEventListener('pagehide', () => void fetch(session, { method: 'DELETE', keepalive: true }));
});

/** @param {URL} url @param {string} body @returns {Promise<Response>} */
async function ask(url, body) {
  const headers = new Headers({ 'Content-Type': 'application/sdp' });
  if (byId('token').value) headers.set('Authorization', `Bearer ${byId('token').value}`);
  const response = await fetch(url, { method: 'POST', headers, body });
  if (response.status !== 409) return response; // else nobody sends now
  byId('state').textContent = (await response.json()).detail;
  await new Promise((resolve) => setTimeout(resolve, 1000 * Number(response.headers.get('Retry-After'))));
  return ask(url, body);
}
