"""A member without a WebSocket that watches one stream of one person (WHEP).

It is bound to the person and the kind of stream, not to the stream: when that ends, the connection stands,
and carries the next one of the kind that the person sends. Owner of the state: as of `remote`.
"""

from __future__ import annotations

from typing import Any

from galene_py.conference.media import MediaError, Viewed
from galene_py.conference.remote import Remote
from galene_py.conference.subscription import Stream
from galene_py.groups.names import normal


class NobodySends(Exception):
    """There is no such stream now."""


class SeveralSend(Exception):
    """It was not said whose stream is wanted, and there are several people's."""


class RemoteViewer(Remote):
    """Implements `subscription.Watcher`, too."""

    def __init__(self, *arguments: Any) -> None:
        """As `Remote`'s."""
        super().__init__(*arguments)
        self._viewed: Viewed | None = None
        self._stream: Stream | None = None
        self._who: str | None = None
        self._label = ""
        self._watching = False

    def watch(self, who: str | None, label: str, offer: str | None) -> str:
        """Watch what `who` sends under `label`, where there is only one who sends also without a name: the
        answer to `offer`, or, without one, our offer. Once.

        Raises NobodySends, SeveralSend, UnacceptableError (watch again without an offer), MediaError.
        """
        self._who, self._label = None if who is None else normal(who), label
        with self._conference.transaction:
            stream = self._find()
            if self._who is None:
                self._who = stream.owner.username
            codecs = self._room.group.description.allowed_codecs
            viewed = self._conference.media.view(
                stream.published, offer, codecs=codecs, on_closed=self._lost_below
            )
            self._viewed, self._stream = viewed, stream
            self._watching = True
            self._room.streams.watch(self)
        return viewed.description

    def describe(self, description: str) -> str:
        """Take the viewer's description anew, or its answer to our offer; return ours. Raises MediaError."""
        if self._viewed is None:
            raise MediaError("nothing is watched")
        with self._conference.transaction:
            return self._viewed.renew(description)

    def debug_state(self) -> dict[str, object]:
        """Return what the statistics page shows."""
        state = super().debug_state()
        if self._viewed is not None and self._stream is not None:
            state["down"] = [{**self._viewed.debug_state(), "id": self._stream.id, "want": []}]
        return state

    # --- the watcher -------------------------------------------------------------------------------

    def appeared(self, stream: Stream) -> None:
        """A stream is published."""
        waiting = self._stream is None or self._stream.lost is not None
        if waiting and self._fits(stream):
            self._show(stream)

    def vanished(self, stream: Stream) -> None:
        """It ended: the person's newest one that is left is next."""
        if stream is self._stream:
            left = [each for each in self._room.streams.streams.values() if self._fits(each)]
            self._show(left[-1] if left else None)

    # --- inside ------------------------------------------------------------------------------------

    def _find(self) -> Stream:
        """The stream to begin with."""
        fitting = [each for each in self._room.streams.streams.values() if self._fits(each)]
        if not fitting:
            raise NobodySends
        if self._who is None and len({each.owner.id for each in fitting}) > 1:
            raise SeveralSend
        return fitting[-1]

    def _fits(self, stream: Stream) -> bool:
        """Whether this is what it came for. People are told apart by name, which outlasts a reload."""
        return (
            stream.label == self._label
            and stream.lost is None
            and (self._who is None or normal(stream.owner.username) == self._who)
        )

    def _show(self, stream: Stream | None) -> None:
        self._stream = stream
        if self._viewed is not None:
            self._viewed.watch(None if stream is None else stream.published)

    def _lost_below(self, reason: str) -> None:
        self._viewed = None  # it has freed itself
        with self._conference.transaction:
            self._end(reason)

    def _stop(self) -> None:
        if self._watching:
            self._watching = False
            self._room.streams.unwatch(self)
        viewed, self._viewed, self._stream = self._viewed, None, None
        if viewed is not None:
            viewed.close()
