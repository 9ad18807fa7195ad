"""The chat that latecomers get: the last messages of a group, for a while, in memory only.

Values are kept as they are sent, which is also what they are counted by; all groups together keep no more
than fits into one total (`budget.shares`). Ages are measured on the monotonic clock, so that setting the
machine's clock makes nothing disappear.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import msgspec

from galene_py.budget.shares import Shares
from galene_py.groups import limits


@dataclass(frozen=True, slots=True)
class Entry:
    """One kept message; `time` is what its reader sees."""

    id: str
    source: str
    username: str | None
    time: datetime
    kind: str
    value: msgspec.Raw
    """JSON, as it is sent"""
    added: float
    """monotonic seconds"""

    @property
    def size(self) -> int:
        """Of the value, in bytes."""
        return memoryview(self.value).nbytes


class History:
    """The messages of one group, oldest first.

    shares: where all groups keep theirs; family: whose share this is.
    """

    def __init__(
        self, clock: Callable[[], float], keep_seconds: Callable[[], float], shares: Shares, family: str
    ) -> None:
        self._clock = clock
        self._keep_seconds = keep_seconds
        self._entries: deque[Entry] = deque()
        self._bytes = 0
        self._memory = shares.holder(family, self._forget_oldest)

    def add(
        self, *, id: str, source: str, username: str | None, time: datetime, kind: str, value: object
    ) -> None:
        """Keep a message; the oldest ones go when there are too many, or too much of them."""
        entry = Entry(
            id, source, username, time, kind, msgspec.Raw(msgspec.json.encode(value)), self._clock()
        )
        self._entries.append(entry)
        self._bytes += entry.size
        self._memory.change(entry.size + limits.HISTORY_ENTRY_BYTES)
        while len(self._entries) > limits.HISTORY_MESSAGES or self._bytes > limits.HISTORY_BYTES:
            self._forget_oldest()

    def clear(self, id: str = "", source: str = "") -> None:
        """Forget everything, or what `source` wrote, or of that the message `id`."""
        entries, self._entries = self._entries, deque()
        for entry in entries:
            if (id or source) and (entry.source != source or (id and entry.id != id)):
                self._entries.append(entry)
            else:
                self._release(entry)

    def list(self) -> list[Entry]:
        """The messages that are not too old."""
        self._forget_old()
        return list(self._entries)

    def __len__(self) -> int:
        self._forget_old()
        return len(self._entries)

    def _forget_old(self) -> None:
        oldest = self._clock() - self._keep_seconds()
        while self._entries and self._entries[0].added < oldest:
            self._forget_oldest()

    def _forget_oldest(self) -> None:
        self._release(self._entries.popleft())

    def _release(self, entry: Entry) -> None:
        self._bytes -= entry.size
        self._memory.change(-entry.size - limits.HISTORY_ENTRY_BYTES)
