"""What one receiver can take: from the loss and the round trip it reports, and from its own estimate (REMB).

Loss: shrink by half the loss above 10 %, grow 5 % per report below 2 % while most of the estimate is used,
10 % when it has been calm for some time. A rate that was carried without loss is believed, and heavy loss
says directly what still came through; one overload is answered once, not again by the report after it, and a
short outage not at all.

REMB: a browser's estimate follows what it is sent. After a pause, or on a machine that stutters, it falls
below the rate that arrives without trouble; a sender that obeyed would send less, the estimate would follow,
and so on down (seen in Chromium and Firefox: from 400 to 120 kbit/s within 15 s on an idle link). So a REMB
lowers the ceiling only while something else says that the path is full: loss, or a round trip that shows a
queue. Owned by a down track; the sender's side is `remb`.
"""

from __future__ import annotations

from galene_py.sfu import limits

_LITTLE_LOSS = 5 / 256
_MUCH_LOSS = 25 / 256
_SEVERE_LOSS = 0.35
_GROWTH = 269 / 256
_CALM_GROWTH = 282 / 256
_CALM_REPORTS = 3
_HEADROOM = 1.25
"""What a path that carries a rate easily is trusted to carry next, as a multiple."""
_RETURN = 1.25
"""Growth of the ceiling per report on the way back to what was carried before the path was full. Slower, a
sender of two sizes, whose large one needs hundreds of kbit/s to begin, sends the small one for half a minute
after every hiccup."""
_NEAR = 0.85
_FADE = 0.7
"""What is still believed of a rate that was carried once when the path is full again with less."""


class _ShortestRoundTrip:
    """The shortest round trip of the last minute or so: what it is without a queue."""

    def __init__(self) -> None:
        self._halves = [float("inf")] * 2
        self._turned_at = 0.0

    def take(self, sample: float, now: float) -> float:
        if now - self._turned_at > limits.ROUND_TRIP_MEMORY_SECONDS / 2:
            self._halves = [self._halves[1], sample]
            self._turned_at = now
        self._halves[1] = min(self._halves[1], sample)
        return min(self._halves)


class Bandwidth:
    """An estimate in bits per second, for one receiver of one track."""

    def __init__(self) -> None:
        self.by_loss = float(limits.RATE_START)
        self.loss = 0.0
        """0..1, as of the last report."""
        self.remb = 0
        """The receiver's last word; 0: none."""
        self.queueing = False
        """Whether the last round trip shows a queue on the path."""
        self._ceiling = float(limits.RATE_MAX)
        self._clear = 0
        """Reports in a row of a path that is not full."""
        self._carried = 0.0
        """The rate with which the path became full."""
        self._remb_at = -limits.REMB_SECONDS
        self._shortest = _ShortestRoundTrip()
        self._round_trip_known = False
        self._calm = 0
        self._cut = False
        """Whether the last report was of severe loss, and acted upon."""

    def report(self, loss: float, rate: float, round_trip: float, now: float) -> None:
        """A receiver report: `loss` 0..1 since the one before, while `rate` bits per second were sent;
        `round_trip` in seconds, 0 when the report does not tell."""
        self.loss = loss
        if round_trip > 0:
            self._round_trip_known = True
            shortest = self._shortest.take(round_trip, now)
            self.queueing = round_trip > shortest + max(limits.ROUND_TRIP_QUEUE_SECONDS, shortest / 2)
        self._estimate_by_loss(loss, rate)
        self._bound(rate, full=self._full(now))

    def _bound(self, rate: float, *, full: bool) -> None:
        """Move the ceiling: down to the receiver's estimate, or up, fast only where it has been before."""
        if full:
            if self._clear:
                self._carried = max(rate, _FADE * self._carried)
            self._clear = 0
            self._ceiling = min(self._ceiling, self.remb)
            return
        self._clear += 1
        known = self._clear > _CALM_REPORTS and self._ceiling < _NEAR * self._carried
        grown = self._ceiling * (_RETURN if known else _GROWTH)
        self._ceiling = min(max(grown, _HEADROOM * rate), limits.RATE_MAX)

    def take_remb(self, bitrate: int, now: float) -> None:
        """The receiver's own estimate."""
        self.remb = min(max(bitrate, limits.RATE_ESTIMATE_MIN), limits.RATE_MAX)
        self._remb_at = now
        if self._full(now) or self.remb > self._ceiling or not self._round_trip_known:
            self._ceiling = self.remb

    def maximum(self, now: float) -> float:
        """Bits per second that may be sent."""
        if now - self._remb_at >= limits.REMB_SECONDS:
            return self.by_loss
        return min(self.by_loss, self._ceiling)

    def _full(self, now: float) -> bool:
        """Whether the path is full, and the receiver's estimate therefore to be believed."""
        told = now - self._remb_at < limits.REMB_SECONDS
        return told and (self.queueing or self.loss >= _LITTLE_LOSS)

    def _estimate_by_loss(self, loss: float, rate: float) -> None:
        estimate = self.by_loss
        if loss < _LITTLE_LOSS:
            self._cut = False
            self._calm += 1
            if rate >= 0.75 * estimate:
                estimate *= _GROWTH if self._calm <= _CALM_REPORTS else _CALM_GROWTH
            self.by_loss = min(max(estimate, rate), limits.RATE_MAX)
            return
        severe = loss > _SEVERE_LOSS
        sudden = self._calm > 0 and self._round_trip_known and not self.queueing
        self._calm = 0
        if severe and (self._cut or sudden):
            # Mostly what was lost before the cut could help: the queue had to empty first. Or, out of a clear
            # sky and without a queue, an outage: an address that changed, a roaming telephone. The next
            # report tells.
            self._cut = False
            return
        self._cut = severe
        if loss > _MUCH_LOSS:
            used = min(estimate, rate) if rate > 0 else estimate
            estimate = used * (1 - loss / 2)
            if severe:
                estimate = min(estimate, used * (1 - loss))
        self.by_loss = min(max(estimate, limits.RATE_ESTIMATE_MIN), limits.RATE_MAX)


class Granted(Bandwidth):
    """A share of what the receiver's whole line carries, which is estimated elsewhere (`congestion`)."""

    def __init__(self) -> None:
        super().__init__()
        self.granted = float(limits.RATE_START)
        """Bits per second."""

    def report(self, loss: float, rate: float, round_trip: float, now: float) -> None:
        """Remember the loss, for whoever asks."""
        self.loss = loss

    def take_remb(self, bitrate: int, now: float) -> None:
        """Of no matter, but shown."""
        self.remb = bitrate

    def maximum(self, now: float) -> float:
        """The share."""
        return self.granted


class Unlimited(Bandwidth):
    """Of a receiver in this very machine."""

    def maximum(self, now: float) -> float:
        """More than any sender has."""
        return float(limits.RATE_MAX)
