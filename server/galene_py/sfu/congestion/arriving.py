"""The rate at which bytes are said to have arrived, over the last half second. Pure.

Kept in a few slots of an eighth of a second: messages come by the hundred per second from a receiver of many
streams.
"""

from __future__ import annotations

from galene_py.sfu import limits

_SLOTS = 4
_SLOT_SECONDS = limits.ARRIVING_SECONDS / _SLOTS


class Arriving:
    """A sum over a moving window."""

    __slots__ = ("_full", "_now", "_open", "_since")

    def __init__(self) -> None:
        self._full = [0] * _SLOTS
        """Bytes of the last whole slots, the newest last."""
        self._open = 0
        """Of the slot that has begun."""
        self._since = 0.0
        """When it did."""
        self._now = 0.0

    def assume(self, rate: float, now: float) -> None:
        """So many bits per second arrived until now; nobody told."""
        self._full = [int(rate / 8 * _SLOT_SECONDS)] * _SLOTS
        self._open = 0
        self._since = self._now = now

    def take(self, size: int, now: float) -> None:
        """So many bytes more."""
        ahead = now - self._since
        if ahead >= _SLOT_SECONDS:
            self._turn(ahead)
        self._open += size
        self._now = now

    def _turn(self, ahead: float) -> None:
        gone = int(ahead / _SLOT_SECONDS)
        self._full = [*self._full, self._open, *([0] * min(gone - 1, _SLOTS))][-_SLOTS:]
        self._open = 0
        self._since += gone * _SLOT_SECONDS

    def rate(self) -> float:
        """Bits per second, as of the last time something was taken."""
        return 8 * (sum(self._full) + self._open) / (limits.ARRIVING_SECONDS + self._now - self._since)

    def lately(self) -> float:
        """The same over the last half of it where that is less: what a line carries since it carries less."""
        recent = sum(self._full[_SLOTS // 2 :]) + self._open
        return min(self.rate(), 8 * recent / (limits.ARRIVING_SECONDS / 2 + self._now - self._since))
