"""A total of memory that many share: where it is used up, whoever holds most gives first.

Holders belong to families, so that a thousand small ones of one owner count as what they are together. Sizes
are compared to a factor of two, which costs the same for ten holders and for ten thousand.

Never knows what is held, or how a holder gives. Owner of the state: whoever makes it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, Protocol, TypeVar


class _Sized(Protocol):
    bytes: int


T = TypeVar("T", bound=_Sized)


class _Ranking(Generic[T]):
    """Things by the power of two of their size; those that came to it first are first."""

    def __init__(self) -> None:
        self._classes: dict[int, dict[T, None]] = {}

    def resize(self, one: T, size: int) -> None:
        """Something has another size from now on."""
        before, after = one.bytes.bit_length(), size.bit_length()
        one.bytes = size
        if before == after:
            return
        if before:
            del self._classes[before][one]
            if not self._classes[before]:
                del self._classes[before]
        if after:
            self._classes.setdefault(after, {})[one] = None

    def largest(self) -> T | None:
        """One of the largest; None when nothing has any size."""
        return next(iter(self._classes[max(self._classes)])) if self._classes else None


class _Family:
    def __init__(self) -> None:
        self.bytes = 0
        self.holders: _Ranking[Holder] = _Ranking()


class Holder:
    """One that holds memory; `Shares.holder` makes it."""

    def __init__(self, shares: Shares, family: str, give: Callable[[], object]) -> None:
        self.bytes = 0
        self.family = family
        self.give = give
        self._shares = shares

    def change(self, by: int) -> None:
        """Hold so many bytes more, or fewer. Any holder, this one included, may be asked to give at once."""
        self._shares.change(self, by)


class Shares:
    """`total`: bytes that all holders may have together; `each`: that one family may."""

    def __init__(self, total: int, each: int | None = None) -> None:
        self.bytes = 0
        self._total = total
        self._each = total if each is None else each
        self._families: dict[str, _Family] = {}
        self._ranking: _Ranking[_Family] = _Ranking()

    def holder(self, family: str, give: Callable[[], object]) -> Holder:
        """Return a new holder. give: makes it hold less, by `Holder.change`; called only if it holds any."""
        return Holder(self, family, give)

    def change(self, holder: Holder, by: int) -> None:
        """For holders."""
        self.bytes += by
        family = self._families.setdefault(holder.family, _Family())
        family.holders.resize(holder, holder.bytes + by)
        self._ranking.resize(family, family.bytes + by)
        if not family.bytes:
            del self._families[holder.family]
        while by > 0 and (self.bytes > self._total or family.bytes > self._each):
            largest = family if family.bytes > self._each else self._ranking.largest()
            giver = largest.holders.largest() if largest is not None else None
            if giver is None:
                return
            before = self.bytes
            giver.give()
            if self.bytes >= before:
                raise RuntimeError("a holder that was asked to give gave nothing")
