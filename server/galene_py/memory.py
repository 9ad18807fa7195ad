"""Gives memory that nobody uses back to the operating system, some time after a room has emptied.

The C library keeps what was freed: tens of megabytes after a meeting, in holes between what is still in use.
Only glibc has to be told and can be (`malloc_trim`, malloc_trim(3)); elsewhere nothing happens. Frees
nothing itself: what a connection held is gone by then. Owned by `app`.
"""

from __future__ import annotations

import asyncio
import ctypes
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


class Trimmer:
    """`soon` may be called as often as one likes: trims are rare, and none falls into somebody's leaving."""

    def __init__(self, loop: asyncio.AbstractEventLoop, trim: Callable[[], object] | None = None) -> None:
        """`trim`: another function than the C library's."""
        self._loop = loop
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
            self._trim()
            self._last = self._loop.time()
            log.debug("gave memory back in %.1f ms", 1000 * (time.monotonic() - began))
