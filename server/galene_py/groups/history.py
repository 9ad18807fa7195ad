"""The chat that latecomers get: the last messages of a group, for a while, in memory only.

Values are kept as they are sent, which is also what they are counted by; all groups together keep no more
than fits into one total (`budget.shares`). Ages are measured on the monotonic clock, so that setting the
machine's clock makes nothing disappear.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from weakref import WeakMethod

import msgspec

from galene_py.budget.shares import Shares
from galene_py.groups import limits


@dataclass(frozen=True, eq=False, slots=True)
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
    author: str = field(default="", repr=False)
    """who may change it: a secret, since ids are the clients' own choice"""
    reply_to: str = ""
    edited: bool = False
    reactions: dict[tuple[str, str], str] = field(default_factory=dict)
    """names of people, by what they reacted with and their secret"""

    @property
    def size(self) -> int:
        """Of the value, in bytes."""
        return memoryview(self.value).nbytes

    def told_reactions(self) -> dict[str, list[str]]:
        """The names of people by what they reacted with."""
        told: dict[str, list[str]] = {}
        for (reaction, _), name in self.reactions.items():
            told.setdefault(reaction, []).append(name)
        return told


class History:
    """The messages of one group, oldest first.

    keep_seconds: how old they get. shares: where all groups keep theirs; family: whose share this is.
    """

    def __init__(self, clock: Callable[[], float], keep_seconds: float, shares: Shares, family: str) -> None:
        self.keep_seconds = keep_seconds
        self._clock = clock
        self._entries: deque[Entry] = deque()
        self._bytes = 0
        # Weak, so that a group goes as soon as it is forgotten, without the collector.
        forget = WeakMethod(self._forget_oldest)
        self._memory = shares.holder(family, lambda: (give := forget()) and give())

    def add(
        self,
        *,
        id: str,
        source: str,
        username: str | None,
        time: datetime,
        kind: str,
        value: object,
        author: str = "",
        reply_to: str = "",
    ) -> None:
        """Keep a message; the oldest ones go when there are too many, or too much of them.

        author: a secret of who wrote it, by which it can be changed; '' if nobody may.
        """
        raw = msgspec.Raw(msgspec.json.encode(value))
        entry = Entry(id, source, username, time, kind, raw, self._clock(), author, reply_to)
        self._entries.append(entry)
        self._bytes += entry.size
        self._memory.change(entry.size + limits.HISTORY_ENTRY_BYTES)
        self._shrink()

    def find(self, id: str, source: str) -> Entry | None:
        """The latest message with this id from this client."""
        self._forget_old()
        return next(
            (each for each in reversed(self._entries) if (each.id, each.source) == (id, source)), None
        )

    def edit(self, entry: Entry, value: object) -> None:
        """Let a kept message say something else."""
        changed = replace(entry, value=msgspec.Raw(msgspec.json.encode(value)), edited=True)
        self._entries[self._entries.index(entry)] = changed
        self._bytes += changed.size - entry.size
        self._memory.change(changed.size - entry.size)
        self._shrink()

    def delete(self, entry: Entry) -> None:
        """Forget one message."""
        self._entries.remove(entry)
        self._release(entry)

    def react(self, entry: Entry, reaction: str, author: str, name: str, *, on: bool) -> bool:
        """Keep or forget a reaction to a kept message; whether that changed anything."""
        key = (reaction, author)
        if on == (key in entry.reactions) or (on and len(entry.reactions) >= limits.HISTORY_REACTIONS):
            return False
        if on:
            entry.reactions[key] = name
        else:
            del entry.reactions[key]
        self._memory.change(limits.HISTORY_REACTION_BYTES if on else -limits.HISTORY_REACTION_BYTES)
        return True

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

    def _shrink(self) -> None:
        while len(self._entries) > limits.HISTORY_MESSAGES or self._bytes > limits.HISTORY_BYTES:
            self._forget_oldest()

    def _forget_old(self) -> None:
        oldest = self._clock() - self.keep_seconds
        while self._entries and self._entries[0].added < oldest:
            self._forget_oldest()

    def _forget_oldest(self) -> None:
        self._release(self._entries.popleft())

    def _release(self, entry: Entry) -> None:
        self._bytes -= entry.size
        kept = len(entry.reactions) * limits.HISTORY_REACTION_BYTES
        self._memory.change(-entry.size - limits.HISTORY_ENTRY_BYTES - kept)
