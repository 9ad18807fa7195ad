"""One recording as the server sees it: what happens in the group, told to the writer.

Implements `conference.recorder.Recording`. Never touches the disk. Owned by the recorder.
"""

from __future__ import annotations

import itertools
import logging
from collections.abc import Callable, Sequence

import msgspec

from galene_py.conference.media import Published, Tap, TrackForm
from galene_py.conference.recorder import Notice
from galene_py.recording import limits, messages
from galene_py.recording.channel import Channel
from galene_py.rtp.packet import Buffer

log = logging.getLogger(__name__)

TOO_SLOW = "The disk is too slow: parts of the recording are missing."


class RecordingSession:
    """From `record` to the end of the writer."""

    def __init__(
        self,
        start: messages.Start,
        notice: Notice,
        clock: Callable[[], float],
        on_end: Callable[[RecordingSession], None],
    ) -> None:
        """Raises OSError when the writer cannot be started."""
        self.group = start.group
        self._notice = notice
        self._clock = clock
        self._on_end = on_end
        self._taps: dict[str, Tap] = {}
        self._sinks: dict[int, _Sink] = {}
        self._numbers = itertools.count(1)
        self._stopping = False
        self._reason: str | None = None
        self._warned = float("-inf")
        self.channel = Channel(self._report, self._ended, self._full)
        self.channel.order(start)

    # --- for the conference ---

    def published(self, stream: str, client: str, username: str, label: str, media: Published) -> None:
        """A stream is there."""
        if self._stopping:
            return
        self.channel.order(messages.OpenStream(stream, client, username, label))
        self._taps[stream] = media.tap(_Sink(self, stream))

    def unpublished(self, stream: str) -> None:
        """A stream is gone."""
        if tap := self._taps.pop(stream, None):
            tap.close()
            self.channel.order(messages.CloseStream(stream))

    def joined(self, client: str, username: str) -> None:
        """Somebody is in the group."""
        self.channel.order(messages.Joined(client, username, self._clock()))

    def left(self, client: str) -> None:
        """Somebody left it."""
        self.channel.order(messages.Left(client, self._clock()))

    def said(self, id: str, source: str, username: str, kind: str, value: object) -> None:
        """Somebody wrote something for everybody. What is too long is left out."""
        message = messages.Said(id, source, username, kind, value, self._clock())
        if len(msgspec.json.encode(value)) <= limits.CHAT_BYTES:
            self.channel.order(message)

    def unsaid(self, id: str, source: str) -> None:
        """Operators deleted what somebody wrote."""
        self.channel.order(messages.Unsaid(id, source))

    def stop(self, reason: str = "") -> None:
        """End it; the writer finishes on its own. Harmless when it has ended."""
        if self._stopping:
            return
        self._stopping = True
        self._untap()
        self.channel.order(messages.Stop(self._clock(), reason))
        self.channel.close()

    def debug_state(self) -> dict[str, object]:
        """What the statistics show."""
        return {
            "group": self.group,
            "streams": len(self._taps),
            "queued": self.channel.queued,
            "dropped": self.channel.dropped,
        }

    # --- for its sinks ---

    def open_track(self, sink: _Sink, form: TrackForm) -> int:
        """A number for a new track."""
        number = next(self._numbers)
        self._sinks[number] = sink
        self.channel.order(
            messages.OpenTrack(
                number,
                sink.stream,
                form.mid,
                form.codec,
                form.clock_rate,
                form.channels,
                form.level_extension,
            )
        )
        return number

    def close_track(self, number: int) -> None:
        """It is gone."""
        if self._sinks.pop(number, None) is not None:
            self.channel.order(messages.CloseTrack(number))

    # --- from the writer ---

    def _report(self, report: messages.AnyReport) -> None:
        match report:
            case messages.NeedKeyframe(track):
                if (sink := self._sinks.get(track)) and (tap := self._taps.get(sink.stream)):
                    tap.keyframe(track)
            case messages.Warn(text):
                log.warning("recording %s: %s", self.group, text)
                self._notice(f"Recording: {text}.", False)
            case messages.Stopped(reason):
                self._reason = reason

    def _ended(self) -> None:
        """The writer is gone."""
        expected = self._stopping
        self._stopping = True
        self._untap()
        if self._reason is None:
            self._reason = "the recorder failed; what it wrote will be finished at the next start"
        if self._reason:
            log.error("recording %s stopped: %s", self.group, self._reason)
        if self._reason or not expected:
            self._notice(f"Recording stopped: {self._reason}.", True)
        self._on_end(self)

    def _full(self) -> None:
        now = self._clock()
        log.warning("recording %s: the writer is too slow, packets are dropped", self.group)
        if now - self._warned >= limits.WARN_AGAIN_SECONDS:
            self._warned = now
            self._notice(TOO_SLOW, False)

    def _untap(self) -> None:
        taps, self._taps = self._taps, {}
        for tap in taps.values():
            tap.close()


class _Sink:
    """Implements `conference.media.MediaSink`: one stream's packets to the writer."""

    def __init__(self, session: RecordingSession, stream: str) -> None:
        self.stream = stream
        self._session = session
        self._channel = session.channel

    def opened(self, form: TrackForm) -> int:
        return self._session.open_track(self, form)

    def packets(self, track: int, packets: Sequence[Buffer], now: float) -> None:
        self._channel.packets(track, packets, now)

    def clock(self, track: int, now: float, timestamp: int) -> None:
        self._channel.clock(track, now, timestamp)

    def closed(self, track: int) -> None:
        self._session.close_track(track)
