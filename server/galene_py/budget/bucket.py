"""A token bucket: how much of something may be spent, in a burst and for long.

What is spent may be messages, bytes or seconds. Never looks at a clock, or decides what happens to what is
too much.
"""

from __future__ import annotations


class Bucket:
    """Holds at most `burst`, and gets `rate` per second back. `now`: monotonic seconds, everywhere."""

    __slots__ = ("_burst", "_complained", "_level", "_rate", "_seen")

    def __init__(self, burst: float, rate: float, now: float) -> None:
        self._burst = float(burst)
        self._rate = rate
        self._level = float(burst)
        self._seen = now
        self._complained = now - 1.0

    def has(self, now: float, cost: float = 1.0) -> bool:
        """Say whether this much may be spent; more than a burst, when the bucket is full."""
        self._refill(now)
        return self._level >= min(cost, self._burst)

    def take(self, now: float, cost: float = 1.0) -> bool:
        """Spend this much if it may be, and say whether it was."""
        if not self.has(now, cost):
            return False
        self._level -= cost
        return True

    def owe(self, now: float, cost: float) -> None:
        """Spend what has been used already, into debt if need be."""
        self._refill(now)
        self._level -= cost

    def debt_ends(self, now: float) -> float:
        """Return in how many seconds there is no debt any more; 0.0 when there is none."""
        self._refill(now)
        return max(0.0, -self._level / self._rate)

    def full(self, now: float) -> bool:
        """Say whether nothing is lost when this bucket is forgotten and a new one made later."""
        self._refill(now)
        return self._level >= self._burst

    def complain(self, now: float) -> bool:
        """Say whether it is time to tell the offender, at most once a second."""
        if now - self._complained < 1.0:
            return False
        self._complained = now
        return True

    def _refill(self, now: float) -> None:
        if now > self._seen:
            self._level = min(self._burst, self._level + (now - self._seen) * self._rate)
            self._seen = now
