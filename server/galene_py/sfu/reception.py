"""How one encoding is received: what our receiver reports say (RFC 3550 §6.4.1, A.3, A.8).

Packets that came only because we asked again still count as lost here: the sender's congestion control must
see the path as it is. Fed once per batch. Owned by its encoding.
"""

from __future__ import annotations

from galene_py.rtp.rtcp import ReportBlock
from galene_py.sfu.clock import middle


class Reception:
    """Counters of one SSRC, in the sender's own sequence numbers."""

    __slots__ = (
        "_expected_prior",
        "_first",
        "_last_sr",
        "_last_sr_at",
        "_received_prior",
        "_timestamp",
        "arrival",
        "clock_rate",
        "fraction_lost",
        "highest",
        "jitter",
        "received",
    )

    def __init__(self, clock_rate: int) -> None:
        self.clock_rate = clock_rate
        self.jitter = 0.0
        """In ticks of the clock."""
        self.fraction_lost = 0
        """0..255, as of the last report."""
        self.arrival = -1.0
        self._timestamp = -1
        self._last_sr = 0
        self._last_sr_at = 0.0
        self.restart(0)

    def restart(self, first: int) -> None:
        """The numbering begins (anew) with `first`; the packet itself is not counted yet."""
        self._first = first
        self.highest = first - 1
        """Extended: grows beyond 16 bits."""
        self.received = 0
        """Packets that came in time, once each."""
        self._expected_prior = 0
        self._received_prior = 0
        self._timestamp = -1

    @property
    def lost(self) -> int:
        """Packets that did not come in time. Not negative unless numbers from before the start came."""
        return self.highest - self._first + 1 - self.received

    def frame(self, timestamp: int, now: float) -> None:
        """The first packet of a new timestamp came: the only ones that tell something about jitter, because
        the others of a frame are sent when the pacer likes."""
        if self._timestamp >= 0:
            ticks = ((timestamp - self._timestamp + 0x8000_0000) & 0xFFFF_FFFF) - 0x8000_0000
            deviation = abs((now - self.arrival) * self.clock_rate - ticks)
            if deviation < 10 * self.clock_rate:  # a stream that paused says nothing
                self.jitter += (deviation - self.jitter) / 16
        self._timestamp = timestamp
        self.arrival = now

    def sender_report(self, ntp: int, now: float) -> None:
        """A sender report came; the next reports quote it."""
        self._last_sr = middle(ntp)
        self._last_sr_at = now

    def report(self, ssrc: int, now: float) -> ReportBlock:
        """The block for now; starts a new interval for the fraction lost."""
        expected = self.highest - self._first + 1
        interval = expected - self._expected_prior
        lost = interval - (self.received - self._received_prior)
        self._expected_prior = expected
        self._received_prior = self.received
        self.fraction_lost = max(0, min(255, (lost << 8) // interval)) if interval > 0 else 0
        delay = int((now - self._last_sr_at) * 65536) & 0xFFFF_FFFF if self._last_sr else 0
        return ReportBlock(
            ssrc=ssrc,
            fraction_lost=self.fraction_lost,
            lost=expected - self.received,
            highest=self.highest & 0xFFFF_FFFF,
            jitter=int(self.jitter) & 0xFFFF_FFFF,
            last_sr=self._last_sr,
            delay_since_sr=delay,
        )
