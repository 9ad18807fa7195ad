"""What tracks have counted, summed over all of them, those that have ended included: such sums never fall.

Reads what `UpTrack` and `DownTrack` tell the statistics page. Never looks at packets, and costs nothing while
they flow. Owned by the engine.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

State = Mapping[str, Any]
Key = tuple[str, str]
"""The kind, 'audio' or 'video', and what was counted: a name in `RECEIVED` or `SENT`."""

RECEIVED = ("packets", "bytes", "lost", "duplicates", "nacked", "recovered", "keyframeRequests")
"""Counters of each encoding of an up track."""
SENT = ("packets", "bytes", "lost", "resent", "missed", "refused")
"""Counters of a down track."""


def received(track: State) -> Counter[Key]:
    """The counters of one up track, of all its encodings together."""
    kind = str(track.get("kind", ""))
    total: Counter[Key] = Counter()
    for encoding in track.get("encodings", ()):
        for name in RECEIVED:
            total[kind, name] += max(0, encoding.get(name) or 0)
    return total


def sent(track: State) -> Counter[Key]:
    """The counters of one down track; none while it is not sent."""
    kind = str(track.get("kind", ""))
    return Counter({(kind, name): max(0, track.get(name) or 0) for name in SENT})


class Sums:
    """The counters of the tracks that have ended."""

    __slots__ = ("received", "sent")

    def __init__(self) -> None:
        self.received: Counter[Key] = Counter()
        self.sent: Counter[Key] = Counter()

    def end_up(self, track: State) -> None:
        """An up track has ended, and counts no more."""
        self.received.update(received(track))

    def end_down(self, track: State) -> None:
        """A down track has ended, and counts no more."""
        self.sent.update(sent(track))
