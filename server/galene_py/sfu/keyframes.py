"""When to ask a sender for a keyframe: at once, but never more often than every 500 ms, and again with
back-off until one comes. One per encoding. Who sends the request as PLI or FIR is not decided here.
"""

from __future__ import annotations

from galene_py.sfu import limits

_NEVER = float("inf")


class KeyframePolicy:
    """`due` is when `take` will say yes; infinity: no keyframe is wanted."""

    __slots__ = ("_asked_at", "_tries", "due", "requests")

    def __init__(self) -> None:
        self.due = _NEVER
        self.requests = 0
        self._asked_at = -_NEVER
        self._tries = 0

    @property
    def wanted(self) -> bool:
        """Whether somebody waits for a keyframe."""
        return self.due < _NEVER

    def want(self, now: float) -> None:
        """Somebody cannot show a picture without a keyframe."""
        if not self.wanted:
            self._tries = 0
        self.due = min(self.due, max(now, self._asked_at + limits.KEYFRAME_INTERVAL_SECONDS))

    def arrived(self) -> None:
        """A keyframe began to arrive."""
        self.due = _NEVER

    def take(self, now: float) -> bool:
        """Whether to send a request now; counts it as sent."""
        if self.due > now:
            return False
        pause = limits.KEYFRAME_INTERVAL_SECONDS * (1 << min(self._tries, 8))
        self._tries += 1
        self._asked_at = now
        self.due = now + min(pause, limits.KEYFRAME_RETRY_MAX_SECONDS)
        self.requests += 1
        return True
