"""Who receives one source: what came, when, what is missing, what to ask for (RFC 3550 §6.4.1, RFC 4585).

Pure: packets and the time in, RTCP items out. A packet that did not come is asked for a few times, and is
lost after a second. Delay is read off the end of each packet (`camera`). Owned by one person's connection.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from galene_py.loadtest import limits
from galene_py.loadtest.camera import MOMENT
from galene_py.loadtest.descriptions import Incoming
from galene_py.loadtest.figures import Spread
from galene_py.rtp import RtpError, payload
from galene_py.rtp.packet import payload_bounds
from galene_py.rtp.rtcp import Item, Nack, Pli, ReportBlock
from galene_py.rtp.sequence import extend


@dataclass(slots=True)
class Received:
    """What all receivers of a test counted together."""

    packets: int = 0
    octets: int = 0
    frames: int = 0
    missing: int = 0
    """Packets that did not come in their turn."""
    recovered: int = 0
    """Of these, packets that came after all."""
    lost: int = 0
    """Of these, packets that never came."""
    duplicates: int = 0
    nacked: int = 0
    """Packets that were asked for, as often as they were."""
    keyframes_asked: int = 0
    delay: Spread = field(default_factory=Spread)
    """Seconds from sender to receiver."""
    delay_lately: Spread = field(default_factory=Spread)
    """The same, of the last second."""
    jitter: Spread = field(default_factory=Spread)
    """Seconds, once per source and second."""
    first_packet: Spread = field(default_factory=Spread)
    """Seconds from the offer to the first packet, per source."""
    first_keyframe: Spread = field(default_factory=Spread)
    """Seconds from the offer to the first keyframe, per video."""


@dataclass(slots=True)
class _Missing:
    since: float
    tries: int = 0
    due: float = 0.0


class Receiver:
    """One source. `offered`: when it was offered, in monotonic seconds."""

    def __init__(self, ssrc: int, track: Incoming, counted: Received, offered: float) -> None:
        self.ssrc = ssrc
        self.track = track
        self._counted = counted
        self._offered = offered
        self._first = self._highest = -1
        self._received = 0
        self._began = 0.0
        self._missing: dict[int, _Missing] = {}
        self._transit: float | None = None
        self._jitter = 0.0
        self._expected_before = self._received_before = 0
        self._last_sr = 0
        self._sr_at = 0.0
        self._has_keyframe = track.kind != "video"
        self._keyframe_due = offered + limits.KEYFRAME_AGAIN_SECONDS

    def packet(self, data: bytes, now: float) -> None:
        """One deciphered packet."""
        counted = self._counted
        sequence = int.from_bytes(data[2:4])
        if self._highest < 0:
            counted.first_packet.add(now - self._offered)
            self._began = now
            self._first = self._highest = sequence + 65536  # a cycle, so that an earlier one is not negative
            self._received = 1
        elif not self._count(extend(self._highest, sequence), now):
            return
        counted.packets += 1
        counted.octets += len(data)
        if self.track.kind == "video":
            counted.frames += data[1] >> 7
        if len(data) >= 12 + MOMENT.size:
            self._time(data, now)
        if not self._has_keyframe:
            self._look_for_keyframe(data, now)

    def sender_report(self, ntp: int, now: float) -> None:
        """The sender's clock, for our report."""
        self._last_sr, self._sr_at = ntp >> 16 & 0xFFFFFFFF, now

    def ask(self, now: float) -> list[Item]:
        """Packets and keyframes that are to be asked for now."""
        items: list[Item] = []
        wanted = []
        for sequence, missing in list(self._missing.items()):
            if now - missing.since > limits.GIVE_UP_SECONDS:
                del self._missing[sequence]
                self._counted.lost += 1
            elif now >= missing.due and missing.tries < limits.LOAD_NACK_TRIES and self.track.kind == "video":
                missing.tries += 1
                missing.due = now + limits.NACK_AGAIN_SECONDS
                wanted.append(sequence & 0xFFFF)
        if wanted:
            self._counted.nacked += len(wanted)
            items.append(Nack(1, self.ssrc, tuple(wanted)))
        if not self._has_keyframe and self._highest >= 0 and now >= self._keyframe_due:
            self._keyframe_due = now + limits.KEYFRAME_AGAIN_SECONDS
            self._counted.keyframes_asked += 1
            items.append(Pli(1, self.ssrc))
        return items

    def report(self, now: float) -> ReportBlock | None:
        """How it is received; None: nothing was yet."""
        if self._highest < 0:
            return None
        self._counted.jitter.add(self._jitter)
        expected = self._highest - self._first + 1
        interval, got = expected - self._expected_before, self._received - self._received_before
        self._expected_before, self._received_before = expected, self._received
        fraction = max(0, interval - got) * 256 // interval if interval > 0 else 0
        return ReportBlock(
            ssrc=self.ssrc,
            fraction_lost=min(255, fraction),
            lost=expected - self._received,
            highest=self._highest & 0xFFFFFFFF,
            jitter=int(self._jitter * self.track.clock_rate) & 0xFFFFFFFF,
            last_sr=self._last_sr,
            delay_since_sr=int((now - self._sr_at) * 65536) & 0xFFFFFFFF if self._last_sr else 0,
        )

    # --- inside ------------------------------------------------------------------------------------

    def _count(self, sequence: int, now: float) -> bool:
        """Whether it is a new packet."""
        if sequence > self._highest:
            gap = range(self._highest + 1, sequence)
            if len(gap) < limits.HISTORY_PACKETS:
                for number in gap:
                    self._missing[number] = _Missing(now, due=now + limits.REORDER_SECONDS)
                self._counted.missing += len(gap)
            self._highest = sequence
        elif self._missing.pop(sequence, None) is not None:
            self._counted.recovered += 1
        else:
            self._counted.duplicates += 1
            return False
        self._received += 1
        return True

    def _time(self, data: bytes, now: float) -> None:
        if now - self._began < limits.CATCH_UP_SECONDS:
            return
        (sent,) = MOMENT.unpack_from(data, len(data) - MOMENT.size)
        transit = now - sent
        if not 0.0 <= transit < 60.0:
            return  # not one of ours
        self._counted.delay.add(transit)
        self._counted.delay_lately.add(transit)
        if self._transit is not None:
            self._jitter += (abs(transit - self._transit) - self._jitter) / 16
        self._transit = transit

    def _look_for_keyframe(self, data: bytes, now: float) -> None:
        parse = payload.parser(self.track.codec)
        try:
            frame = parse(data, *payload_bounds(data)) if parse is not None else payload.FrameInfo()
        except RtpError:
            return
        if frame.keyframe:
            self._has_keyframe = True
            self._counted.first_keyframe.add(now - self._offered)
