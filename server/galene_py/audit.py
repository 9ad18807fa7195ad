"""What happened, for the admin: a line of JSON for each login, refusal, act of moderation, change by admins.

Written by a thread of its own, to a file that nobody else can read and that is rotated by size. What comes
faster than it can be written is counted and left out, and so are most refusals of an address that has many. A
disk that refuses harms nothing but this file.

Never holds passwords, tokens or what people say. Owner of the state: `app` makes one and closes it.
"""

from __future__ import annotations

import json
import logging
import os
import queue
import time
from collections import OrderedDict
from collections.abc import Callable
from contextlib import suppress
from io import TextIOWrapper
from logging.handlers import QueueListener, RotatingFileHandler
from pathlib import Path
from typing import IO, Any, Protocol

from galene_py import limits
from galene_py.budget.bucket import Bucket
from galene_py.budget.origin import origin

log = logging.getLogger(__name__)


class Audit(Protocol):
    """Notes an event and its facts: names, addresses, codes."""

    def __call__(self, event: str, **facts: object) -> None: ...


def nothing(event: str, **facts: object) -> None:
    """Notes nothing."""


class _PrivateFile(RotatingFileHandler):
    """A rotated file of mode 0600, whose errors are told once."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            path,
            maxBytes=limits.AUDIT_FILE_BYTES,
            backupCount=limits.AUDIT_FILES,
            encoding="utf-8",
            delay=True,
        )
        self.failed = False

    def _open(self) -> TextIOWrapper:
        file = os.open(self.baseFilename, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        opened: IO[Any] = os.fdopen(file, "a", encoding="utf-8")
        assert isinstance(opened, TextIOWrapper)
        return opened

    def let_go(self) -> None:
        """Close the file until the next line: an open one keeps its disk from being unmounted."""
        self.acquire()
        try:
            stream, self.stream = self.stream, None  # as `delay` has it
            with suppress(OSError):  # a full disk: told when the line was written
                if stream is not None:
                    stream.close()
        finally:
            self.release()

    def handleError(self, record: logging.LogRecord) -> None:
        """The disk refused: the line is lost, and so may be the next ones."""
        if not self.failed:
            log.exception("cannot write %s; events are not noted until that is possible", self.baseFilename)
        self.failed = True


class _Thread(QueueListener):
    """Writes what waits; told to end, it waits for a place in the queue itself."""

    def __init__(self, waiting: queue.Queue[Any], file: _PrivateFile) -> None:
        super().__init__(waiting, file)
        self._waiting = waiting
        self._file = file

    def handle(self, record: logging.LogRecord) -> None:
        """Write one line; the file is open as long as others wait."""
        super().handle(record)
        if self._waiting.empty():
            self._file.let_go()

    def enqueue_sentinel(self) -> None:
        """Ask the thread to end when everything before is written."""
        self._waiting.put(None, timeout=limits.SHUTDOWN_SECONDS)


class AuditLog:
    """The log in one file. `clock`: monotonic seconds. `wall_clock`: seconds since 1970."""

    def __init__(
        self,
        path: Path,
        *,
        clock: Callable[[], float] = time.monotonic,
        wall_clock: Callable[[], float] = time.time,
    ) -> None:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._clock = clock
        self._wall_clock = wall_clock
        self._lost = 0
        self._refusals: OrderedDict[str, tuple[Bucket, int]] = OrderedDict()
        self._queue: queue.Queue[logging.LogRecord] = queue.Queue(limits.AUDIT_WAITING)
        self._file = _PrivateFile(path)
        self._listener = _Thread(self._queue, self._file)
        self._listener.start()

    def __call__(self, event: str, **facts: object) -> None:
        """Note an event; returns at once. Empty facts are left out."""
        if event == "refused" and not self._worth_noting(facts):
            return
        if self._lost:
            facts["lost"] = self._lost
        kept = {key: value for key, value in facts.items() if value not in ("", None)}
        line = json.dumps({"time": self._time(), "event": event, **kept})
        record = logging.LogRecord("audit", logging.INFO, "", 0, line, None, None)
        try:
            self._queue.put_nowait(record)
            self._lost = 0
        except queue.Full:
            self._lost += 1

    def close(self) -> None:
        """Write what waits, and end the thread."""
        self._listener.stop()
        self._file.close()

    def _worth_noting(self, facts: dict[str, object]) -> bool:
        """Whether this address was not refused too often lately; adds how many refusals were left out."""
        now, whose = self._clock(), origin(str(facts.get("address", "")))
        fresh = Bucket(limits.AUDIT_REFUSAL_BURST, limits.AUDIT_REFUSAL_RATE, now)
        bucket, left_out = self._refusals.pop(whose, (fresh, 0))
        noted = bucket.take(now)
        if noted and left_out:
            facts["repeated"] = left_out
        self._refusals[whose] = bucket, 0 if noted else left_out + 1
        if len(self._refusals) > limits.AUDIT_ORIGINS:
            self._refusals.popitem(last=False)
        return noted

    def _time(self) -> str:
        now = self._wall_clock()
        return f"{time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(now))}.{int(now % 1 * 1000):03d}Z"
