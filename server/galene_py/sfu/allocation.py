"""Who gets what of one receiver's line: a budget divided among the videos on their way to it.

First each gets the poorest there is of it, the most important ones first, as long as it fits; what does not
fit is paused. Then the most important rank climbs, all of its videos by turns, then the next rank. What is
left is headroom. A step up from where one is must leave a little room, so that an estimate at a border moves
nobody to and fro. Sound is no business of this module: its rate is taken off the budget before.

A pure function; the sum of what is given never exceeds the budget.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

PAUSED = -1

MARGIN = 1.15
"""What a step up must fit in, as a multiple of its cost."""


@dataclass(frozen=True, slots=True)
class Want:
    """One video. `rates` are bits per second of its steps, the poorest first, never empty."""

    rank: int
    """0 is the most important."""
    size: int
    """Pixels it is shown with; decides within a rank."""
    rates: tuple[float, ...]
    least: float
    """What the poorest step can be brought down to by asking its sender; at most `rates[0]`."""
    current: int = PAUSED
    """The step it has now."""
    held: bool = False
    """It stays paused for the time being: nobody likes a picture that comes and goes."""


@dataclass(frozen=True, slots=True)
class Share:
    """What one video gets."""

    step: int
    """Index of `rates`, or PAUSED."""
    rate: float
    """Bits per second it may use: its step and its part of the headroom."""


def allocate(budget: float, wants: Sequence[Want]) -> list[Share]:
    """Divide `budget` bits per second; the shares are in the order of the wants."""
    order = sorted(range(len(wants)), key=lambda index: (wants[index].rank, -wants[index].size, index))
    steps = [PAUSED] * len(wants)
    given = [0.0] * len(wants)
    left = max(0.0, budget)
    for index in order:
        want = wants[index]
        if not want.held and want.least * (MARGIN if want.current == PAUSED else 1.0) <= left:
            steps[index], given[index] = 0, want.least
            left -= want.least
    for rank in sorted({want.rank for want in wants}):
        climbing = [index for index in order if wants[index].rank == rank and steps[index] != PAUSED]
        while climbing:
            for index in tuple(climbing):
                taken = _climb(wants[index], steps[index], given[index], left)
                if taken is None:
                    climbing.remove(index)
                    continue
                left -= taken[1] - given[index]
                steps[index], given[index] = taken
    served = [index for index in order if steps[index] != PAUSED]
    for index in served:
        given[index] += left / len(served)
    return [Share(step, rate) for step, rate in zip(steps, given, strict=True)]


def _climb(want: Want, step: int, given: float, left: float) -> tuple[int, float] | None:
    """The next step and what it takes; None: there is none, or it does not fit."""
    if given < want.rates[0]:  # the poorest one, as it is
        extra = min(want.rates[0] - given, left)
        return (0, given + extra) if extra > 1.0 else None
    if step + 1 >= len(want.rates):
        return None
    cost = max(0.0, want.rates[step + 1] - given)
    margin = MARGIN * want.rates[step + 1] - given if step + 1 > want.current else cost
    return (step + 1, given + cost) if margin <= left else None
