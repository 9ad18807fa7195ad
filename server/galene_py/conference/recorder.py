"""Recording as the conference sees it: something that can be plugged in, or not.

Protocol classes, and the error. Never records. Whether somebody may ask for it is the table of rules'
business; `recording_member` tells a recording what happens in a room.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeAlias

from galene_py.conference.media import Published

Notice: TypeAlias = Callable[[str, bool], None]
"""`f(text, over)`: something that operators should know; `over`: the recording has ended because of it.
Called on the event loop, outside of any transaction."""


class RecorderError(Exception):
    """Why recording cannot be started, in words for the operator."""


class Recording(Protocol):
    """One recording while it goes on. All calls are quick; none raises. After `stop` they do nothing."""

    def published(self, stream: str, client: str, username: str, label: str, media: Published) -> None:
        """A stream is there; its sender's id and name."""

    def unpublished(self, stream: str) -> None:
        """A stream is gone."""

    def joined(self, client: str, username: str) -> None:
        """Somebody is in the group."""

    def left(self, client: str) -> None:
        """Somebody left it."""

    def said(self, id: str, source: str, username: str, kind: str, value: object) -> None:
        """Somebody wrote something for everybody."""

    def unsaid(self, id: str, source: str) -> None:
        """Operators deleted a message, all messages of a participant, or, both empty, all."""

    def stop(self, reason: str = "") -> None:
        """End it; `reason` when nobody asked for that, for whoever finds the recording."""


class Recorder(Protocol):
    """Records groups to disk."""

    def start(self, group: str, *, by: str, chat: bool, notice: Notice) -> Recording:
        """Begin to record a group; nothing of it is known yet. `by`: who asked for it; `chat`: whether what
        people write is recorded, too. Raises RecorderError."""
