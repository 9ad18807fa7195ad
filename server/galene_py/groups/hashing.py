"""Slow comparisons and hashes in a few low-priority threads, so that the event loop never waits for them.

As many threads as there are cores, less one. `login_turns` decides who may use them, and gives out no more
turns than there are threads; a job that nobody waits for any more is dropped if it has not begun.
Owns its threads; `close` ends them.
"""

from __future__ import annotations

import os
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress

from galene_py.groups import limits, passwords
from galene_py.groups.passwords import Password, StoredPassword


class Hasher:
    """Compares and makes passwords off the event loop."""

    def __init__(self, workers: int | None = None) -> None:
        # One core is left to the event loop where there is more than one.
        self.workers = workers or max(1, (os.cpu_count() or 1) - 1)
        self._pool = ThreadPoolExecutor(self.workers, "hash", initializer=_be_nice)

    def matches(self, stored: StoredPassword, attempt: str) -> Future[bool]:
        """Begin to find out whether `attempt` is the stored password."""
        return self._pool.submit(passwords.matches, stored, attempt)

    def make(self, password: str) -> Future[Password]:
        """Begin to hash a new password with bcrypt; ValueError comes out when it is too long."""
        return self._pool.submit(passwords.make_bcrypt, password)

    def close(self) -> None:
        """End the threads; jobs that wait are dropped."""
        self._pool.shutdown(wait=False, cancel_futures=True)


def _be_nice() -> None:
    """Let media threads go first; Linux applies this to the one thread."""
    with suppress(OSError, AttributeError):
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), limits.HASH_NICENESS)
