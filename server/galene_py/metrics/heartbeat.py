"""How late the event loop is: packets wait as long as it does something else.

One timer, which costs nothing measurable. Owns the histogram. Never runs unless somebody wants the metrics.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from itertools import accumulate

from galene_py.metrics import limits

BOUNDS = (0.001, 0.0025, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 1.0)
"""Upper bounds of the buckets, in seconds; 10 and 20 ms are what SECURITY.md promises."""


class Heartbeat:
    """A histogram of delays, in seconds."""

    def __init__(
        self, loop: asyncio.AbstractEventLoop, clock: Callable[[], float] = time.perf_counter
    ) -> None:
        self._loop = loop
        self._clock = clock
        self._counts = [0] * (len(BOUNDS) + 1)
        self.total = 0.0
        """Sum of all delays, in seconds."""
        self._timer: asyncio.TimerHandle | None = None
        self._due = 0.0

    def start(self) -> None:
        """Begin to look; harmless when begun."""
        if self._timer is None:
            self._wait()

    def stop(self) -> None:
        """Look no more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def add(self, delay: float) -> None:
        """Count one delay, in seconds; what is negative counts as none."""
        delay = max(0.0, delay)
        self.total += delay
        self._counts[sum(bound < delay for bound in BOUNDS)] += 1

    def buckets(self) -> list[tuple[float, int]]:
        """Upper bound in seconds, the last one infinite, and how many delays were at most that long."""
        return list(zip((*BOUNDS, float("inf")), accumulate(self._counts), strict=True))

    def _wait(self) -> None:
        self._due = self._clock() + limits.HEARTBEAT_SECONDS
        self._timer = self._loop.call_later(limits.HEARTBEAT_SECONDS, self._beat)

    def _beat(self) -> None:
        self.add(self._clock() - self._due)
        self._wait()
