"""Looks at everything once: what there is now, and what was counted since the start.

Packets wait while Python is busy, so it works in portions and lets the event loop go on after each. Counters
do not fall when a track ends meanwhile: the sums of those that have ended are read in the moment in which the
others are listed, and these keep what they have counted.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from galene_py.metrics import limits
from galene_py.sfu import sums

State = Mapping[str, Any]
Counted = Mapping[tuple[str, str], int]
"""By kind, 'audio' or 'video', and by what was counted."""


Tell = Callable[[], State]
"""Tells of a track: its counters and its state now, or at its end."""


class Media(Protocol):
    """The forwarding unit, as far as its figures go."""

    def counted(self) -> tuple[Counted, Counted]:
        """Of the tracks that have ended: what was received and what was sent."""

    def tracks(self) -> tuple[Sequence[Tell], Sequence[Tell]]:
        """What tells of each track that there is: of those received and those sent."""


@dataclass(slots=True)
class Snapshot:
    """Figures of one moment. Counters are by kind and name; `now` lists have an entry for each track that
    carries anything."""

    server: State
    received: Counter[tuple[str, str]] = field(default_factory=Counter)
    sent: Counter[tuple[str, str]] = field(default_factory=Counter)
    up: Counter[tuple[str, str]] = field(default_factory=Counter)
    """Tracks received, by kind and codec."""
    down: Counter[tuple[str, str]] = field(default_factory=Counter)
    """Tracks sent, by kind and codec."""
    round_trips: list[float] = field(default_factory=list)
    """Seconds, of receivers that have reported."""
    losses: dict[str, list[float]] = field(default_factory=lambda: {"received": [], "sent": []})
    """Shares of packets lost lately, from 0 to 1, by direction."""
    estimates: list[float] = field(default_factory=list)
    """Bit/s that a video track to a receiver may have."""


async def take(media: Media, server: State) -> Snapshot:
    """Look. `server`: the state of everything that is no track."""
    shot = Snapshot(server)
    up, down = media.tracks()
    before_received, before_sent = media.counted()
    shot.received.update(before_received)
    shot.sent.update(before_sent)
    async for track in _in_portions(up):
        _look_up(shot, track)
    async for track in _in_portions(down):
        _look_down(shot, track)
    return shot


async def _in_portions(tracks: Sequence[Tell]) -> AsyncIterator[State]:
    for index, tell in enumerate(tracks, 1):
        yield tell()
        if index % limits.PORTION == 0:
            await asyncio.sleep(0)


def _look_up(shot: Snapshot, track: State) -> None:
    shot.received.update(sums.received(track))
    shot.up[track.get("kind", ""), track.get("codec", "")] += 1
    shot.losses["received"] += _values(track.get("encodings", ()), "fractionLost")


def _look_down(shot: Snapshot, track: State) -> None:
    shot.sent.update(sums.sent(track))
    shot.down[track.get("kind", ""), track.get("codec", "")] += 1
    shot.round_trips += [trip for trip in _values([track], "roundTrip") if trip > 0]
    shot.losses["sent"] += _values([track], "loss")
    if track.get("kind") == "video":
        shot.estimates += [rate for rate in _values([track], "maximum") if rate > 0]


def _values(states: Iterable[State], name: str) -> list[float]:
    found = (state.get(name) for state in states)
    return [float(value) for value in found if isinstance(value, int | float)]
