"""A published stream on its way to something that is no browser: a recorder.

For each track one more receiver, which the outbox skips because it has no route: layers, numbering and
keyframe requests are those of every receiver. It takes the best that the sender sends, and asks for nothing
on its own account. Owned by the published stream.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from galene_py.conference.media import MediaSink, TrackForm
from galene_py.engine import limits
from galene_py.engine.context import Context
from galene_py.engine.track import Source, Track
from galene_py.sdp.model import AUDIO_LEVEL_URI
from galene_py.sfu import Delivery, DownTrack


class Tap:
    """Implements `conference.media.Tap`."""

    def __init__(
        self, context: Context, source: Source, sink: MediaSink, forget: Callable[[Tap], None]
    ) -> None:
        self._context = context
        self._source = source
        self._sink = sink
        self._forget = forget
        self._taps: dict[Track, TrackTap] = {}
        self._closed = False
        self.update()

    def update(self) -> None:
        """The stream's tracks may have changed."""
        now = self._context.ticker.now()
        tracks = list(self._source.tracks.values())
        for track in [track for track in self._taps if track not in tracks]:
            self._taps.pop(track).close()
        for track in tracks:
            if track not in self._taps:
                self._taps[track] = TrackTap(track, self._sink, now)
        self._context.ticker.at(self, now)

    def keyframe(self, track: int) -> None:
        """Ask the sender for a keyframe."""
        now = self._context.ticker.now()
        for tap in self._taps.values():
            if tap.number == track:
                tap.track.up.want_keyframe(tap.down, now)
                tap.track.answer_now(now)

    def poll(self, now: float) -> float | None:
        """Tell what the timestamps mean, and take a better encoding that has come."""
        if self._closed:
            return None
        known = [tap.poll(now) for tap in self._taps.values()]
        return now + (limits.ENGINE_REPORT_INTERVAL if all(known) else limits.ENGINE_REPORT_RETRY)

    def close(self) -> None:
        """End it."""
        if self._closed:
            return
        self._closed = True
        self._context.ticker.forget(self)
        for tap in self._taps.values():
            tap.close()
        self._taps.clear()
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
        for _, packets in track.add_tap(self.down, self._take, now):
            sink.packets(self.number, packets, now)

    def _take(self, deliveries: Sequence[Delivery], now: float) -> None:
        """What the track put out."""
        forwarder = self.down.forwarder
        if forwarder is None:
            return
        mine = forwarder.audience
        for audience, packets in deliveries:
            if audience is mine:
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
        self.track.remove_tap(self.down)
        self._sink.closed(self.number)
