"""The forwarding unit as the rest of the server sees it: opens connections, closes everything.

Joins the transport hub with the pure forwarding code. Owns the published streams and the one timer; the hub
belongs to whoever made it. It never sees groups, users or messages.

    media = MediaEngine(hub)
    published = media.publish(offer, codecs=["vp8", "opus"], label="camera", on_closed=…)
    subscribed = published.subscribe(frozenset({"audio", "video"}), on_closed=…)
    subscribed.accept(answer)
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator, Mapping, Sequence

from galene_py.conference.media import MediaError, Published
from galene_py.engine.context import Context, nobody_cares
from galene_py.engine.downlink import Downlink
from galene_py.engine.published import PublishedStream
from galene_py.engine.receiving import Receiving
from galene_py.engine.section import Tell
from galene_py.engine.viewed import ViewedStream
from galene_py.sfu.sums import Key
from galene_py.ticker import Ticker
from galene_py.transport.hub import TransportHub


class MediaEngine:
    """Implements `conference.media.Media`. Make it on the running event loop."""

    def __init__(self, hub: TransportHub, clock: Callable[[], float] = time.monotonic) -> None:
        """`clock`: monotonic seconds; the hub's."""
        self._context = Context(hub, Ticker(asyncio.get_running_loop(), clock))
        self._streams: set[PublishedStream] = set()
        self._viewers: set[ViewedStream] = set()
        self._closed = False

    def publish(
        self,
        offer: str,
        *,
        codecs: Sequence[str],
        label: str,
        on_closed: Callable[[str], None],
        on_speaking: Callable[[bool], None] = nobody_cares,
    ) -> PublishedStream:
        """Take a sender's offer; `codecs` are the group's, most wanted first. Raises MediaError."""
        if self._closed:
            raise MediaError("the server is shutting down")
        forget = self._streams.discard
        stream = PublishedStream(self._context, offer, codecs, label, on_closed, forget, on_speaking)
        self._streams.add(stream)
        return stream

    def view(
        self,
        published: Published,
        offer: str | None,
        *,
        codecs: Sequence[str],
        on_closed: Callable[[str], None],
    ) -> ViewedStream:
        """Answer a receiver's offer, or, with None, make it one of what is sent. Raises UnacceptableError,
        MediaError."""
        if self._closed:
            raise MediaError("the server is shutting down")
        forget = self._viewers.discard
        viewer = ViewedStream(self._context, published, offer, codecs, on_closed, forget)
        self._viewers.add(viewer)
        return viewer

    def downlink(self) -> Downlink:
        """What the subscriptions of one receiver share; give it to each of them."""
        return Downlink(self._context)

    async def close(self) -> None:
        """Close every stream; `on_closed` is not called. The hub stays open."""
        self._closed = True
        for viewer in tuple(self._viewers):
            viewer.close()
        for stream in tuple(self._streams):
            stream.close()
        self._context.ticker.close()

    def counted(self) -> tuple[Mapping[Key, int], Mapping[Key, int]]:
        """What was received and what was sent by tracks that have ended; `sfu.sums` names what is counted."""
        return self._context.sums.received, self._context.sums.sent

    def tracks(self) -> tuple[list[Tell], list[Tell]]:
        """What tells of each track that there is, received and sent; once that has ended, of its end."""
        up: list[Tell] = [track.debug_state for stream in self._streams for track in stream.tracks.values()]
        down = [
            tell
            for receiving in (*self._subscriptions(), *self._viewers)
            for section in receiving.sections
            if (tell := section.teller()) is not None
        ]
        return up, down

    def _subscriptions(self) -> Iterator[Receiving]:
        for stream in self._streams:
            yield from stream.subscriptions

    def debug_state(self) -> dict[str, object]:
        """What the statistics page shows of the engine itself."""
        return {
            "streams": len(self._streams),
            "viewers": len(self._viewers),
            "connections": self._context.peers,
            "timed": len(self._context.ticker),
            "polls": self._context.ticker.polls,
            "timer_errors": self._context.ticker.errors,
        }
