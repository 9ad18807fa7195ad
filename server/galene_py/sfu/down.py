"""One receiver of an up track: its counters, its reports, what it asks for, what it can take.

Reads the receiver's RTCP and answers with packets to resend; writes sender reports. Packets themselves never
pass through here: they go from the track's forwarder to the receiver's sink, and this track's counters are
read off the forwarder's. Created by whoever connects the receiver, attached by `UpTrack.add`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from galene_py import limits as shared
from galene_py.rtp.packet import HEADER_BYTES
from galene_py.rtp.rtcp import Fir, Item, Nack, Pli, Remb, ReportBlock, Rr, Sdes, Sr, sender_report, serialize
from galene_py.sfu import limits
from galene_py.sfu.bandwidth import Bandwidth, Unlimited
from galene_py.sfu.clock import StreamClock, middle
from galene_py.sfu.encoding import Encoding
from galene_py.sfu.forwarder import Forwarder
from galene_py.sfu.layers import LayerChoice
from galene_py.sfu.rate import RateMeter
from galene_py.sfu.resend import ResendPolicy

REPORTS = (Rr, Sr)
"""What carries report blocks."""


@dataclass(slots=True)
class Feedback:
    """What to do about a receiver's RTCP."""

    resend: list[bytearray] = field(default_factory=list)
    """Packets to send to this receiver's sink only, as they are."""
    upstream: bool = False
    """Something is to be asked of the sender: `UpTrack.due` has come nearer."""


class Upstream(Protocol):
    """What a receiver needs of the track that it receives (`up.UpTrack`)."""

    clock: StreamClock
    clock_rate: int
    out_ssrc: int

    @property
    def due(self) -> float:
        """When something is to be asked of the sender."""

    def want_keyframe(self, down: DownTrack, now: float) -> None:
        """A receiver asks for a keyframe."""

    def missing(self, encoding: Encoding, sequences: Sequence[int], now: float) -> None:
        """A receiver asks for packets that are not cached."""

    def receiver_changed(self, down: DownTrack, now: float) -> None:
        """What a receiver can take has changed."""


