"""Puts a track's packets in order, and says where some are missing.

A missing packet is waited for: it may be late, or sent again. Pure; the time comes with every call.
Owned by its track.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Generic, TypeVar

from galene_py.recording import limits
from galene_py.rtp.sequence import extend

T = TypeVar("T")


class Reorder(Generic[T]):
    """`push` and `due` give what is next in order; None stands for a gap."""

    def __init__(self) -> None:
        self.duplicates = 0
        """Packets that came twice, or too late."""
        self.missing = 0
        """Packets that never came."""
        self._next: int | None = None
        self._waiting: dict[int, T] = {}
        self._since = 0.0
        """When the first packet behind the gap came."""

    def push(self, sequence: int, packet: T, now: float) -> Iterator[T | None]:
        """One packet with its 16-bit number."""
        number = sequence if self._next is None else extend(self._next, sequence)
        if self._next is None:
            self._next = number
        if number < self._next or number in self._waiting:
            self.duplicates += 1
            return
        if number == self._next:
            self._next += 1
            yield packet
            if self._waiting:
                yield from self._run(now)
            return
        if not self._waiting:
            self._since = now
        self._waiting[number] = packet
        yield from self.due(now)

    def due(self, now: float) -> Iterator[T | None]:
        """What has waited long enough."""
        while self._waiting and (
            now - self._since >= limits.LATE_SECONDS or len(self._waiting) > limits.LATE_PACKETS
        ):
            yield from self._skip(now)

    def flush(self) -> Iterator[T | None]:
        """Everything: nothing more will come."""
        while self._waiting:
            yield from self._skip(self._since)

    def _skip(self, now: float) -> Iterator[T | None]:
        assert self._next is not None
        first = min(self._waiting)
        self.missing += first - self._next
        self._next = first
        yield None
        yield from self._run(now)

    def _run(self, now: float) -> Iterator[T | None]:
        assert self._next is not None
        while (packet := self._waiting.pop(self._next, None)) is not None:
            self._next += 1
            yield packet
        self._since = now
