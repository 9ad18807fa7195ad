"""A bounded queue for something scarce, in which nobody waits behind somebody who had more of it lately.

Whoever waits has keys, the most important one first (where it comes from, then what it wants, ...). Next
comes the one whose first key had least lately; among equals the second key decides, and so on, and at last
who came first. When it is full, the newest of the longest line within it makes room; a newcomer that would be
that one is refused. So a flood from one origin crowds out only itself.

Never looks at a clock, or runs what is waiting. RFC 8290 §4.1 drops from the fullest line, too.
"""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from itertools import groupby
from typing import Generic, TypeVar

from galene_py.budget import limits

T = TypeVar("T")
Keys = tuple[Hashable, ...]


class Full(Exception):
    """There is no place for this newcomer."""


@dataclass(eq=False, slots=True)
class Ticket(Generic[T]):
    """One place in the line. `cost`: how much of the scarce thing it takes, in units of an ordinary job."""

    item: T
    keys: Keys
    cost: float
    arrival: int


class FairQueue(Generic[T]):
    """At most `places` tickets; what somebody had counts for half after `half_life` seconds."""

    def __init__(self, places: int, half_life: float) -> None:
        self._places = places
        self._half_life = half_life
        self._lines: dict[Hashable, dict[Ticket[T], None]] = {}
        self._waiting: Counter[tuple[int, Hashable]] = Counter()
        self._had: OrderedDict[tuple[int, Hashable], tuple[float, float]] = OrderedDict()
        self._arrivals = 0
        self._length = 0

    def __len__(self) -> int:
        return self._length

    def tickets(self) -> list[Ticket[T]]:
        """All that wait, those of one origin together and in the order of arrival."""
        return [ticket for line in self._lines.values() for ticket in line]

    def waits(self, first: Hashable) -> bool:
        """Whether anybody with this first key is in the line."""
        return first in self._lines

    def put(self, item: T, keys: Keys, cost: float) -> tuple[Ticket[T], Ticket[T] | None]:
        """Join the line; the ticket, and the one that had to make room for it. Raises Full."""
        self._arrivals += 1
        ticket = Ticket(item, keys, cost, self._arrivals)
        displaced = None
        if self._length >= self._places:
            displaced = self._most_crowded(ticket)
            if displaced is ticket:
                raise Full
            self.remove(displaced)
        self._lines.setdefault(keys[0], {})[ticket] = None
        self._waiting.update(enumerate(keys))
        self._length += 1
        return ticket, displaced

    def remove(self, ticket: Ticket[T]) -> bool:
        """Leave the line; False when it is in there no more."""
        line = self._lines.get(ticket.keys[0])
        if line is None or ticket not in line:
            return False
        del line[ticket]
        if not line:
            del self._lines[ticket.keys[0]]
        for place in enumerate(ticket.keys):
            self._waiting[place] -= 1
            if not self._waiting[place]:
                del self._waiting[place]
        self._length -= 1
        return True

    def take(self, now: float, ready: Callable[[Ticket[T]], bool] = lambda ticket: True) -> Ticket[T] | None:
        """The next in turn among those that are `ready`, out of the line and charged; None: there is none."""
        levels: dict[tuple[int, Hashable], int] = {}

        def level(place: tuple[int, Hashable]) -> int:
            if place not in levels:
                # Rounded, so that keys that had about the same are told apart by the next key.
                levels[place] = round(self._lately(place, now))
            return levels[place]

        for _, lines in groupby(
            sorted(self._lines, key=lambda first: level((0, first))), lambda first: level((0, first))
        ):
            possible = [ticket for first in lines for ticket in self._lines[first] if ready(ticket)]
            if possible:
                found = min(
                    possible, key=lambda one: ([level(place) for place in enumerate(one.keys)], one.arrival)
                )
                self.remove(found)
                self.charge(found.keys, found.cost, now)
                return found
        return None

    def charge(self, keys: Keys, cost: float, now: float) -> None:
        """Somebody with these keys got so much, whether it queued or not."""
        for place in enumerate(keys):
            self._had[place] = (self._lately(place, now) + cost, now)
            self._had.move_to_end(place)
        while len(self._had) > limits.FAIR_KEYS_REMEMBERED:
            self._had.popitem(last=False)

    def _lately(self, place: tuple[int, Hashable], now: float) -> float:
        had, then = self._had.get(place, (0.0, now))
        return float(had * 0.5 ** (max(now - then, 0.0) / self._half_life))

    def _most_crowded(self, newcomer: Ticket[T]) -> Ticket[T]:
        """Whose keys most others share, the newest of those; the newcomer counts as being there."""
        own = self._waiting[0, newcomer.keys[0]] + 1
        if own > max(map(len, self._lines.values())):
            return newcomer

        def crowd(ticket: Ticket[T]) -> tuple[list[int], int]:
            shared = [
                self._waiting[place] + (place[1] == newcomer.keys[place[0]])
                for place in enumerate(ticket.keys)
            ]
            return shared, ticket.arrival

        return max([*self.tickets(), newcomer], key=crowd)