class DownTrack:
    """One receiver. `sink` is opaque here: whatever the owner wants to find in a delivery's `sinks`."""

    def __init__(self, sink: object, *, cname: str = "", low: bool = False, limited: bool = True) -> None:
        """`cname`: canonical name of the stream, the same for all its tracks (RFC 3550 §6.5.1), at most 255
        bytes. `low`: take the poorest encoding ('video-low'). `limited`: it is at the end of a path that
        carries only so much; otherwise it takes the best there is, and nobody else gets less for it."""
        self.sink = sink
        self.cname = cname
        self.low = low
        self.up: Upstream | None = None
        """Set and cleared by the up track."""
        self.forwarder: Forwarder | None = None
        self.limited = limited
        self.bandwidth = Bandwidth() if limited else Unlimited()
        self.paused = False
        """Whether its budget has nothing for it now."""
        self.resumes_at = 0.0
        """When it may have something again."""
        self.layers = LayerChoice()
        self.rate = RateMeter()
        self._carried = RateMeter()
        """Like `rate`, but of everything since the last report: what that report's loss is about, even when
        the layers have changed meanwhile."""
        self.round_trip = 0.0
        """Seconds; 0: not known."""
        self.jitter = 0.0
        """Seconds, as the receiver reports."""
        self.lost = 0
        """Packets, cumulative, as the receiver reports."""
        self.resent = 0
        self.missed = 0
        """Packets that were asked for and are not in the cache."""
        self.reports = 0
        self._resend = ResendPolicy()
        self._packets_before = 0
        self._bytes_before = 0
        self._packets_at_entry = 0
        self._bytes_at_entry = 0
        self._report_due = 0.0
        self._reported = 0
        """Packets put out when the last report was made."""
        self._name = b""
        self._fir_numbers: dict[int, int] = {}

    # --- counters: the forwarder counts, we remember where we came in ---

    @property
    def packets(self) -> int:
        """Packets put out for this receiver, without resent ones."""
        if self.forwarder is None:
            return self._packets_before
        return self._packets_before + self.forwarder.totals()[0] - self._packets_at_entry

    @property
    def octets(self) -> int:
        """Their bytes, headers included."""
        if self.forwarder is None:
            return self._bytes_before
        return self._bytes_before + self.forwarder.totals()[1] - self._bytes_at_entry

    def moved(self, forwarder: Forwarder | None) -> None:
        """Another forwarder from now on. Called by the track's routes."""
        self._packets_before, self._bytes_before = self.packets, self.octets
        self.forwarder = forwarder
        self._name = b""
        if forwarder is not None:
            self._packets_at_entry, self._bytes_at_entry = forwarder.totals()

    def count(self, packets: Sequence[bytearray]) -> None:
        """Packets that were put out for this receiver alone."""
        self._packets_before += len(packets)
        self._bytes_before += sum(map(len, packets))

    # --- from the receiver ---

    def rtcp(self, items: Iterable[Item], now: float) -> Feedback:
        """Take a compound of the receiver's; what is not about this track is ignored, so that every track of
        a connection can be given all of it. Harmless after removal."""
        feedback = Feedback()
        up = self.up
        if up is None or self.forwarder is None:
            return feedback
        ssrc, due = up.out_ssrc, up.due
        for item in items:
            if isinstance(item, REPORTS):
                for block in item.reports:
                    if block.ssrc == ssrc:
                        self._report(block, up, now)
            elif isinstance(item, Nack):
                if item.media_ssrc == ssrc:
                    feedback.resend += self._nack(item.lost, up, now)
            elif isinstance(item, Pli):
                if item.media_ssrc == ssrc:
                    up.want_keyframe(self, now)
            elif isinstance(item, Fir):
                if self._new_fir(item, ssrc):
                    up.want_keyframe(self, now)
            elif isinstance(item, Remb) and (ssrc in item.ssrcs or not item.ssrcs):
                self.bandwidth.take_remb(item.bitrate, now)
                up.receiver_changed(self, now)
        feedback.upstream = up.due < due
        return feedback

    def _report(self, block: ReportBlock, up: Upstream, now: float) -> None:
        self.reports += 1
        self.lost = block.lost
        self.jitter = block.jitter / up.clock_rate
        sample = self._round_trip_of(block, up, now)
        if sample:
            self.round_trip += (sample - self.round_trip) * (0.25 if self.round_trip else 1.0)
        self.rate.update(now, self.octets, self.packets)
        self._carried.update(now, self.octets, self.packets)
        self.bandwidth.report(block.fraction_lost / 256, self._carried.bits, sample, now)
        self._carried.restart(now, self.octets, self.packets)
        up.receiver_changed(self, now)

    @staticmethod
    def _round_trip_of(block: ReportBlock, up: Upstream, now: float) -> float:
        """Seconds (RFC 3550 §6.4.1); 0: the block does not tell, or nonsense."""
        if not block.last_sr:
            return 0.0
        ticks = (middle(up.clock.ntp(now)) - block.last_sr - block.delay_since_sr) & 0xFFFF_FFFF
        # A few ticks below zero are rounding.
        if ticks >= 0xFFFF_FF00:
            ticks = 1
        return max(1, ticks) / 65536 if ticks < limits.ROUND_TRIP_MAX_SECONDS * 65536 else 0.0

    def _nack(self, lost: Iterable[int], up: Upstream, now: float) -> list[bytearray]:
        forwarder = self.forwarder
        assert forwarder is not None
        resend: list[bytearray] = []
        missing: list[int] = []
        for sequence in self._resend.admit(lost, self.rate.packets, self.round_trip, now):
            packet = forwarder.sent(sequence)
            if packet is not None:
                resend.append(packet)
                continue
            source = forwarder.source_sequence(sequence)
            if source is not None:
                missing.append(source)
        self.resent += len(resend)
        self.missed += len(missing)
        if missing:
            up.missing(forwarder.encoding, missing, now)
        return resend

    def _new_fir(self, item: Fir, ssrc: int) -> bool:
        """Whether it commands us, and is no repetition of the last command (RFC 5104 §4.3.1.2)."""
        for target, number in item.entries:
            if target == ssrc:
                repeated = self._fir_numbers.get(ssrc) == number
                self._fir_numbers[ssrc] = number
                return not repeated
        return False

    # --- to the receiver ---

    def poll(self, now: float) -> list[bytes]:
        """A compound of SR and SDES, when one is due (every second while packets flow and the time mapping is
        known); otherwise nothing."""
        up, forwarder = self.up, self.forwarder
        if up is None or forwarder is None or now < self._report_due:
            return []
        stamp = forwarder.encoding.timestamp_at(up.clock, now)
        packets = self.packets
        if stamp is None or packets == self._reported:
            return []
        self._reported = packets
        self._report_due = now + limits.REPORT_DOWN_SECONDS - shared.REPORT_GRID_SECONDS
        report = sender_report(
            up.out_ssrc,
            up.clock.ntp(now),
            stamp + forwarder.timestamp_shift,
            packets + self.resent,
            max(0, self.octets - HEADER_BYTES * packets),
        )
        if not self._name:
            self._name = serialize((Sdes.cname(up.out_ssrc, self.cname),))
        return [report + self._name]

    def rests(self, now: float) -> bool:
        """Whether there is nothing to report before packets flow again: who sends nothing sends no sender
        report (RFC 3550 §6.4)."""
        forwarder = self.forwarder
        if forwarder is None or self.packets == self._reported:
            return True
        return not forwarder.encoding.active(now)

    def debug_state(self) -> dict[str, object]:
        """What the statistics page shows."""
        forwarder = self.forwarder
        return {
            "packets": self.packets,
            "bytes": self.octets,
            "bitrate": round(self.rate.bits),
            "maximum": round(self.bandwidth.by_loss),
            "remb": self.bandwidth.remb,
            "loss": self.bandwidth.loss,
            "lost": self.lost,
            "jitter": self.jitter,
            "roundTrip": self.round_trip,
            "resent": self.resent,
            "missed": self.missed,
            "refused": self._resend.refused,
            "low": self.low,
            "paused": self.paused,
            "encoding": None if forwarder is None else forwarder.encoding.index,
            "spatial": None if forwarder is None else forwarder.spatial,
            "temporal": None if forwarder is None else forwarder.temporal,
        }
