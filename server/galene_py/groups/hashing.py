"""Slow comparisons and hashes in a few low-priority threads, so that the event loop never waits for them.

Bounded twice: threads by the number of cores, waiting jobs by a limit; beyond it the caller is told that the
server is busy. Owns its threads; `close` ends them.
"""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import TypeVar

from galene_py.groups import limits, passwords
from galene_py.groups.errors import Refused, Why
from galene_py.groups.passwords import Password, Stored

T = TypeVar("T")


class Hasher:
    """Compares and makes passwords off the event loop."""

    def __init__(self, workers: int | None = None, waiting: int = limits.HASHES_WAITING) -> None:
        # One core is left to the event loop where there is more than one.
        self._workers = workers or max(1, (os.cpu_count() or 1) - 1)
        self._pool = ThreadPoolExecutor(self._workers, "hash", initializer=_be_nice)
        self._waiting = waiting
        self._jobs = 0

    async def matches(self, stored: Stored, attempt: str) -> bool:
        """Whether `attempt` is the stored password. Raises Refused when too many wait already."""
        if not passwords.is_slow(stored):
            return passwords.matches(stored, attempt)
        return await self._run(lambda: passwords.matches(stored, attempt))

    async def make(self, password: str) -> Password:
        """Hash a new password with bcrypt. Raises ValueError (too long) or Refused (busy)."""
        return await self._run(lambda: passwords.make_bcrypt(password))

    def debug_state(self) -> dict[str, object]:
        """Jobs under way and threads."""
        return {"jobs": self._jobs, "workers": self._workers}

    def close(self) -> None:
        """End the threads; jobs that wait are dropped."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    async def _run(self, job: Callable[[], T]) -> T:
        if self._jobs >= self._waiting:
            raise Refused(Why.BUSY, "the server is busy, please try again in a moment")
        self._jobs += 1
        future = asyncio.get_running_loop().run_in_executor(self._pool, job)
        # Counted until the thread is done, also when the caller was cancelled in the meantime.
        future.add_done_callback(self._done)
        return await asyncio.shield(future)

    def _done(self, future: asyncio.Future[T]) -> None:
        self._jobs -= 1
        if not future.cancelled():
            future.exception()


def _be_nice() -> None:
    """Let media threads go first; Linux applies this to the one thread."""
    with suppress(OSError, AttributeError):
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), limits.HASH_NICENESS)
