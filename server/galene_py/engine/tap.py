"""A published stream on its way to something that is no browser: a recorder.

For each track one more receiver, which the outbox skips because it has no route: layers, numbering and
keyframe requests are those of every receiver. It takes the best that the sender sends, and asks for nothing
on its own account. Owned by the published stream.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from galene_py.conference.media import MediaSink, TrackForm
from galene_py.engine import limits
from galene_py.engine.parts import Context
from galene_py.engine.track import Track
from galene_py.sdp.model import AUDIO_LEVEL_URI
from galene_py.sfu import Delivery, DownTrack


class Source(Protocol):
    """What a tap needs of the stream (`published.PublishedStream`)."""

    tracks: dict[str, Track]
    """By MID."""


class Tap:
    """Implements `conference.media.Tap`."""

    def __init__(
        self, context: Context, published: Source, sink: MediaSink, forget: Callable[[Tap], None]
    ) -> None:
        self._context = context
        self._published = published
        self._sink = sink
        self._forget = forget
        self._lines: dict[Track, TrackTap] = {}
        self._closed = False
        self.update()

    def update(self) -> None:
        """The stream's tracks may have changed."""
        now = self._context.ticker.now()
        tracks = list(self._published.tracks.values())
        for track in [track for track in self._lines if track not in tracks]:
            self._lines.pop(track).close()
        for track in tracks:
            if track not in self._lines:
                self._lines[track] = TrackTap(track, self._sink, now)
        self._context.ticker.at(self, now)

    def keyframe(self, track: int) -> None:
        """Ask the sender for a keyframe."""
        now = self._context.ticker.now()
        for line in self._lines.values():
            if line.number == track:
                line.track.up.want_keyframe(line.down, now)
                line.track.answer_now(now)

    def poll(self, now: float) -> float | None:
        """Tell what the timestamps mean, and take a better encoding that has come."""
        if self._closed:
            return None
        known = [line.poll(now) for line in self._lines.values()]
        return now + (limits.ENGINE_REPORT_INTERVAL if all(known) else limits.ENGINE_REPORT_RETRY)

    def close(self) -> None:
        """End it."""
        if self._closed:
            return
        self._closed = True
        self._context.ticker.forget(self)
        for line in self._lines.values():
            line.close()
        self._lines.clear()
        self._forget(self)


class TrackTap:
    """One track's part; a sink of the track that no packet is sent to."""

    route = None

    def __init__(self, track: Track, sink: MediaSink, now: float) -> None:
        section = track.section
        self.track = track
        self.down = DownTrack(self, limited=False)
        self._sink = sink
        self.number = sink.opened(
            TrackForm(
                mid=section.mid,
                codec=section.codec.name,
                clock_rate=section.codec.clock_rate,
                channels=section.codec.channels,
                level_extension=section.extension(AUDIO_LEVEL_URI),
            )
        )
        track.add_tap(self, now)

    def take(self, deliveries: Sequence[Delivery], now: float) -> None:
        """What the track put out."""
        forwarder = self.down.forwarder
        if forwarder is None:
            return
        mine = forwarder.audience
        for audience, packets in deliveries:
            if audience is mine:
                self._sink.packets(self.number, packets, now)

    def first(self, deliveries: Sequence[Delivery], now: float) -> None:
        """What is for it alone, because it has just come."""
        for _, packets in deliveries:
            self._sink.packets(self.number, packets, now)

    def poll(self, now: float) -> bool:
        """Whether it is known what the timestamps mean."""
        up, forwarder = self.down.up, self.down.forwarder
        if up is None or forwarder is None:
            return False
        up.receiver_changed(self.down, now)
        stamp = forwarder.encoding.timestamp_at(up.clock, now)
        if stamp is None:
            return False
        self._sink.clock(self.number, now, (stamp + forwarder.timestamp_shift) & 0xFFFF_FFFF)
        return True

    def close(self) -> None:
        """No more of it."""
        self.track.remove_tap(self)
        self._sink.closed(self.number)
