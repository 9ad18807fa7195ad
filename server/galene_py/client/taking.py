"""Makes pictures and sound of packets that come in, and has them written, as a recording's writer does.

One for the whole visit: streams come and go (a reload, another camera), and what follows goes on where the
one before ended, as long as the codecs are the same. Owner of the state: whoever pulls.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Sequence

from galene_py.conference.media import TrackForm
from galene_py.recording.messages import OpenStream, OpenTrack
from galene_py.recording.sidecar import File
from galene_py.recording.writer.stream import Stream, Target
from galene_py.recording.writer.track import Track
from galene_py.recording.writer.unit import Form

Create = Callable[[str, str, dict[str, Form], float, tuple[int, int]], Target]
"""Makes what is written into, of: name, label, forms by kind, the second that is its 0, the size of the first
picture. Raises OSError."""


class Taking:
    """Implements `conference.media.MediaSink` and `recording.writer.stream.Directory`.

    What the disk, a pipe or a device refuses must not reach the media engine: it is kept in `error`.
    """

    def __init__(self, create: Create, keyframe: Callable[[int], None]) -> None:
        """`keyframe`: asks the sender of a track for one."""
        self.start = time.monotonic()
        self.error: OSError | None = None
        self.bytes = 0
        """Of all packets."""
        self.pictures = 0
        self.sounds = 0
        self._create = create
        self._keyframe = keyframe
        self._numbers = itertools.count()
        self._tracks: dict[int, Track] = {}
        self._files: list[File] = []
        self._stream = Stream(OpenStream(stream="", client="", username="", label=""), self)

    def begin(self, who: str, label: str) -> None:
        """Whose stream comes now: for names."""
        opened = self._stream.opened
        opened.username, opened.label = who, label

    @property
    def forms(self) -> list[str]:
        """The codecs of what comes in now."""
        return [track.opened.codec for track in self._tracks.values()]

    # --- the sink ----------------------------------------------------------------------------------

    def opened(self, form: TrackForm) -> int:
        """A track is there."""
        number = next(self._numbers)
        kind = "audio" if form.codec in ("opus", "g722", "pcmu", "pcma") else "video"
        opened = OpenTrack(
            track=number,
            stream="",
            mid=kind,
            codec=form.codec,
            clock_rate=form.clock_rate,
            channels=form.channels,
            level_extension=0,
        )
        self._guarded(lambda: self._tracks.update({number: self._stream.open(opened)}))
        return number

    def packets(self, track: int, packets: Sequence[bytes | bytearray | memoryview], now: float) -> None:
        """Packets of a track."""
        known = self._tracks.get(track)
        if known is None:
            return
        self.bytes += sum(map(len, packets))
        if known.form.kind == "video":
            self.pictures += sum(packet[1] >= 0x80 for packet in packets)
        else:
            self.sounds += len(packets)
        self._guarded(lambda: self._stream.take(known, known.packets(list(map(bytes, packets)), now)))
        if known.needs_keyframe(now):
            self._keyframe(track)

    def clock(self, track: int, now: float, timestamp: int) -> None:
        """What its timestamps mean."""
        if known := self._tracks.get(track):
            self._guarded(lambda: self._stream.take(known, known.clock(timestamp, now)))

    def closed(self, track: int) -> None:
        """It is gone."""
        if known := self._tracks.pop(track, None):
            self._guarded(lambda: self._stream.close_track(known, time.monotonic()))

    # --- time --------------------------------------------------------------------------------------

    def tick(self) -> None:
        """Time has passed; call a few times a second. Raises OSError: nothing can be written any more."""
        self._guarded(lambda: self._stream.tick(time.monotonic()))
        if self.error is not None:
            raise self.error

    def finish(self) -> None:
        """Write what is left and close. Raises OSError."""
        self._stream.finish(time.monotonic())
        if self.error is not None:
            raise self.error

    # --- the directory -----------------------------------------------------------------------------

    def create(
        self, who: str, what: str, forms: dict[str, Form], offset: float, size: tuple[int, int]
    ) -> Target:
        """What is written into from now on."""
        return self._create(who, what, forms, offset, size)

    def began(self, file: File) -> None:
        """Another file."""
        self._files.append(file)

    @property
    def files(self) -> Sequence[File]:
        """What was written, in order."""
        return self._files

    def changed(self) -> None:
        """There is no sidecar."""

    def spoke(self, client: str, start: float, end: float) -> None:
        """Nobody asks."""

    def need_keyframe(self, track: int) -> None:
        """Ask for one."""
        self._keyframe(track)

    def _guarded(self, step: Callable[[], None]) -> None:
        if self.error is None:
            try:
                step()
            except OSError as error:
                self.error = error
