"""A token bucket: how much one client may say to others, in a burst and for long.

Never does: look at a clock, or decide what happens to what is too much.
"""

from __future__ import annotations


class Throttle:
    """Lets `burst` events pass at once and `rate` events per second for long. `now`: monotonic seconds."""

    def __init__(self, burst: int, rate: float, now: float) -> None:
        self._burst = float(burst)
        self._rate = rate
        self._level = float(burst)
        self._seen = now
        self._complained = now - 1.0

    def take(self, now: float) -> bool:
        """Say whether one more event may pass, and count it if so."""
        self._level = min(self._burst, self._level + max(0.0, now - self._seen) * self._rate)
        self._seen = max(now, self._seen)
        if self._level < 1.0:
            return False
        self._level -= 1.0
        return True

    def complain(self, now: float) -> bool:
        """Say whether it is time to tell the offender, at most once a second."""
        if now - self._complained < 1.0:
            return False
        self._complained = now
        return True
