"""Streams that come in: their packets as they were sent, for a `MediaSink`. Nothing is decoded.

Our own media engine takes what the server offers as the server takes what browsers offer: it asks for lost
packets and keyframes and reports. `Incoming` is open as long as its context.

    async with receiving() as incoming:
        answer = await incoming.take(message, session.rtc_configuration, sink)
        await session.answer(message.id, answer)

Owner of the state: whoever opened it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

from galene_py.client.bridge import LOOPBACK, Bridge, without_lite
from galene_py.client.errors import StreamError
from galene_py.conference.media import MediaError, MediaSink, Published, Tap
from galene_py.engine.media import MediaEngine
from galene_py.sdp.codecs import KINDS
from galene_py.signalling.messages import Offer
from galene_py.transport.hub import TransportHub


@dataclass(eq=False, slots=True)
class _Stream:
    published: Published
    bridge: Bridge
    tap: Tap


class Incoming:
    """The streams that are taken, by id."""

    def __init__(self, hub: TransportHub, media: MediaEngine, on_lost: Callable[[str], None]) -> None:
        self._hub = hub
        self._media = media
        self._on_lost = on_lost
        self._streams: dict[str, _Stream] = {}
        self._closing: set[asyncio.Task[None]] = set()

    def __contains__(self, stream: str) -> bool:
        return stream in self._streams

    async def take(self, offer: Offer, configuration: Mapping[str, object], sink: MediaSink) -> str:
        """Take a stream, or the new description of one; the answer. Raises StreamError.

        configuration: the session's `rtc_configuration`; `sink` gets the packets of all its tracks, and of
        those that a new description adds.
        """
        known = self._streams.get(offer.id)
        try:
            if known is not None:
                return known.bridge.describe(known.published.renegotiate(without_lite(offer.sdp)))
            return await self._begin(offer, configuration, sink)
        except MediaError as error:
            raise StreamError(str(error)) from None

    async def _begin(self, offer: Offer, configuration: Mapping[str, object], sink: MediaSink) -> str:
        bridge = Bridge(configuration, self._hub.udp_port, lambda: self._lost(offer.id))
        try:
            await bridge.gather(offer.sdp)
            published = self._media.publish(
                without_lite(offer.sdp),
                codecs=tuple(KINDS),
                label=offer.label,
                on_closed=lambda reason: self._lost(offer.id),
            )
        except BaseException:
            await bridge.close()
            raise
        self._streams[offer.id] = _Stream(published, bridge, published.tap(sink))
        bridge.connect(offer.sdp, published.answer)
        return bridge.describe(published.answer)

    def candidate(self, stream: str, candidate: Mapping[str, object] | None) -> None:
        """One of the sender's addresses, in the form of RTCIceCandidateInit."""
        if (known := self._streams.get(stream)) and candidate:
            known.bridge.candidate(str(candidate.get("candidate", "")))

    def keyframe(self, stream: str, track: int) -> None:
        """Ask the sender of a stream for one."""
        if known := self._streams.get(stream):
            known.tap.keyframe(track)

    def end(self, stream: str) -> None:
        """Take it no more; the sink is told. Harmless when it is not taken."""
        if known := self._streams.pop(stream, None):
            known.tap.close()
            known.published.close()
            task = asyncio.create_task(known.bridge.close())
            self._closing.add(task)
            task.add_done_callback(self._closing.discard)

    def end_all(self) -> None:
        """The same for all."""
        for stream in list(self._streams):
            self.end(stream)

    async def closed(self) -> None:
        """Wait until what was ended is."""
        while self._closing:
            await asyncio.wait(self._closing)

    def _lost(self, stream: str) -> None:
        if stream in self._streams:
            self.end(stream)
            self._on_lost(stream)


@asynccontextmanager
async def receiving(on_lost: Callable[[str], None] = lambda stream: None) -> AsyncIterator[Incoming]:
    """Open a media engine of our own; `on_lost`: told the id of a stream whose connection died."""
    hub = TransportHub(host=LOOPBACK)
    await hub.start()
    media = MediaEngine(hub)
    incoming = Incoming(hub, media, on_lost)
    try:
        yield incoming
    finally:
        incoming.end_all()
        await media.close()
        hub.close()
        await incoming.closed()
