"""One timer for everything in the engine that must happen at a time.

Items say when they are due next; the ticker keeps them in a heap and one `call_at` for the earliest. It makes
no task and no timer per item, never calls an item early by more than the granularity, and never lets one
item's error reach another. Owned by the engine.
"""

from __future__ import annotations

import asyncio
import heapq
import logging
import time
from collections.abc import Callable
from itertools import count
from typing import Protocol

from galene_py.engine import limits

log = logging.getLogger(__name__)


class Pollable(Protocol):
    """Something that has work to do at a time it knows itself."""

    def poll(self, now: float) -> float | None:
        """Do what is due at `now` (monotonic seconds); returns when it is due next, None: no more."""


class Ticker:
    """A heap of due times. An item has at most one: the earliest it asked for since its last poll."""

    def __init__(self, loop: asyncio.AbstractEventLoop, clock: Callable[[], float] = time.monotonic) -> None:
        # Not the loop's own clock: uvloop's is rounded and cached, and packets are stamped with this one.
        self._loop = loop
        self._clock = clock
        self._heap: list[tuple[float, int, Pollable]] = []
        self._due: dict[Pollable, float] = {}
        self._order = count()
        self._timer: asyncio.TimerHandle | None = None
        self._armed_for = 0.0
        self._firing = False
        self.errors = 0

    def now(self) -> float:
        """Monotonic seconds."""
        return self._clock()

    def __len__(self) -> int:
        return len(self._due)

    def at(self, item: Pollable, due: float) -> None:
        """Poll `item` at `due`, or at the earlier time it asked for already."""
        before = self._due.get(item)
        if before is not None and before <= due:
            return
        self._due[item] = due
        heapq.heappush(self._heap, (due, next(self._order), item))
        late = self._timer is None or due < self._armed_for - limits.ENGINE_TICK
        if late and not self._firing:
            self._arm()

    def forget(self, item: Pollable) -> None:
        """Never poll `item` again. Its heap entry goes when its time comes."""
        self._due.pop(item, None)

    def close(self) -> None:
        """Forget everything."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._heap.clear()
        self._due.clear()

    def _arm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        while self._heap and self._due.get(self._heap[0][2]) != self._heap[0][0]:
            heapq.heappop(self._heap)
        if self._heap:
            self._armed_for = self._heap[0][0]
            delay = max(self._armed_for - self._clock(), limits.ENGINE_TICK)
            self._timer = self._loop.call_later(delay, self._fire)

    def _fire(self) -> None:
        self._timer = None
        self._firing = True
        now = self._clock()
        while self._heap and self._heap[0][0] <= now:
            due, _, item = heapq.heappop(self._heap)
            if self._due.get(item) == due:
                del self._due[item]
                self._poll(item, now)
        self._firing = False
        self._arm()

    def _poll(self, item: Pollable, now: float) -> None:
        try:
            again = item.poll(now)
        except Exception:
            self.errors += 1
            log.exception("an item of the engine's timer failed")
            again = now + 1.0
        if again is not None and item not in self._due:
            self.at(item, max(again, now + limits.ENGINE_TICK))
