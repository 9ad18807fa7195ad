"""When the socket is read: at once, or a little later when datagrams come thick and fast.

A wake-up costs as much as sending to ten receivers. While many come per second, the socket is no longer
watched but read every `limits.GATHER_SECONDS`: what arrived in between is handled together, packets of one
sender leave as one run, and reports of receivers cost no wake-up of their own. When less arrives, or a packet
takes so long that the wake-up does not matter, it is watched again. Never reads itself; owned by the hub.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from galene_py.transport import limits


class WakeUps:
    """Calls `read(now)` when it is time to; it returns how many datagrams there were, and whether there
    may be more."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        descriptor: int,
        read: Callable[[float], tuple[int, bool]],
        clock: Callable[[], float],
    ) -> None:
        self._loop = loop
        self._descriptor = descriptor
        self._read = read
        self._clock = clock
        self._timer: asyncio.TimerHandle | None = None
        self._last = clock()
        self._pause = 1.0
        """Mean seconds between two wake-ups, while watching."""
        self._catch = 0.0
        """Mean datagrams found, while gathering."""
        self._closed = False
        self.gathering = False
        self.worthwhile = True
        """Whether a wake-up costs much compared with what it leads to; set by the hub."""
        loop.add_reader(descriptor, self._readable)

    def close(self) -> None:
        """Read no more."""
        self._closed = True
        self._loop.remove_reader(self._descriptor)
        if self._timer is not None:
            self._timer.cancel()

    def _readable(self) -> None:
        now = self._clock()
        # A long silence says no more than a short one, or a burst after it would be seen too late.
        self._pause += (min(now - self._last, limits.GATHER_SILENCE_SECONDS) - self._pause) / 16
        self._last = now
        self._read(now)
        if self._closed:
            return
        if self._pause < limits.GATHER_BELOW_SECONDS and self.worthwhile:
            self.gathering = True
            self._catch = limits.GATHER_LEAST + 1.0
            self._loop.remove_reader(self._descriptor)
            self._timer = self._loop.call_later(limits.GATHER_SECONDS, self._gather)

    def _gather(self) -> None:
        timer = self._timer = self._loop.call_later(limits.GATHER_SECONDS, self._gather)
        count, more = self._read(self._clock())
        if self._closed:
            return
        self._catch += (count - self._catch) / 16
        if self._catch < limits.GATHER_LEAST or not self.worthwhile or more:
            # More than one read takes is read at once, in turn with the loop's other work.
            timer.cancel()
            self._timer = None
            self.gathering = False
            self._last = self._clock()
            self._pause = 2 * limits.GATHER_BELOW_SECONDS
            self._loop.add_reader(self._descriptor, self._readable)
