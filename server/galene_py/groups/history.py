"""The chat that latecomers get: the last messages of a group, for a while, in memory only.

Ages are measured on the monotonic clock, so that setting the machine's clock makes nothing disappear.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import msgspec

from galene_py.groups import limits


@dataclass(frozen=True, slots=True)
class Entry:
    """One kept message; `time` is what its reader sees."""

    id: str
    source: str
    username: str | None
    time: datetime
    kind: str
    value: object
    added: float
    """monotonic seconds"""
    size: int
    """of the value, in bytes"""


class History:
    """The messages of one group, oldest first."""

    def __init__(self, clock: Callable[[], float], keep_seconds: Callable[[], float]) -> None:
        self._clock = clock
        self._keep_seconds = keep_seconds
        self._entries: deque[Entry] = deque(maxlen=limits.HISTORY_MESSAGES)

    def add(
        self, *, id: str, source: str, username: str | None, time: datetime, kind: str, value: object
    ) -> None:
        """Keep a message; the oldest ones go when there are too many, or too much of them."""
        size = len(msgspec.json.encode(value))
        self._entries.append(Entry(id, source, username, time, kind, value, self._clock(), size))
        while sum(entry.size for entry in self._entries) > limits.HISTORY_BYTES:
            self._entries.popleft()

    def clear(self, id: str = "", source: str = "") -> None:
        """Forget everything, or what `source` wrote, or of that the message `id`."""
        if not id and not source:
            self._entries.clear()
            return
        kept = [e for e in self._entries if e.source != source or (id and e.id != id)]
        self._entries = deque(kept, maxlen=limits.HISTORY_MESSAGES)

    def list(self) -> list[Entry]:
        """The messages that are not too old."""
        oldest = self._clock() - self._keep_seconds()
        while self._entries and self._entries[0].added < oldest:
            self._entries.popleft()
        return list(self._entries)

    def __len__(self) -> int:
        return len(self.list())
