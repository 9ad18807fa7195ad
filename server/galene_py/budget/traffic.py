"""How much the members of one group may make each other read.

A listener's line may be slow, and sound needs it as well. So what comes to one member, from whomever, and
what all of them are told together, have their budgets in bytes. It is the sender who is refused; short
messages always pass, since their number is limited for each sender (`signalling.session`), and only count.

Never knows what is said. Owner of the state: the room.
"""

from __future__ import annotations

from galene_py.budget import limits
from galene_py.budget.bucket import Bucket


class Traffic:
    """The bytes that members of one group are sent by others. `now`: monotonic seconds, everywhere."""

    def __init__(self, now: float) -> None:
        self._all = _new(now)
        self._listeners: dict[str, Bucket] = {}

    def allow(self, size: int, now: float, listener: str = "") -> bool:
        """Say whether so many bytes may be sent to one member, or else to all, and count them if so."""
        bucket = self._all
        if listener:
            bucket = self._listeners.get(listener) or self._listeners.setdefault(listener, _new(now))
        if size <= limits.SHORT_MESSAGE_BYTES:
            bucket.owe(now, size)
            return True
        return bucket.take(now, size)

    def forget(self, listener: str) -> None:
        """A member is gone."""
        self._listeners.pop(listener, None)


def _new(now: float) -> Bucket:
    return Bucket(limits.LISTENER_BURST_BYTES, limits.LISTENER_RATE_BYTES, now)
