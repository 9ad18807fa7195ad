"""One SSRC of a sender: decides which packets are forwarded, and gives them a numbering without breaks.

Every packet is checked against the sequence, patched to the track's outgoing SSRC and kept in the cache; what
is new comes out. A sender that begins a new sequence or changes its SSRC is renumbered, so that receivers see
one stream. Knows which packet begins the last keyframe. Never forwards a duplicate, never waits for a packet.
Owned by its up track; `receive` is the hottest function of the server.
"""

from __future__ import annotations

from collections.abc import Sequence

from galene_py import limits as shared
from galene_py.rtp.packet import (
    sequence_number,
    set_sequence_number,
    set_timestamp,
    timestamp,
    unpack_marker_sequence_timestamp,
)
from galene_py.rtp.payload import Parser
from galene_py.rtp.sequence import later
from galene_py.sfu import limits
from galene_py.sfu.cache import PacketCache
from galene_py.sfu.clock import StreamClock
from galene_py.sfu.keyframes import KeyframePolicy
from galene_py.sfu.nack import NackPolicy
from galene_py.sfu.pictures import Pictures
from galene_py.sfu.rate import RateMeter
from galene_py.sfu.reception import Reception

_SR_PATIENCE_SECONDS = 5.0
"""A sender without any sender report is mapped to wall time by arrival after so long."""


