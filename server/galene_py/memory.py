"""Gives memory that nobody uses back to the operating system, some time after somebody has left, and decides
when the garbage collector looks at everything.

The C library keeps what was freed: tens of megabytes after a meeting, in holes between what is still in
use. Only glibc has to be told and can be (`malloc_trim`, malloc_trim(3)); elsewhere nothing happens. Large
pieces it is told to take from the operating system one by one, so that they go back when they are freed
(mallopt(3)): by itself it learns from the first megabyte that somebody sends to keep all that come later.
Giving back the rest holds up the loop for a quarter of a millisecond for each megabyte, some 10 ms after a
burst: with people there it is done only when the process has grown a lot since the last time. Frees nothing
itself: what a connection held is gone by then, by reference counts. A look of the collector at its oldest
generation takes tens of milliseconds with people in the rooms, during which no packet moves, and finds
nothing of theirs: it is left to moments in which nobody is there. Owned by `app`.
"""

from __future__ import annotations

import asyncio
import ctypes
import gc
import logging
import resource
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


_M_MMAP_THRESHOLD = -3
"""mallopt(3): bytes from which on a piece is mapped by itself; said once, it changes no more"""


def map_large_pieces() -> bool:
    """Let large pieces of memory go back as soon as they are freed; False where there is no such thing."""
    try:
        return bool(ctypes.CDLL(None).mallopt(_M_MMAP_THRESHOLD, limits.MEMORY_MAPPED_BYTES))
    except (OSError, AttributeError, TypeError):
        return False


def resident() -> int:
    """Bytes of this process that are in memory; 0 where the system does not say."""
    try:
        with open("/proc/self/statm", "rb", buffering=0) as file:
            return int(file.read(256).split()[1]) * resource.getpagesize()
    except (OSError, ValueError, IndexError):
        return 0


def settle() -> None:
    """The server has started: what is there stays, and need never be looked at again."""
    map_large_pieces()
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
        resident: Callable[[], int] = resident,
    ) -> None:
        """`trim`: another function than the C library's. `deserted`: whether nobody is connected. `resident`:
        bytes in memory."""
        self._loop = loop
        self._deserted = deserted
        self._collect = collect
        self._trim = trim or find_trim()
        self._timer: asyncio.TimerHandle | None = None
        self._resident = resident
        self._last = loop.time() - limits.MEMORY_TRIM_PAUSE_SECONDS
        self._size = 0
        """bytes in memory after the last trim"""

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
        if self._trim is None or not self._worth_while():
            return
        began = time.monotonic()
        if self._deserted():
            self._collect()
        self._trim()
        self._last, self._size = self._loop.time(), self._resident()
        log.debug("gave memory back in %.1f ms", 1000 * (time.monotonic() - began))

    def _worth_while(self) -> bool:
        size = self._resident()
        return self._deserted() or not size or size - self._size >= limits.MEMORY_TRIM_WORTH_BYTES
