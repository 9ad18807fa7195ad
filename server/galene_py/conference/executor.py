"""Work that waits for the disk, off the event loop: one job at a time, in the order of asking.

Never knows what the jobs are, and never waits itself. A job is asked for, begun and answered on the event
loop; only what `offload` gets runs elsewhere. Bounded: beyond the limit nothing more is taken. Owner of the
state: the conference has exactly one.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

from galene_py.conference import limits

Outcome: TypeAlias = Callable[[], Any]
"""Returns what a job returned, or raises what it raised."""
Offload: TypeAlias = Callable[[Callable[[], Any], Callable[[Outcome], None]], None]
"""Runs a job somewhere else, then calls back on the event loop with its outcome."""


@dataclass(frozen=True, slots=True)
class _Request:
    begin: Callable[[], Callable[[], Any] | None]
    done: Callable[[Outcome], None]


class SerialExecutor:
    """Takes requests and has them carried out one after another."""

    def __init__(self, offload: Offload) -> None:
        self._offload = offload
        self._waiting: deque[_Request] = deque()
        self._busy = False

    def ask(self, begin: Callable[[], Callable[[], Any] | None], done: Callable[[Outcome], None]) -> bool:
        """Queue a request; False when too many wait already.

        begin: called on the event loop when the request's turn comes; returns the job, or None when there is
        nothing to do any more. done: called on the event loop with the job's outcome. Neither may raise.
        """
        if len(self._waiting) >= limits.DISK_JOBS_WAITING:
            return False
        self._waiting.append(_Request(begin, done))
        if not self._busy:
            self._next()
        return True

    def _next(self) -> None:
        while self._waiting and not self._busy:
            request = self._waiting.popleft()
            job = request.begin()
            if job is not None:
                self._busy = True
                self._offload(job, lambda outcome, done=request.done: self._finished(done, outcome))  # type: ignore[misc]

    def _finished(self, done: Callable[[Outcome], None], outcome: Outcome) -> None:
        self._busy = False
        try:
            done(outcome)
        finally:
            self._next()


def in_a_thread(job: Callable[[], Any], done: Callable[[Outcome], None]) -> None:
    """Run a job in one of the event loop's own threads."""
    future = asyncio.get_running_loop().run_in_executor(None, job)
    future.add_done_callback(lambda finished: None if finished.cancelled() else done(finished.result))
