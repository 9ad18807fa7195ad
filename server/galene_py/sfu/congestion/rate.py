"""How much may be sent: down to a share of what arrives when a path is overused, up again otherwise.

The controller of draft-ietf-rmcat-gcc-02 §5.5: decrease to 0.85 of the rate that arrives, hold until the
queue is gone, increase by 8 % a second, and slowly near the rate at which the path was full before. Nothing
is learnt from sending little: the rate grows no further than half above what arrives. Until a path was full
for the first time it is believed to take what is asked for, and doubted as soon as it says so. Pure.
"""

from __future__ import annotations

import math

from galene_py.sfu import limits
from galene_py.sfu.congestion.trend import Usage

_SHARE = 0.85
_GROWTH = 1.08
"""Per second, far from the rate at which the path was full."""
_START_GROWTH = 2.0
"""Per second, before the path was full for the first time."""
_STEP_BITS = 1200 * 8
"""Per response time, near that rate."""
_RESPONSE_SECONDS = 0.1
"""What a response takes on top of the round trip: time until feedback, and to see a trend."""
_HEADROOM = 1.5
_SOON_SECONDS = 0.2
"""What a decrease needs to show, on top of the round trip."""
_NEAR = 3.0
"""Deviations within which a rate is near the one at which the path was full."""


_SEVERE_LOSS = 0.35
_LOSS_GROWTH = 1.05
_CALM_REPORTS = 3
_CALM_GROWTH = 1.25


class _Capacity:
    """The mean rate at which the path was full, and how much that varies."""

    def __init__(self) -> None:
        self.mean = 0.0
        self._variance = 0.4

    def full(self, rate: float) -> None:
        """The path was full at this rate."""
        if not self.mean or abs(rate - self.mean) > _NEAR * self.deviation:
            self.mean = rate
            return
        error = rate - self.mean
        self.mean += 0.05 * error
        self._variance = min(max(0.95 * self._variance + 0.05 * error * error / self.mean, 0.4), 2.5)

    @property
    def deviation(self) -> float:
        """Bits per second."""
        return max(math.sqrt(self._variance * self.mean * 1000.0), 0.05 * self.mean)


class RateControl:
    """The estimate by delay, in bits per second."""

    def __init__(self, start: float) -> None:
        self.rate = start
        self.full_once = False
        """Whether the path has ever been full."""
        self._capacity = _Capacity()
        self._holding = False
        self._patient_until = -1e9
        self._at = -1.0
        self._decreased_at = -1e9

    def believe(self, rate: float) -> None:
        """It has been seen to carry `rate`, or, before it was full for the first time, is asked to."""
        self.rate = min(max(self.rate, rate), limits.RATE_MAX)

    def doubt(self, rate: float) -> None:
        """It has been seen to carry no more than `rate`."""
        self.rate = min(self.rate, rate)

    def patient(self, until: float) -> None:
        """A queue that is seen until then is of our own making, and goes away by itself."""
        self._patient_until = until

    def update(self, usage: Usage, arriving: float, round_trip: float, now: float) -> bool:
        """What the trend says now, and the rate at which packets arrive. True: the rate was decreased."""
        elapsed = min(max(0.0, now - self._at), 1.0) if self._at >= 0 else 0.0
        self._at = now
        if usage is Usage.OVER:
            self._holding = True
            return now >= self._patient_until and self._decrease(arriving, round_trip, now)
        if usage is Usage.UNDER:
            self._holding = True  # a queue is being emptied
            return False
        if self._holding:
            self._holding = False
            return False
        self._increase(arriving, round_trip, elapsed)
        return False

    def _decrease(self, arriving: float, round_trip: float, now: float) -> bool:
        if now - self._decreased_at < _SOON_SECONDS + round_trip:
            return False
        self._decreased_at = now
        self.full_once = True
        if arriving > 0:
            self._capacity.full(arriving)
        lower = _SHARE * arriving if arriving > 0 else self.rate / 2
        if lower >= self.rate:
            return False
        self.rate = max(lower, limits.RATE_ESTIMATE_MIN)
        return True

    def _increase(self, arriving: float, round_trip: float, elapsed: float) -> None:
        most = _HEADROOM * arriving + 10_000
        if self.rate >= most:
            return
        capacity = self._capacity
        if not self.full_once:
            grown = self.rate * _START_GROWTH**elapsed
        elif capacity.mean and abs(arriving - capacity.mean) < _NEAR * capacity.deviation:
            grown = self.rate + elapsed * _STEP_BITS / (_RESPONSE_SECONDS + round_trip)
        else:
            grown = self.rate * _GROWTH**elapsed
        self.rate = min(grown, max(self.rate, most), limits.RATE_MAX)


class LossBound:
    """The estimate by loss: half of it off above 10 %, 5 % on below 2 % (the draft's §6), and more when that
    goes on. Where most is lost, what arrives says directly what the path carries."""

    def __init__(self) -> None:
        self.rate = float(limits.RATE_MAX)
        self.loss = 0.0
        """0..1, of the last interval."""
        self._lost = self._expected = 0.0
        self._at = -1e9
        self._calm = 0

    def believe(self, rate: float) -> None:
        """The path has been seen to carry so much."""
        self.rate = min(max(self.rate, rate), float(limits.RATE_MAX))

    def report(self, lost: float, expected: float) -> None:
        """Packets of one reception report, since the one before it."""
        self._lost += lost
        self._expected += expected

    def update(self, current: float, arriving: float, now: float) -> bool:
        """`current` is the rate allowed now. True: it must become less."""
        if now - self._at < limits.LOSS_SECONDS or self._expected < limits.LOSS_PACKETS:
            return False
        self.loss = min(max(self._lost / self._expected, 0.0), 1.0)
        self._lost = self._expected = 0.0
        self._at = now
        if self.loss > 0.1:
            self._calm = 0
            before = min(self.rate, current)
            lower = before * (1 - 0.5 * self.loss)
            if self.loss > _SEVERE_LOSS and arriving > 0:
                lower = min(lower, arriving)
            # What came was carried; but on a line that was hardly used that is not much.
            lower = max(lower, min(before, _SHARE * arriving))
            self.rate = max(lower, limits.RATE_ESTIMATE_MIN)
            return True
        if self.loss < 0.02:
            self._calm += 1
            growth = _LOSS_GROWTH if self._calm <= _CALM_REPORTS else _CALM_GROWTH
            self.rate = min(growth * self.rate, limits.RATE_MAX)
        return False
