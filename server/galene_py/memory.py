"""Gives memory that nobody uses back to the operating system, some time after a room has emptied, and decides
when the garbage collector looks at everything.

The C library keeps what was freed: tens of megabytes after a meeting, in holes between what is still in use.
Only glibc has to be told and can be (`malloc_trim`, malloc_trim(3)); elsewhere nothing happens. Frees
nothing itself: what a connection held is gone by then, by reference counts. A look of the collector at its
oldest generation takes tens of milliseconds with people in the rooms, during which no packet moves, and finds
nothing of theirs: it is left to moments in which nobody is there. Owned by `app`.
"""

from __future__ import annotations

import asyncio
import ctypes
import gc
import logging
import time
from collections.abc import Callable

from galene_py import limits

log = logging.getLogger(__name__)


def find_trim() -> Callable[[], object] | None:
    """What makes the C library give back all that it can; None: there is nothing of the kind."""
    try:
        function = ctypes.CDLL(None).malloc_trim
    except (OSError, AttributeError, TypeError):
        return None
    function.argtypes, function.restype = [ctypes.c_size_t], ctypes.c_int
    return lambda: function(0)


def settle() -> None:
    """The server has started: what is there stays, and need never be looked at again."""
    gc.collect()
    gc.freeze()
    young, middle, _ = gc.get_threshold()
    gc.set_threshold(young, middle, limits.MEMORY_OLDEST_THRESHOLD)


class Trimmer:
    """`soon` may be called as often as one likes: trims are rare, and none falls into somebody's leaving."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        trim: Callable[[], object] | None = None,
        *,
        deserted: Callable[[], bool] = lambda: False,
        collect: Callable[[], object] = gc.collect,
    ) -> None:
        """`trim`: another function than the C library's. `deserted`: whether nobody is connected."""
        self._loop = loop
        self._deserted = deserted
        self._collect = collect
        self._trim = trim or find_trim()
        self._timer: asyncio.TimerHandle | None = None
        self._last = loop.time() - limits.MEMORY_TRIM_PAUSE_SECONDS

    def soon(self) -> None:
        """Somebody has left much behind."""
        if self._trim is not None and self._timer is None:
            pause = self._last + limits.MEMORY_TRIM_PAUSE_SECONDS - self._loop.time()
            self._timer = self._loop.call_later(max(limits.MEMORY_TRIM_SECONDS, pause), self._run)

    def close(self) -> None:
        """Trim no more."""
        if self._timer is not None:
            self._timer.cancel()
        self._trim = None

    def _run(self) -> None:
        self._timer = None
        if self._trim is not None:
            began = time.monotonic()
            if self._deserted():
                self._collect()
            self._trim()
            self._last = self._loop.time()
            log.debug("gave memory back in %.1f ms", 1000 * (time.monotonic() - began))