class Encoding:
    """One encoding of an up track. Numbers and timestamps that come out are the *normalised* ones."""

    def __init__(
        self,
        index: int,
        parser: Parser | None,
        clock_rate: int,
        payload_type: int,
        out_ssrc: int,
        *,
        nack: bool,
        askable: bool = True,
    ) -> None:
        """`index` 0 is the best encoding. `parser` reads video payloads, None for audio. `askable`: the
        sender makes a keyframe when it is asked."""
        self.index = index
        self.clock_rate = clock_rate
        self.cache = PacketCache()
        self.nack = NackPolicy()
        self.keyframes = KeyframePolicy()
        self.reception = Reception(clock_rate)
        self.rate = RateMeter()
        self.source: bytes = b""
        """SSRC of the sender, 4 bytes; empty: nothing came yet."""
        self.packets = 0
        """Packets that came out, ever."""
        self.bytes = 0
        """Their bytes."""
        self.duplicates = 0
        self.hopeless = 0
        """Packets dropped because they are too late or their jump was not confirmed."""
        self.foreign = 0
        """Packets dropped because of another payload type."""
        self.restarts = 0
        self.last_arrival = -1e9
        self.timestamp = 0
        """Of the newest frame."""
        self.pictures = Pictures(parser)
        self._late_seconds, self._late_packets = limits.LATE_JOIN_SECONDS, limits.LATE_JOIN_PACKETS
        if parser is not None and not askable:
            self._late_seconds = limits.GROUP_OF_PICTURES_SECONDS
            self._late_packets = shared.CACHE_PACKETS_MAX
            self.cache = PacketCache(shared.CACHE_PACKETS_MAX)
        self._askable = askable
        self._payload_type = payload_type
        self._out_ssrc = out_ssrc.to_bytes(4)
        self._nack_enabled = nack
        self._expected = -1
        self._first_arrival = 0.0
        self._frame = -1
        """Timestamp of the frame that needs no more looking at; -1: look at the next packet."""
        self._sequence_shift = 0
        self._timestamp_shift = 0
        self._held: bytearray | None = None
        self._sender_report: tuple[int, int] | None = None

    # --- packets ---

    def receive(self, packets: list[bytearray], now: float) -> list[bytearray]:
        """The packets that are to be forwarded, patched. May be the very list that came in."""
        self.pictures.fresh = None
        source = packets[0][8:12]
        if source != self.source:
            self._begin(bytes(source), packets[0], now)
        if self._sequence_shift or self._timestamp_shift:
            self._normalise(packets, self._sequence_shift, self._timestamp_shift)
        before = expected = self._expected
        frame, payload_type, out_ssrc = self._frame, self._payload_type, self._out_ssrc
        ring, mask = self.cache.ring, self.cache.mask
        unpack = unpack_marker_sequence_timestamp
        for packet in packets:
            kind, sequence, stamp = unpack(packet, 1)
            if sequence != expected or kind & 0x7F != payload_type:
                break
            packet[8:12] = out_ssrc
            ring[sequence & mask] = packet
            expected = (sequence + 1) & 0xFFFF
            if stamp != frame:
                frame = self._new_frame(packet, sequence, stamp, now)
        else:
            count = len(packets)
            self._expected, self._frame = expected, frame
            self.reception.highest += count
            self.reception.received += count
            self.packets += count
            self.bytes += sum(map(len, packets))
            self.last_arrival = now
            return packets
        done = (expected - before) & 0xFFFF
        self._expected, self._frame = expected, frame
        self.reception.highest += done
        self.reception.received += done
        accepted = packets[:done]
        self._receive_slowly(packets, accepted, now)
        self.packets += len(accepted)
        self.bytes += sum(map(len, accepted))
        self.last_arrival = now
        return accepted

    def _receive_slowly(self, packets: list[bytearray], accepted: list[bytearray], now: float) -> None:
        """The packets behind `accepted`: something is missing, late, repeated or foreign."""
        for index in range(len(accepted), len(packets)):
            packet = packets[index]
            kind, sequence, _ = unpack_marker_sequence_timestamp(packet, 1)
            if kind & 0x7F != self._payload_type:
                self.foreign += 1
                continue
            ahead = (sequence - self._expected) & 0xFFFF
            if ahead < limits.SEQUENCE_DROPOUT:
                if ahead:
                    self._gap(ahead, now)
                self._take(packet, sequence, accepted, now)
            elif 0x10000 - ahead <= self.cache.size:
                self._late(packet, sequence, accepted, now)
            elif 0x10000 - ahead <= limits.SEQUENCE_MISORDER:
                self.hopeless += 1
            else:
                self._jumped(packet, sequence, packets[index + 1 :], accepted, now)

    def _take(self, packet: bytearray, sequence: int, accepted: list[bytearray], now: float) -> None:
        """The newest packet."""
        packet[8:12] = self._out_ssrc
        self.cache.put(sequence, packet)
        self._expected = (sequence + 1) & 0xFFFF
        self.reception.highest += 1
        self.reception.received += 1
        stamp = timestamp(packet)
        if stamp != self._frame:
            self._frame = self._new_frame(packet, sequence, stamp, now)
        accepted.append(packet)

    def _gap(self, count: int, now: float) -> None:
        """`count` packets are missing before the one that came."""
        first = self._expected
        self.cache.forget(first, count)
        self.reception.highest += count
        self._expected = (first + count) & 0xFFFF
        self._held = None
        if not self._nack_enabled:
            return
        if count >= self.cache.size or not self.nack.lost(first, count, now):
            self.nack.clear()
            self.keyframes.want(now)

    def _late(self, packet: bytearray, sequence: int, accepted: list[bytearray], now: float) -> None:
        """A packet from before the newest: it fills a hole, or it is a duplicate."""
        if self.cache.get(sequence) is not None:
            self.duplicates += 1
            return
        packet[8:12] = self._out_ssrc
        self.cache.put(sequence, packet)
        if not self.nack.arrived(sequence, now):
            self.reception.received += 1
        self._examine(packet, sequence, now)
        accepted.append(packet)

    def _jumped(
        self, packet: bytearray, sequence: int, rest: list[bytearray], accepted: list[bytearray], now: float
    ) -> None:
        """A jump too far to be loss. It is believed when the next packet follows on it (RFC 3550 A.1)."""
        held, self._held = self._held, packet
        if held is None or (sequence_number(held) + 1) & 0xFFFF != sequence:
            self.hopeless += 1
            return
        self._held = None
        first = sequence_number(held)
        shift = (self._expected - first) & 0xFFFF
        raw = (first - self._sequence_shift) & 0xFFFF
        self._sequence_shift = (self._sequence_shift + shift) & 0xFFFF
        self.hopeless -= 1
        self._restart(raw, now)
        self._normalise([held, packet, *rest], shift, 0)
        for one in (held, packet):
            self._take(one, sequence_number(one), accepted, now)

    def _new_frame(self, packet: bytearray, sequence: int, stamp: int, now: float) -> int:
        """A timestamp that is new. What to put in `_frame`."""
        reception = self.reception
        if now != reception.arrival and stamp != self.timestamp:
            reception.frame(stamp, now)
        self.timestamp = stamp
        if self.pictures.parser is None or not self._examine(packet, sequence, now):
            return stamp
        return -1

    def _examine(self, packet: bytearray, sequence: int, now: float) -> bool:
        """Look for a keyframe. True: the next packet will tell."""
        pictures = self.pictures
        undecided = pictures.examine(packet, sequence, self._expected, now)
        if pictures.fresh is packet:
            self.keyframes.arrived()
        return undecided

    # --- numbering ---

    def _begin(self, source: bytes, first: bytearray, now: float) -> None:
        """The first packet of an SSRC: of the first one, or of one that takes the place of another."""
        raw, stamp = sequence_number(first), timestamp(first)
        if not self.source:
            self._expected = raw
            self._first_arrival = now
            self.rate.restart(now, 0, 0)
            self.reception.restart(raw)
        else:
            following = later(self.timestamp, now - self.last_arrival, self.clock_rate)
            self._sequence_shift = (self._expected - raw) & 0xFFFF
            self._timestamp_shift = (following - stamp) & 0xFFFF_FFFF
            self._sender_report = None
            self._held = None
            self._restart(raw, now)
        self.source = source

    def _restart(self, raw: int, now: float) -> None:
        self.restarts += 1
        self.reception.restart(raw)
        self.nack.clear()
        self._frame = -1
        if self.pictures.parser is not None:
            self.keyframes.want(now)

    @staticmethod
    def _normalise(packets: Sequence[bytearray], sequence_shift: int, timestamp_shift: int) -> None:
        for packet in packets:
            if sequence_shift:
                set_sequence_number(packet, (sequence_number(packet) + sequence_shift) & 0xFFFF)
            if timestamp_shift:
                set_timestamp(packet, (timestamp(packet) + timestamp_shift) & 0xFFFF_FFFF)

    def raw_sequences(self, sequences: Sequence[int]) -> tuple[int, ...]:
        """The sender's own numbers for normalised ones."""
        shift = self._sequence_shift
        return tuple((sequence - shift) & 0xFFFF for sequence in sequences)

    def maintain(self, now: float, round_trip: float) -> None:
        """About once per second: rates, layers that are there, the cache's size. `round_trip` is that of the
        slowest receiver, in seconds."""
        self.rate.update(now, self.bytes, self.packets)
        if self._askable:
            self.cache.fit(self.rate.packets, round_trip)
        if self.active(now):
            self.pictures.settle()

    # --- what others ask ---

    @property
    def ssrc(self) -> int:
        """The sender's SSRC; 0: nothing came yet."""
        return int.from_bytes(self.source)

    @property
    def next_sequence(self) -> int:
        """The number that the next packet should have; -1: nothing came yet."""
        return self._expected

    def active(self, now: float) -> bool:
        """Whether packets came lately."""
        return now - self.last_arrival < limits.ENCODING_IDLE_SECONDS

    def missing(self, sequences: Sequence[int], now: float) -> None:
        """Receivers lack these, and so does the cache: ask the sender, unless they are too old to matter."""
        if not self._nack_enabled or self._expected < 0:
            return
        for sequence in sequences:
            behind = (self._expected - sequence) & 0xFFFF
            if 0 < behind <= self.cache.size and self.cache.get(sequence) is None:
                self.nack.wanted(sequence, now)

    def since_keyframe(self, now: float) -> list[bytearray]:
        """What a receiver who joins is given: the cached packets from the last keyframe on; empty when they
        are too many or too old."""
        if now - self.pictures.keyframe_at > self._late_seconds:
            return []
        packets = self.from_keyframe()
        return packets if len(packets) <= self._late_packets else []

    def from_keyframe(self) -> list[bytearray]:
        """The cached packets from the last keyframe on; empty when its beginning is no longer cached."""
        first = self.pictures.keyframe
        count = (self._expected - first) & 0xFFFF
        if first < 0 or count > self.cache.size or self.cache.get(first) is None:
            return []
        found = (self.cache.get((first + index) & 0xFFFF) for index in range(count))
        return [packet for packet in found if packet is not None]

    def sender_report(self, ntp: int, rtp: int, now: float) -> None:
        """The sender says which instant a timestamp means."""
        self.reception.sender_report(ntp, now)
        self._sender_report = (ntp, (rtp + self._timestamp_shift) & 0xFFFF_FFFF)

    def goodbye(self, now: float) -> None:
        """The sender ends the SSRC, perhaps for some time only (RFC 3550 §6.6). Timestamps may stand still
        until it comes back, so its last report is worth nothing any more."""
        self.last_arrival = min(self.last_arrival, now - limits.ENCODING_IDLE_SECONDS)
        self._sender_report = None

    def timestamp_at(self, clock: StreamClock, now: float) -> int | None:
        """The normalised timestamp of the instant `now`; None: not known yet."""
        if self._sender_report is not None:
            ntp, rtp = self._sender_report
            seconds = clock.from_sender(ntp, now)
            if seconds is None:
                return None
            return (rtp + round((clock.seconds(now) - seconds) * self.clock_rate)) & 0xFFFF_FFFF
        if now - self._first_arrival < _SR_PATIENCE_SECONDS or not self.active(now):
            return None
        elapsed = now - self.reception.arrival
        return (self.timestamp + round(elapsed * self.clock_rate)) & 0xFFFF_FFFF

    def debug_state(self) -> dict[str, object]:
        """What the statistics page shows."""
        return {
            "ssrc": self.ssrc,
            "bitrate": round(self.rate.bits),
            "packets": self.packets,
            "bytes": self.bytes,
            "lost": self.reception.lost,
            "fractionLost": self.reception.fraction_lost / 256,
            "jitter": self.reception.jitter / self.clock_rate,
            "duplicates": self.duplicates,
            "hopeless": self.hopeless,
            "foreign": self.foreign,
            "malformed": self.pictures.malformed,
            "restarts": self.restarts,
            "cache": self.cache.size,
            "missing": len(self.nack),
            "nacked": self.nack.requested,
            "recovered": self.nack.recovered,
            "keyframeRequests": self.keyframes.requests,
            "temporalLayers": self.pictures.temporal_layers,
            "spatialLayers": self.pictures.spatial_layers,
        }
