"""One timer for everything that must happen at a time: a tick looks at what is due, and at nothing else.

Items say when they are due next; they stand in a heap, and one `call_later` waits for the earliest. It makes
no task and no timer per item, never polls one early, and never lets one item's error reach another. Cancelled
entries let go of their items at once and are dropped when their time comes. The engine and the transport hub
own one each.
"""

from __future__ import annotations

import asyncio
import heapq
import logging
import time
from collections.abc import Callable
from itertools import count
from typing import Protocol

from galene_py import limits

log = logging.getLogger(__name__)


class Pollable(Protocol):
    """Something that has work to do at a time it knows itself."""

    def poll(self, now: float) -> float | None:
        """Do what is due at `now` (monotonic seconds); returns when it is due next, None: no more."""


class _Entry:
    """An item's place in the heap; `item` is None when it was cancelled."""

    __slots__ = ("due", "item")

    def __init__(self, due: float, item: Pollable) -> None:
        self.due = due
        self.item: Pollable | None = item


def _log(item: Pollable) -> None:
    log.exception("an item of the timer failed")


class Ticker:
    """A heap of due times. An item has at most one: the earliest it asked for since its last poll."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        clock: Callable[[], float] = time.monotonic,
        *,
        work: Callable[[float], None] | None = None,
        failed: Callable[[Pollable], None] = _log,
    ) -> None:
        """`work`: called instead of `run` when something is due, in order to call it. `failed`: told of an
        item whose poll raised an exception, while that is handled."""
        # Not the loop's own clock: uvloop's is rounded and cached, and packets are stamped with this one.
        self._loop = loop
        self._clock = clock
        self._work = work or self.run
        self._failed = failed
        self._heap: list[tuple[float, int, _Entry]] = []
        self._entries: dict[Pollable, _Entry] = {}
        self._order = count()
        self._timer: asyncio.TimerHandle | None = None
        self._armed_for = 0.0
        self._running = False
        self.errors = 0
        self.polls = 0
        """How many items were looked at, ever."""

    def now(self) -> float:
        """Monotonic seconds."""
        return self._clock()

    def __len__(self) -> int:
        return len(self._entries)

    def at(self, item: Pollable, due: float) -> None:
        """Poll `item` at `due`, or at the earlier time it asked for already."""
        entry = self._entries.get(item)
        if entry is not None:
            if entry.due <= due:
                return
            entry.item = None
        self._entries[item] = entry = _Entry(due, item)
        heapq.heappush(self._heap, (due, next(self._order), entry))
        late = self._timer is None or due < self._armed_for - limits.TICK_SECONDS
        if late and not self._running:
            self._arm()

    def forget(self, item: Pollable) -> None:
        """Never poll `item` again."""
        entry = self._entries.pop(item, None)
        if entry is not None:
            entry.item = None

    def run(self, now: float) -> None:
        """Poll what is due at `now`."""
        heap = self._heap
        while heap and heap[0][0] <= now:
            item = heapq.heappop(heap)[2].item
            if item is not None:
                del self._entries[item]
                self._poll(item, now)

    def close(self) -> None:
        """Forget everything."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._heap.clear()
        self._entries.clear()

    def _arm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        while self._heap and self._heap[0][2].item is None:
            heapq.heappop(self._heap)
        if self._heap:
            self._armed_for = self._heap[0][0]
            delay = max(self._armed_for - self._clock(), limits.TICK_SECONDS)
            self._timer = self._loop.call_later(delay, self._fire)

    def _fire(self) -> None:
        self._timer = None
        self._running = True
        try:
            self._work(self._clock())
        finally:
            self._running = False
            self._arm()

    def _poll(self, item: Pollable, now: float) -> None:
        self.polls += 1
        try:
            again = item.poll(now)
        except Exception:
            self.errors += 1
            self._failed(item)
            again = now + 1.0
        if again is not None and item not in self._entries:
            self.at(item, max(again, now + limits.TICK_SECONDS))
