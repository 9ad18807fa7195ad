// @ts-check
/**
 * Tries the ways to the server that a meeting would take: directly by UDP, directly by TCP, and by the relay if
 * there is one; then sends a moving test picture by the first that is open, and measures.
 *
 * Uses no camera and no microphone, and shows nothing to anybody: the server drops what comes. Ends by itself, or
 * with the signal.
 */

/** @typedef {import('../model/verdict.js').Path} Path */
/** @typedef {import('../model/verdict.js').Figures} Figures */

const CONNECT_MS = 6_000;
const MEASURE_MS = 6_000;
/** At the end, when the browser has found out how much the line carries. */
const LAST_MS = 2_000;
const WIDTH = 1280;
const HEIGHT = 720;
const RATE = 3_000_000;

/** Why nothing could be tried; `retry` when it may work in a while. */
export class TestRefused extends Error {
  /** @param {boolean} retry */
  constructor(retry) {
    super('the server tests no connection now');
    this.retry = retry;
  }
}

/**
 * @param {object} options
 * @param {string} options.url              of the server's connection test
 * @param {RTCConfiguration} options.configuration  of the group, if it is known
 * @param {AbortSignal} options.signal
 * @param {(path: Path, open: boolean) => void} options.tried  told of each path
 * @returns {Promise<Figures>} rejects with TestRefused, or with the signal's reason
 */
export async function testConnection({ url, configuration, signal, tried }) {
  const picture = new TestPicture();
  /** @type {Attempt[]} */
  const attempts = [];
  try {
    for (const path of paths(configuration)) attempts.push(new Attempt(path, configuration, picture.track));
    const opened = await Promise.all(
      attempts.map(async (attempt) => {
        const open = await attempt.connect(url, signal);
        signal.throwIfAborted();
        tried(attempt.path, open);
        return open;
      }),
    );
    const [best, ...others] = attempts.filter((_, index) => opened[index]);
    for (const other of others) other.close();
    const open = attempts.filter((_, index) => opened[index]).map(({ path }) => path);
    if (!best) return { open, roundTrip: 0, rate: 0, loss: 0 };
    return { open, ...(await best.measure(signal)) };
  } finally {
    for (const attempt of attempts) attempt.close();
    picture.close();
  }
}

/** The best way first. @param {RTCConfiguration} configuration @returns {Path[]} */
function paths({ iceServers = [] }) {
  const relays = iceServers.some(({ urls }) => [urls].flat().some((url) => /^turns?:/i.test(url)));
  return relays ? ['udp', 'tcp', 'relay'] : ['udp', 'tcp'];
}

class Attempt {
  #pc;

  /** @param {Path} path @param {RTCConfiguration} configuration @param {MediaStreamTrack} track */
  constructor(path, configuration, track) {
    this.path = path;
    this.#pc = new RTCPeerConnection({
      ...configuration,
      bundlePolicy: 'max-bundle',
      iceTransportPolicy: path === 'relay' ? 'relay' : 'all',
      ...(path === 'relay' ? {} : { iceServers: [] }),
    });
    this.#pc.addTransceiver(track, { direction: 'sendonly', sendEncodings: [{ maxBitrate: RATE }] });
  }

  /** Whether this way is open. @param {string} url @param {AbortSignal} signal */
  async connect(url, signal) {
    await this.#pc.setLocalDescription();
    const body = this.#pc.localDescription?.sdp ?? '';
    const headers = { 'Content-Type': 'application/sdp' };
    const response = await fetch(url, { method: 'POST', body, headers, signal });
    if (!response.ok) throw new TestRefused(response.status === 429 || response.status === 503);
    const sdp = only(this.path === 'tcp' ? 'tcp' : 'udp', await response.text());
    await this.#pc.setRemoteDescription({ type: 'answer', sdp });
    return this.#connected(signal);
  }

  /** @param {AbortSignal} signal @returns {Promise<boolean>} */
  #connected(signal) {
    const pc = this.#pc;
    return new Promise((resolve) => {
      const look = () => {
        if (pc.connectionState === 'connected') end(true);
        else if (pc.connectionState === 'failed') end(false);
      };
      /** @param {boolean} open */
      const end = (open) => {
        clearTimeout(timer);
        pc.removeEventListener('connectionstatechange', look);
        resolve(open);
      };
      const timer = setTimeout(() => end(false), CONNECT_MS);
      signal.addEventListener('abort', () => end(false), { once: true });
      pc.addEventListener('connectionstatechange', look);
      look();
    });
  }

  /** Sends as much as goes, and says how much that was. @param {AbortSignal} signal */
  async measure(signal) {
    await pause(MEASURE_MS - LAST_MS, signal);
    const before = counters(await this.#pc.getStats());
    await pause(LAST_MS, signal);
    const after = counters(await this.#pc.getStats());
    const seconds = (after.time - before.time) / 1000 || 1;
    const sent = (8 * (after.bytes - before.bytes)) / seconds;
    return { rate: sent * (1 - after.loss), loss: after.loss, roundTrip: after.roundTrip };
  }

  close() {
    this.#pc.close();
  }
}

/** An answer with the server's candidates of one protocol only. @param {'udp' | 'tcp'} protocol @param {string} sdp */
function only(protocol, sdp) {
  const lines = sdp.split('\r\n');
  return lines
    .filter((line) => !line.startsWith('a=candidate:') || line.split(' ')[2].toLowerCase() === protocol)
    .join('\r\n');
}

/** @param {RTCStatsReport} report */
function counters(report) {
  const found = { time: 0, bytes: 0, loss: 0, roundTrip: 0 };
  report.forEach((entry) => {
    if (entry.type === 'outbound-rtp') {
      found.time = entry.timestamp;
      found.bytes = entry.bytesSent ?? 0;
    } else if (entry.type === 'remote-inbound-rtp') {
      found.loss = entry.fractionLost ?? 0;
      found.roundTrip ||= entry.roundTripTime ?? 0;
    } else if (entry.type === 'candidate-pair' && entry.nominated && entry.currentRoundTripTime) {
      found.roundTrip = entry.currentRoundTripTime;
    }
  });
  return found;
}

/** @param {number} ms @param {AbortSignal} signal */
function pause(ms, signal) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, ms, undefined);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      reject(signal.reason);
    });
  });
}

/** A picture that changes everywhere all the time, so that it costs as many bits as there are. */
class TestPicture {
  #timer;

  constructor() {
    const canvas = document.createElement('canvas');
    canvas.width = WIDTH;
    canvas.height = HEIGHT;
    const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d', { alpha: false }));
    const draw = () => {
      for (let n = 0; n < 300; n += 1) {
        context.fillStyle = `hsl(${360 * Math.random()} 80% ${20 + 60 * Math.random()}%)`;
        context.fillRect(WIDTH * Math.random(), HEIGHT * Math.random(), 60, 40);
      }
    };
    draw();
    this.#timer = setInterval(draw, 40);
    this.track = canvas.captureStream(25).getVideoTracks()[0];
  }

  close() {
    clearInterval(this.#timer);
    this.track.stop();
  }
}
