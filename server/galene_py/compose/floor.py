"""Who has the floor: the one who speaks, with enough inertia that pictures do not flicker. Pure.

The whole meeting is known, so nobody has to prove first that they go on: whoever will speak long enough gets
the floor with the first word. Rules, in this order: nothing changes within `limits.FLOOR_SECONDS` of the last
change; whoever is silent gives way to whoever speaks; whoever speaks keeps it against an aside; after
`limits.QUIET_SECONDS` of silence nobody has it.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable
from dataclasses import dataclass

from galene_py.compose import limits
from galene_py.compose.meeting import Span, Speech, joined


@dataclass(frozen=True, slots=True)
class Floor:
    """Seconds for which somebody has it; None: nobody."""

    start: float
    end: float
    client: str | None


def floor(speech: Iterable[Speech], duration: float) -> list[Floor]:
    """The whole time from 0 to `duration` without holes."""
    turns = _turns(speech)
    changes: list[tuple[float, str | None]] = [(0.0, None)]
    moments = [
        moment for each in turns.all for moment in (each.start, each.end, each.end + limits.QUIET_SECONDS)
    ]
    heapq.heapify(moments)
    while moments:
        time = heapq.heappop(moments)
        last, holder = changes[-1]
        if time >= duration or time < last:
            continue
        if len(changes) > 1 and time < last + limits.FLOOR_SECONDS:
            if not moments or moments[0] > time:
                heapq.heappush(moments, last + limits.FLOOR_SECONDS)
            continue
        following = turns.next(time, holder)
        if following != holder:
            if last == time:
                changes.pop()
            changes.append((time, following))
    ends = [time for time, _ in changes[1:]] + [duration]
    return [Floor(time, end, client) for (time, client), end in zip(changes, ends, strict=True) if end > time]


class _Turns:
    """Who speaks at a time, for times that grow."""

    def __init__(self, turns: list[Speech]) -> None:
        self.all = turns
        self._begun = 0
        self._active: dict[str, Speech] = {}
        self._heard: dict[str, float] = {}

    def next(self, time: float, holder: str | None) -> str | None:
        """Who should have the floor now when `holder` has."""
        self._advance(time)
        mine = self._active.get(holder) if holder is not None else None
        least = limits.SPEECH_LEAST_SECONDS if mine is None else limits.INTERRUPT_SECONDS
        others = [
            each
            for each in self._active.values()
            if each.client != holder
            and each.end - time >= least
            and (mine is None or each.start > mine.start)
        ]
        if others:
            return max(others, key=lambda each: (each.start, each.end, each.client)).client
        if holder is None or mine is not None:
            return holder
        return holder if time - self._heard.get(holder, 0.0) < limits.QUIET_SECONDS else None

    def _advance(self, time: float) -> None:
        while self._begun < len(self.all) and self.all[self._begun].start <= time:
            each = self.all[self._begun]
            self._begun += 1
            self._active[each.client] = each
        for each in list(self._active.values()):
            if each.end <= time:
                del self._active[each.client]
                self._heard[each.client] = each.end


def _turns(speech: Iterable[Speech]) -> _Turns:
    spans: dict[str, list[Span]] = {}
    for each in speech:
        spans.setdefault(each.client, []).append((each.start, each.end))
    turns = [
        Speech(client, start, end)
        for client, each in spans.items()
        for start, end in joined(each, limits.SPEECH_BRIDGE_SECONDS)
        if end - start >= limits.SPEECH_LEAST_SECONDS
    ]
    return _Turns(sorted(turns, key=lambda turn: (turn.start, turn.client)))
