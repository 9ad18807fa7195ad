"""Many values in little memory: how many, and the quantiles of an even choice of them. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from galene_py.loadtest import limits


class Spread:
    """Values of one kind, as they come. When there are too many, every second one of those kept goes, and of
    those that follow only every second one is looked at, and so on."""

    __slots__ = ("_every", "_kept", "count", "highest", "total")

    def __init__(self) -> None:
        self.count = 0
        self.total = 0.0
        self.highest = 0.0
        self._kept: list[float] = []
        self._every = 1

    def add(self, value: float) -> None:
        """One more."""
        self.count += 1
        self.total += value
        if value > self.highest:
            self.highest = value
        if self.count % self._every == 0:
            self._kept.append(value)
            if len(self._kept) >= limits.DELAY_SAMPLES:
                del self._kept[::2]
                self._every *= 2

    def quantiles(self, *quantiles: float) -> list[float | None]:
        """Those values below which such shares lie; None while there are none."""
        ordered = sorted(self._kept)
        return [_at(ordered, quantile) for quantile in quantiles]

    def take(self) -> Spread:
        """What was added since the last `take`; begins anew."""
        taken = Spread()
        for name in Spread.__slots__:
            setattr(taken, name, getattr(self, name))
        self.__init__()  # type: ignore[misc]
        return taken

    @property
    def mean(self) -> float | None:
        """None while there are none."""
        return self.total / self.count if self.count else None


def _at(ordered: Sequence[float], quantile: float) -> float | None:
    return ordered[min(len(ordered) - 1, int(quantile * len(ordered)))] if ordered else None
