"""Which SSRCs of a peer have cipher state with us: at most so many at a time, however many there were.

Pure. When a new one finds no room, the one that was silent longest makes it, if it was silent long enough.
Packets cost nothing here but a look-up in `heard`; owned by the peer's incoming side.
"""

from __future__ import annotations

from galene_py.transport import limits


class Sources:
    """SSRCs are 4 bytes as they stand in packets. `admits` first, then `learn`; `turn` every now and then."""

    __slots__ = ("_forgotten", "_quiet", "_turned", "heard")

    def __init__(self, now: float) -> None:
        self.heard: dict[bytes, None] = {}
        """Those of which a packet came in this period."""
        self._quiet: dict[bytes, float] = {}
        """The others that have state: the end of the last period in which they were heard, oldest first."""
        self._forgotten: dict[bytes, None] = {}
        """Without state again. They stay out: state made anew would accept what was recorded of them."""
        self._turned = now

    def __len__(self) -> int:
        return len(self.heard) + len(self._quiet)

    def admits(self, ssrc: bytes) -> bool:
        """Whether a packet of an SSRC that is not in `heard` is worth deciphering. Changes nothing: it may
        be forged."""
        if ssrc in self._quiet:
            return True
        room = len(self) < limits.SSRCS_PER_PEER or self._silent() is not None
        return room and ssrc not in self._forgotten

    def learn(self, ssrc: bytes) -> bytes | None:
        """An authentic packet came of an SSRC that `admits` let through. Returns the one whose state is to be
        removed for it, of which nothing came for a whole period at least."""
        loser = None
        if self._quiet.pop(ssrc, None) is None and len(self) >= limits.SSRCS_PER_PEER:
            loser = self._silent()
            if loser is not None:
                self._forget(loser)
        self.heard[ssrc] = None
        return loser

    @property
    def due(self) -> float:
        """When the period is over; infinity while there is room for many more, and it does not matter."""
        crowded = len(self) > limits.SSRCS_PER_PEER // 2
        return self._turned + limits.SSRC_PERIOD_SECONDS if crowded else float("inf")

    def turn(self, now: float) -> None:
        """Begin a new period when the last one is over."""
        if now - self._turned >= limits.SSRC_PERIOD_SECONDS:
            self._turned = now
            self._quiet |= dict.fromkeys(self.heard, now)
            self.heard.clear()

    def _silent(self) -> bytes | None:
        """The SSRC heard longest ago, unless that was in the last period."""
        oldest = next(iter(self._quiet), None)
        return oldest if oldest is not None and self._quiet[oldest] < self._turned else None

    def _forget(self, ssrc: bytes) -> None:
        del self._quiet[ssrc]
        self._forgotten[ssrc] = None
        if len(self._forgotten) > limits.SSRCS_FORGOTTEN:
            # What was recorded of it could be played once more, into a section that has long had others.
            del self._forgotten[next(iter(self._forgotten))]
