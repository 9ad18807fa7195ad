"""Which missing packets to ask the sender for, and when.

A packet that is late is given time to arrive by itself, longer on paths that were seen to reorder; then it is
asked for, again after a round trip with back-off, until `limits.NACK_TRIES`, its age or the table's bound
ends it. The round trip is learnt from the answers: nothing else tells a server that only receives. Owned by
one encoding. Never touches a packet.
"""

from __future__ import annotations

from galene_py.sfu import limits

_NEVER = float("inf")

_TOO_SOON = 0.6
"""What comes in less of a round trip after it was asked for is no answer."""


class _Missing:
    __slots__ = ("due", "sent", "since", "tries")

    def __init__(self, since: float, due: float) -> None:
        self.since = since
        self.due = due
        self.sent = 0.0
        self.tries = 0


class NackPolicy:
    """The missing packets of one encoding, by 16-bit sequence number."""

    def __init__(self) -> None:
        self.due = _NEVER
        """When `take` has something to say next; infinity: never. Possibly too early, never too late."""
        self.round_trip = 0.05
        """Seconds between asking and getting, smoothed."""
        self.requested = 0
        self.recovered = 0
        self.given_up = 0
        self._reordering = limits.NACK_REORDER_SECONDS
        self._missing: dict[int, _Missing] = {}

    def __len__(self) -> int:
        return len(self._missing)

    def lost(self, first: int, count: int, now: float) -> bool:
        """`count` numbers from `first` on were skipped. False: too many to ask for; the table is emptied
        and the caller should ask for a keyframe."""
        if count + len(self._missing) > limits.NACK_OUTSTANDING:
            self.given_up += len(self._missing) + count
            self.clear()
            return False
        due = now + self._reordering
        for sequence in range(first, first + count):
            self._missing[sequence & 0xFFFF] = _Missing(now, due)
        self.due = min(self.due, due)
        return True

    def wanted(self, sequence: int, now: float) -> None:
        """A receiver misses `sequence`, and we do not have it: ask after the batching delay, unless it is
        being asked for."""
        entry = self._missing.get(sequence)
        if entry is None:
            if len(self._missing) >= limits.NACK_OUTSTANDING:
                return
            self._missing[sequence] = _Missing(now, now + limits.NACK_MISS_SECONDS)
            self.due = min(self.due, now + limits.NACK_MISS_SECONDS)

    def arrived(self, sequence: int, now: float) -> bool:
        """A packet that was skipped came. True: because it was asked for."""
        entry = self._missing.pop(sequence, None)
        if entry is None:
            return False
        if not self._missing:
            self.due = _NEVER
        late = not entry.tries
        if entry.tries == 1:
            elapsed = now - entry.sent
            late = elapsed < _TOO_SOON * self.round_trip
            self.round_trip += 0.125 * (elapsed - self.round_trip)
        if late:
            # Wait that long, and a little, before asking for the next one.
            patience = min(1.25 * (now - entry.since), limits.NACK_REORDER_MAX_SECONDS)
            self._reordering = max(patience, self._reordering)
            return False
        self.recovered += 1
        return True

    def take(self, now: float) -> list[int]:
        """The numbers to ask for now, at most one datagram's worth. Call when `due` has come."""
        asked: list[int] = []
        dead: list[int] = []
        due = _NEVER
        for sequence, entry in self._missing.items():
            if entry.tries >= limits.NACK_TRIES or now - entry.since > limits.NACK_SECONDS:
                if entry.due <= now:
                    dead.append(sequence)
                    continue
            elif entry.due <= now and len(asked) < limits.NACK_PACKET_SEQUENCES:
                asked.append(sequence)
                self._asked(entry, now)
            due = min(due, entry.due)
        for sequence in dead:
            del self._missing[sequence]
        self.given_up += len(dead)
        self.requested += len(asked)
        self.due = due
        # Each pass with a loss forgets a little of the reordering that was seen.
        self._reordering += 0.02 * (limits.NACK_REORDER_SECONDS - self._reordering) if asked else 0.0
        return asked

    def clear(self) -> None:
        """Forget everything that is missing."""
        self._missing.clear()
        self.due = _NEVER

    def _asked(self, entry: _Missing, now: float) -> None:
        pause = max(1.2 * self.round_trip, limits.NACK_RETRY_SECONDS) * min(1 << entry.tries, 8)
        entry.tries += 1
        entry.sent = now
        entry.due = now + pause
