"""Whether a line carries more: a short burst of more, and how fast it arrives.

An estimate does not grow beyond what is sent, and a step to a better encoding is several times that. So
before a step is taken, packets that nobody needs are sent for a tenth of a second: half above the estimate at
first, twice as much the next time. A burst that arrives more slowly than it was sent shows what the line
carries, and a wait follows that doubles each time. `Prober` says when and how much, `Cluster` judges one
burst. Pure.
"""

from __future__ import annotations

from galene_py.sfu import limits

_FIRST = 1.5
"""Of the estimate, the first time and after a burst that showed the end."""
_NEXT = 2.0
"""The same after one that showed none."""
_ENOUGH = 0.9
"""Of the rate that a burst is sent with, arriving: the line carries it."""
_SURE = 0.95
_PACKETS = 4
"""Fewer that arrive say nothing."""


class Cluster:
    """The packets of one connection during a burst, its media included."""

    def __init__(self, first: int, other: float) -> None:
        """`first`: the next transport-wide number. `other`: bits per second that go to the same receiver over
        its other connections."""
        self.first = first
        self.last: int | None = None
        """The number after the burst's last; None: it is still being sent."""
        self.over = False
        """Whether something behind it has been reported."""
        self._other = other
        self._count = 0
        self._bytes = 0
        self._sent = [0.0, 0.0]
        self._arrived = [0.0, 0.0]
        self._first_size = 0

    def take(self, number: int, size: int, sent: float, arrived: float) -> None:
        """A packet was reported: seconds, the receiver's clock being any."""
        behind = (number - self.first) & 0xFFFF
        if behind >= 0x8000:
            return
        if self.last is not None:
            end = (self.last - self.first) & 0xFFFF
            self.over = behind + 1 >= end
            if behind >= end:
                return
        if not self._count:
            self._sent, self._arrived, self._first_size = [sent, sent], [arrived, arrived], size
        self._count += 1
        self._bytes += size
        self._sent[1] = max(self._sent[1], sent)
        self._arrived = [min(self._arrived[0], arrived), max(self._arrived[1], arrived)]

    def result(self) -> tuple[float, bool] | None:
        """Bits per second that the line carries at least, and whether that is all of what was tried; None:
        too little came to say so."""
        sending, coming = self._sent[1] - self._sent[0], self._arrived[1] - self._arrived[0]
        if self._count < _PACKETS or sending <= 0:
            return None
        bits = 8.0 * (self._bytes - self._first_size)
        tried, came = bits / sending, bits / max(coming, 0.001)
        if came >= _ENOUGH * tried:
            return self._other + _SURE * min(tried, came), True
        return self._other + _SURE * came, False


class Prober:
    """When to try more, and how much."""

    def __init__(self) -> None:
        self._factor = _FIRST
        self._wait = limits.PROBE_WAIT_SECONDS
        self._not_before = 0.0

    def next(self, estimate: float, need: float, now: float) -> float | None:
        """Bits per second to try, all together; None: not now. `need`: what could be used."""
        if now < self._not_before or need <= estimate:
            return None
        self._not_before = now + limits.PROBE_PAUSE_SECONDS
        return min(self._factor * estimate + limits.PROBE_MORE, limits.PROBE_ROOM * need)

    def congested(self, now: float) -> None:
        """The line is full: nothing is tried for some time."""
        self._factor = _FIRST
        self._not_before = max(self._not_before, now + self._wait)

    def judged(self, carried: bool, now: float) -> None:
        """A burst came as fast as it was sent, or it did not."""
        if carried:
            self._factor, self._wait = _NEXT, limits.PROBE_WAIT_SECONDS
            self._not_before = now
            return
        self._factor = _FIRST
        self._not_before = now + self._wait
        self._wait = min(2 * self._wait, limits.PROBE_WAIT_MAX_SECONDS)
