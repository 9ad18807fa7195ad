"""The pictures of one tile: the newest one of any second, for seconds that never go back.

A tile's pictures come from several files when a stream was replaced: the newest that lasts is shown, and in
a hole between two the last picture stays. Decodes only while it is shown, and jumps to a later
keyframe when it was not for long. What is damaged is left out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import av
from av.video.stream import VideoStream

from galene_py.compose import limits
from galene_py.compose.media import UnreadableError, open_media
from galene_py.compose.meeting import Source


class Pictures:
    """Of one tile. Owns the file that is open."""

    def __init__(self, sources: list[Source], path: Callable[[str], Path]) -> None:
        """`sources`: in order of their start."""
        self._sources = sources
        self._path = path
        self._reader: _Reader | None = None
        self._open: Source | None = None
        self._last: av.VideoFrame | None = None

    def at(self, second: float) -> av.VideoFrame | None:
        """What is seen at a second of the recording; None: the camera is off, or never was on."""
        wanted = next((each for each in reversed(self._sources) if each.start <= second < each.end), None)
        if wanted is None:
            return self._last
        if wanted is not self._open:
            self.close()
            try:
                self._reader = _Reader(self._path(wanted.file), wanted.offset, screen=wanted.screen)
            except UnreadableError:
                self._reader = None
            self._open = wanted
        if self._reader is None:
            return None
        frame = self._reader.at(second)
        if frame is not None or second - wanted.start > limits.BRIDGE_SECONDS:
            self._last = frame
        return self._last

    def close(self) -> None:
        """Give the file and the decoder back; `at` opens it again."""
        if self._reader is not None:
            self._reader.close()
        self._reader = self._open = None


class _Reader:
    """One file."""

    def __init__(self, path: Path, offset: float, *, screen: bool) -> None:
        """Raises UnreadableError."""
        self._container = open_media(path, "video")
        self._stream = next(each for each in self._container.streams.video if each.codec_context is not None)
        # A thread for each camera would not make the whole faster, and frame threads hold many pictures.
        self._stream.thread_count = 1
        self._stream.codec_context.options = {"max_pixels": str(limits.PICTURE_PIXELS)}
        self._offset = offset
        self._screen = screen
        self._packets: Iterator[av.Packet[VideoStream]] = self._container.demux(self._stream)
        self._decoded: list[av.VideoFrame] = []
        self._now: av.VideoFrame | None = None
        self._next: av.VideoFrame | None = None
        self._reached = offset
        """Second up to which packets were read."""
        self._over = False

    def at(self, second: float) -> av.VideoFrame | None:
        if second - self._reached > limits.JUMP_SECONDS and not self._over:
            self._jump(second)
        while self._next is None or self._time(self._next) <= second:
            if self._next is not None:
                self._now, self._next = self._next, None
            self._next = self._decode()
            if self._next is None:
                break
        return self._now if self._now is None or self._is_on(self._now, second) else None

    def close(self) -> None:
        self._container.close()

    def _is_on(self, frame: av.VideoFrame, second: float) -> bool:
        """Whether this picture is still what is seen. Screens stand still, cameras do not."""
        shown = self._time(frame)
        if self._screen or second - shown <= limits.FREEZE_SECONDS:
            return True
        return self._next is not None and self._time(self._next) - shown <= limits.STILL_SECONDS

    def _time(self, frame: av.VideoFrame) -> float:
        assert frame.pts is not None
        assert frame.time_base is not None
        return self._offset + float(frame.pts * frame.time_base)

    def _decode(self) -> av.VideoFrame | None:
        """The next picture; None: there are no more."""
        while not self._decoded:
            packet = self._read()
            if packet is None:
                return None
            try:
                self._decoded = [frame for frame in packet.decode() if frame.pts is not None]
            except av.FFmpegError:
                continue
        return self._decoded.pop(0)

    def _read(self) -> av.Packet[VideoStream] | None:
        """The next packet, the last one empty: it makes the decoder give what it holds."""
        try:
            packet = next(self._packets, None)
        except av.FFmpegError:
            packet = None
        if packet is None:
            self._over = True
        elif packet.pts is not None and packet.time_base is not None:
            self._reached = self._offset + float(packet.pts * packet.time_base)
        return packet

    def _jump(self, second: float) -> None:
        """To the last keyframe before a second, unless decoding on from where we are is shorter."""
        reached, base = self._reached, self._stream.time_base
        assert base is not None
        try:
            self._container.seek(int((second - self._offset) / base), stream=self._stream)
        except av.FFmpegError:
            return
        self._packets = self._container.demux(self._stream)
        packet = self._read()
        while packet is not None and packet.size and self._reached <= reached and self._now is not None:
            packet = self._read()
        if packet is None:
            return
        if packet.is_keyframe:
            self._stream.codec_context.flush_buffers()
            self._decoded.clear()
            self._next = None
        with suppress(av.FFmpegError):
            self._decoded += [frame for frame in packet.decode() if frame.pts is not None]
