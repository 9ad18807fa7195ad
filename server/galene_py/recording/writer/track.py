"""One track: packets in, units with their time out.

Waits for late packets, puts pictures together, times them, fills holes in sound, listens to levels. Holds
units until the track's clock is known. Owned by its stream.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from galene_py.recording import limits
from galene_py.recording.messages import OpenTrack
from galene_py.recording.writer.reorder import Reorder
from galene_py.recording.writer.sound import Sound
from galene_py.recording.writer.speech import Speech
from galene_py.recording.writer.timeline import Timeline
from galene_py.recording.writer.unit import Form, Unit
from galene_py.rtp import RtpError
from galene_py.rtp.depacketize.picture import Picture
from galene_py.rtp.depacketize.pictures import ASSEMBLERS, PictureBuilder
from galene_py.rtp.extensions import find
from galene_py.rtp.packet import payload_bounds, unpack_marker_sequence_timestamp


class Track:
    """`packets`, `clock`, `gap` and `tick` all return through `take`: units in order."""

    def __init__(self, opened: OpenTrack, start: float, spoke: Callable[[float, float], None]) -> None:
        """`start`: monotonic seconds of the recording's start. `spoke`: told of stretches of speech."""
        self.opened = opened
        self.damaged = 0
        """Packets that were not RTP or not of their codec."""
        self.gaps: list[tuple[float, float]] = []
        """Finished gaps of a picture, for the stream to take."""
        self._start = start
        self._spoke = spoke
        self._reorder: Reorder[bytes] = Reorder()
        self._timeline = Timeline(opened.clock_rate)
        self._pictures = PictureBuilder(opened.codec) if opened.codec in ASSEMBLERS else None
        self._sound = None if self._pictures is not None else Sound(opened.codec)
        self._speech = Speech() if opened.level_extension else None
        self._held: list[tuple[int, bytes | Picture]] = []
        """What waits for the clock."""
        self._held_bytes = 0
        self._held_since: float | None = None
        self._last = -1.0
        """Second of the last picture."""
        self._broken_at: float | None = None
        """Second of the last picture before a gap."""
        self._asked = -1e9

    @property
    def form(self) -> Form:
        """What a file must be told."""
        return Form("video", self.opened.codec) if self._sound is None else self._sound.form

    @property
    def empty(self) -> bool:
        """Whether nothing waits for the time."""
        return not self._held

    def needs_keyframe(self, now: float, *, wanted: bool = False) -> bool:
        """Whether to ask for one now: to go on, or because somebody else wants one."""
        if self._pictures is None or not (wanted or self._pictures.waiting):
            return False
        if now - self._asked < limits.KEYFRAME_SECONDS:
            return False
        self._asked = now
        return True

    def packets(self, packets: list[bytes], now: float) -> Iterator[Unit]:
        """As they came."""
        for packet in packets:
            if len(packet) < 12:
                self.damaged += 1
                continue
            sequence = unpack_marker_sequence_timestamp(packet, 1)[1]
            if self._speech is not None:
                self._listen(packet, now)
            for ready in self._reorder.push(sequence, packet, now):
                yield from self._ordered(ready)

    def clock(self, timestamp: int, now: float) -> Iterator[Unit]:
        """What the timestamps mean."""
        self._timeline.observe(timestamp, now - self._start)
        yield from self._release()

    def guess_clock(self, now: float) -> Iterator[Unit]:
        """Nobody says what the timestamps mean: take the newest that is held for now."""
        if not self._timeline.known and self._held:
            self._timeline.observe(self._held[-1][0], now - self._start)
            yield from self._release()

    def gap(self) -> None:
        """Packets were dropped on their way to us."""
        if self._pictures is not None:
            self._broken()

    def tick(self, now: float) -> Iterator[Unit]:
        """Time has passed."""
        for ready in self._reorder.due(now):
            yield from self._ordered(ready)
        if not self._held:
            self._held_since = None
        elif self._held_since is None:
            self._held_since = now
        elif now - self._held_since > limits.HOLD_SECONDS:
            yield from self.guess_clock(now)
        if self._sound is not None and self._timeline.known and not self._held:
            yield from self._sound.silence(now - self._start - limits.SILENCE_AFTER_SECONDS)
        if self._speech is not None:
            self._spoken(self._speech.due(now - self._start))

    def finish(self) -> Iterator[Unit]:
        """Everything that is left."""
        for ready in self._reorder.flush():
            yield from self._ordered(ready)
        if self._speech is not None:
            self._spoken(self._speech.end())

    # --- inside ---

    def _ordered(self, packet: bytes | None) -> Iterator[Unit]:
        if packet is None:
            self.gap()
            return
        try:
            at, end = payload_bounds(packet)
        except RtpError:
            self.damaged += 1
            return
        marker, _, timestamp = unpack_marker_sequence_timestamp(packet, 1)
        payload = packet[at:end]
        if self._pictures is None:
            if payload:
                yield from self._timed(timestamp, payload)
            return
        waiting = self._pictures.waiting
        for stamp, picture in self._pictures.push(timestamp, marker >= 0x80, payload):
            yield from self._timed(stamp, picture)
        if self._pictures.waiting and not waiting:
            self._broken()

    def _timed(self, timestamp: int, what: bytes | Picture) -> Iterator[Unit]:
        if not self._timeline.known:
            self._held.append((timestamp, what))
            self._held_bytes += len(what if isinstance(what, bytes) else what.data)
            if self._held_bytes > limits.HOLD_BYTES:
                self._held, self._held_bytes = [], 0
                self.gap()
            return
        seconds = self._timeline.seconds(timestamp)
        if isinstance(what, Picture):
            yield self._shown(seconds, what)
        elif self._sound is not None:
            try:
                yield from self._sound.push(seconds, what)
            except (RtpError, ValueError, OSError):
                self.damaged += 1

    def _shown(self, seconds: float, picture: Picture) -> Unit:
        if self._broken_at is not None:
            self.gaps.append((self._broken_at, seconds))
            self._broken_at = None
        self._last = seconds
        return Unit(seconds, picture.data, picture.keyframe, 0.0, picture.width, picture.height)

    def _broken(self) -> None:
        assert self._pictures is not None
        self._pictures.gap()
        if self._broken_at is None and self._last >= 0:
            self._broken_at = self._last

    def _release(self) -> Iterator[Unit]:
        held, self._held, self._held_bytes = self._held, [], 0
        for timestamp, what in held:
            yield from self._timed(timestamp, what)

    def _listen(self, packet: bytes, now: float) -> None:
        level = find(packet, self.opened.level_extension)
        if level is not None and self._speech is not None and len(level):
            self._spoken(self._speech.push(now - self._start, level[0] & 0x7F))

    def _spoken(self, stretch: tuple[float, float] | None) -> None:
        if stretch is not None:
            self._spoke(*stretch)
