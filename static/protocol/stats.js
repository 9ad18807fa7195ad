// @ts-check
/**
 * Turns a browser's WebRTC statistics into the few numbers that people understand. Pure.
 *
 * A Meter remembers the counters of the last reading, and so gives rates per second.
 */

/**
 * @typedef {object} TrackSummary
 * @property {'audio' | 'video'} kind
 * @property {string} rid           name of the simulcast encoding, '' when there is only one
 * @property {number} bitrate       bit/s since the last reading
 * @property {number} lossRatio     0 to 1 since the last reading
 * @property {number} jitter        seconds
 * @property {number} width
 * @property {number} height
 * @property {number} fps
 * @property {string} codec
 * @property {string} limited       why the sender sends less than it could: '', 'cpu', 'bandwidth', 'other'
 *
 * @typedef {object} Summary
 * @property {number} roundTrip     seconds, 0 if unknown
 * @property {string} path          'udp', 'tcp', 'relay' or ''
 * @property {TrackSummary[]} tracks
 */

/** @typedef {{time: number, bytes: number, packets: number, lost: number}} Counters */

export class Meter {
  /** @type {Map<string, Counters>} */
  #last = new Map();

  /**
   * @param {Iterable<[string, any]> | RTCStatsReport} report
   * @returns {Summary}
   */
  read(report) {
    /** @type {Map<string, any>} */
    const entries = new Map(/** @type {Iterable<[string, any]>} */ (report));
    /** @type {TrackSummary[]} */
    const tracks = [];
    let roundTrip = 0;
    let path = '';
    for (const entry of entries.values()) {
      if (entry.type === 'inbound-rtp' || entry.type === 'outbound-rtp') {
        tracks.push(this.#track(entry, entries));
      } else if (entry.type === 'candidate-pair' && isChosen(entry, entries)) {
        roundTrip = entry.currentRoundTripTime ?? roundTrip;
        path = pathOf(entries.get(entry.localCandidateId));
      }
    }
    return { roundTrip, path, tracks };
  }

  /** @param {any} entry @param {Map<string, any>} entries @returns {TrackSummary} */
  #track(entry, entries) {
    const inbound = entry.type === 'inbound-rtp';
    const remote = entries.get(entry.remoteId) ?? {};
    const now = {
      time: entry.timestamp,
      bytes: (inbound ? entry.bytesReceived : entry.bytesSent) ?? 0,
      packets: (inbound ? entry.packetsReceived : entry.packetsSent) ?? 0,
      lost: (inbound ? entry.packetsLost : remote.packetsLost) ?? 0,
    };
    const before = this.#last.get(entry.id);
    this.#last.set(entry.id, now);
    return {
      kind: entry.kind ?? entry.mediaType,
      rid: entry.rid ?? '',
      ...rates(before, now, inbound),
      jitter: (inbound ? entry.jitter : remote.jitter) ?? 0,
      width: entry.frameWidth ?? 0,
      height: entry.frameHeight ?? 0,
      fps: Math.round(entry.framesPerSecond ?? 0),
      codec: String(entries.get(entry.codecId)?.mimeType ?? '').replace(/^.*\//, ''),
      limited: entry.qualityLimitationReason === 'none' ? '' : (entry.qualityLimitationReason ?? ''),
    };
  }
}

/** @param {Counters | undefined} before @param {Counters} now @param {boolean} inbound */
function rates(before, now, inbound) {
  const seconds = before ? (now.time - before.time) / 1000 : 0;
  if (!before || seconds <= 0) return { bitrate: 0, lossRatio: 0 };
  const lost = Math.max(0, now.lost - before.lost);
  const packets = Math.max(0, now.packets - before.packets);
  const all = inbound ? packets + lost : packets;
  return {
    bitrate: Math.max(0, Math.round(((now.bytes - before.bytes) * 8) / seconds)),
    lossRatio: all > 0 ? Math.min(1, lost / all) : 0,
  };
}

/** @param {any} pair @param {Map<string, any>} entries */
function isChosen(pair, entries) {
  const transport = entries.get(pair.transportId);
  if (transport?.selectedCandidatePairId) return transport.selectedCandidatePairId === pair.id;
  return Boolean(pair.selected ?? (pair.nominated && pair.state === 'succeeded'));
}

/** @param {any} candidate */
function pathOf(candidate) {
  if (!candidate) return '';
  return candidate.candidateType === 'relay' ? 'relay' : String(candidate.protocol ?? '').toLowerCase();
}
