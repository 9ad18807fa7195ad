"""A published stream, and its subscription by one receiver: what was asked for, offered, and is still open.

An offer is never sent while an earlier one is unanswered: what is asked for meanwhile is remembered and
settled when the answer comes (RFC 8829 §3.5.1 knows one outstanding offer per connection).

Never decides what a receiver should get. Owner of the state: the distribution of the room.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from typing import Protocol

from galene_py.conference.interfaces import Participant
from galene_py.conference.media import Published, Subscribed
from galene_py.signalling import messages as m

log = logging.getLogger(__name__)


@dataclass(eq=False, slots=True)
class Stream:
    """A published stream."""

    id: str
    label: str
    owner: Participant
    published: Published
    subscriptions: dict[str, Subscription] = field(default_factory=dict)
    """By the receiver's id."""
    speaking: bool = False
    """Whether its sender speaks now."""
    lost: tuple[str, float] | None = None
    """Why and when its sender's connection died, if it did."""


class Subscription:
    """Of `receiver` to `stream`. Every method may raise MediaError."""

    def __init__(
        self, stream: Stream, receiver: Participant, subscribed: Subscribed, want: frozenset[str]
    ) -> None:
        self.stream = stream
        self.receiver = receiver
        self.subscribed = subscribed
        self.want = want
        self.unanswered = False
        self._selected = want
        self._stale = False
        self._restart = False

    def offer(self, replace: str = "") -> None:
        """Send the current description to the receiver."""
        self.unanswered = True
        self.receiver.send(
            m.Offer(
                id=self.stream.id,
                label=self.stream.label,
                replace=replace,
                source=self.stream.owner.id,
                username=self.stream.owner.username,
                sdp=self.subscribed.offer,
            )
        )

    def choose(self, want: frozenset[str], *, stale: bool = False) -> None:
        """Send `want` from now on; stale: the stream's own description has changed."""
        self.want = want
        self._stale |= stale
        self._settle()

    def restart(self) -> None:
        """Offer again with new ICE credentials."""
        self._restart = True
        self._settle()

    def answered(self, sdp: str) -> None:
        """Take the answer; an answer to nothing is ignored. What is not wanted any more is left as it is."""
        if not self.unanswered:
            return
        self.subscribed.accept(sdp)
        self.unanswered = False
        if self.want:
            self._settle()

    def debug_state(self) -> dict[str, object]:
        """Return what the statistics page shows."""
        return {
            **self.subscribed.debug_state(),
            "id": self.stream.id,
            "want": sorted(self.want),
            "unanswered": self.unanswered,
        }

    def _settle(self) -> None:
        if self.unanswered:
            return
        changed = False
        if self._stale or self.want != self._selected:
            changed = self.subscribed.select(self.want)
            self._selected, self._stale = self.want, False
        if self._restart:
            self._restart = False
            self.subscribed.restart()
            changed = True
        if changed:
            self.offer()


class Watcher(Protocol):
    """Whoever wants to know which streams there are."""

    def appeared(self, stream: Stream) -> None:
        """A stream is published."""

    def vanished(self, stream: Stream) -> None:
        """It ended."""


def free(media: Published | Subscribed) -> None:
    """Close something that is no more in any table; what goes wrong there must keep nobody in a room."""
    try:
        media.close()
    except Exception:
        log.exception("closing media failed")
