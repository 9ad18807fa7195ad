// @ts-check
/** A whole client: joins a group, sends camera and microphone, shows everybody, chats. Made to be copied. */
import { Connection, fetchStatus } from '../protocol/index.js';

/** @param {string} id @returns {any} */
const byId = (id) => document.getElementById(id);

/** @type {Connection | null} */
let connection = null;
/** @type {MediaStream | null} */
let own = null;

byId('join').addEventListener('submit', async (/** @type {Event} */ event) => {
  event.preventDefault();
  // The example lives at <server>/static[/@version]/examples/minimal.html.
  const root = document.location.href.replace(/\/static\/.*/, '/');
  const location = new URL(`group/${byId('group').value}/`, root).href;
  try {
    const status = await fetchStatus(location);
    own ??= await navigator.mediaDevices.getUserMedia({ audio: true, video: true }).catch(() => null);
    start(status, { username: byId('name').value, password: byId('password').value });
  } catch (error) {
    say(`${location}: ${error}`);
  }
});

/**
 * @param {import('../protocol/types.js').GroupStatus} status
 * @param {import('../protocol/types.js').Credentials} credentials
 */
function start(status, credentials) {
  const made = (connection = new Connection());
  made.on('open', () => void made.join(status.name ?? '', credentials));
  made.on('close', ({ retryIn }) => {
    show(false);
    say(retryIn === null ? 'You left.' : 'The connection was lost, trying again…');
  });
  made.on('joined', ({ kind, permissions, value }) => {
    if (kind === 'fail') {
      made.close();
      say(`The server says: ${value}`);
    } else if (kind === 'join') {
      say('You are in.');
      show(true);
      made.request({ '': ['audio', 'video'] });
      if (own && permissions.includes('present')) {
        made.publish({ label: 'camera', audio: own.getAudioTracks()[0], video: own.getVideoTracks()[0] });
      }
    }
  });
  made.on('down', (stream) => {
    const video = document.createElement('video');
    Object.assign(video, {
      autoplay: true,
      playsInline: true,
      width: 320,
      srcObject: stream.media,
      title: stream.username,
    });
    byId('videos').append(video);
    stream.on('close', () => video.remove());
  });
  made.on('chat', ({ username, value }) => {
    const line = document.createElement('li');
    line.textContent = `${username}: ${value}`;
    byId('chat').append(line);
  });
  if (status.endpoint) made.connect(status.endpoint);
}

byId('say').addEventListener('submit', (/** @type {Event} */ event) => {
  event.preventDefault();
  connection?.chat(byId('message').value);
  byId('message').value = '';
});
byId('leave').addEventListener('click', () => connection?.close());

/** @param {boolean} joined */
function show(joined) {
  byId('join').hidden = joined;
  byId('say').hidden = !joined;
}

/** @param {string} text */
function say(text) {
  byId('state').textContent = text;
}
