"""Reads a film or a device, and gives out what it contains at the pace at which it was taken.

Coded packets as they are where that will do, else decoded pictures and sound. A thread reads ahead a little
and waits; a device that is not listened to loses its oldest. Owner of the state: whoever pushes.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, TypeAlias

import av
from av.audio.resampler import AudioResampler
from av.bitstream import BitStreamFilterContext

from galene_py.client import limits

log = logging.getLogger(__name__)

COPIED = {"vp8": "vp8", "h264": "h264", "opus": "opus"}
"""Codecs that can be sent as they are, by FFmpeg's name."""
RATES = {"video": 90_000, "audio": 48_000}
"""Hz of the times that are given out."""
DEVICE_FORMATS = {"alsa": "alsa", "v4l2": "v4l2", "lavfi": "lavfi"}

Media: TypeAlias = "av.Packet[Any] | av.VideoFrame | av.AudioFrame"


class PlayError(OSError):
    """It cannot be played; the text is for people."""

    def __init__(self, text: str) -> None:
        super().__init__(0, text)


@dataclass(slots=True)
class Part:
    """What a source has of one kind."""

    kind: str
    codec: str
    """FFmpeg's name."""
    copy: bool
    """Whether its packets can be sent as they are: known codec, no pictures out of order, keyframes often."""
    why: str = ""
    """Why not."""
    profile: str = ""
    """profile-level-id of H.264, six hex digits."""
    forms: str = ""


class Source:
    """One film or device. `parts` says what there is; `start` begins to read."""

    def __init__(self, name: str, *, loop: bool, size: tuple[int, int]) -> None:
        """`name`: a file, /dev/video0, or FORMAT:NAME as in alsa:default. `size`: pictures that are encoded
        anew are at most so large. Raises PlayError."""
        self.name = name
        self.ended = False
        self.error = ""
        self._format, self._path = _split(name)
        self.live = bool(self._format)
        self._loop = loop and not self.live
        self._size = size
        self._listeners: dict[str, Callable[[float, Media | None], bool]] = {}
        self._closed = threading.Event()
        self._thread: threading.Thread | None = None
        with self._open() as container:
            self.parts = [_look(stream, self.live) for stream in _streams(container)]
            if not self.parts:
                raise PlayError(f"{name} has neither picture nor sound")
            if not self.live:
                _look_at_keyframes(container, self.parts)

    def start(
        self, copied: frozenset[str], listeners: dict[str, Callable[[float, Media | None], bool]]
    ) -> None:
        """Read. `copied`: kinds whose packets are wanted as they are; `listeners` by kind get
        (seconds, media) on the reading thread, None at the end, and say whether to go on."""
        self._listeners = listeners
        self._thread = threading.Thread(target=self._run, args=(copied,), name="playing", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Read no more."""
        self._closed.set()
        if self._thread is not None:
            self._thread.join(limits.PLAY_STOP_SECONDS)

    # --- the thread --------------------------------------------------------------------------------

    def _run(self, copied: frozenset[str]) -> None:
        offset = 0.0
        try:
            while not self._closed.is_set():
                end = self._once(copied, offset)
                if not self._loop or end <= offset:
                    break
                offset = end
        except (av.FFmpegError, OSError, ValueError) as error:
            self.error = f"cannot read {self.name}: {error}"
            log.debug("%s", self.error)
        self.ended = True
        for listen in self._listeners.values():
            listen(0.0, None)

    def _once(self, copied: frozenset[str], offset: float) -> float:
        """Play it; the second at which it ends."""
        end = offset
        with self._open() as container:
            streams = {
                stream.index: _Reader(stream, stream.type in copied, self._size)
                for stream in _streams(container)
                if stream.type in self._listeners
            }
            first: float | None = None
            for packet in container.demux([container.streams[index] for index in streams]):
                reader = streams[packet.stream_index]
                for seconds, duration, media in reader.read(packet):
                    first = seconds if first is None else min(first, seconds)
                    at = offset + max(0.0, seconds - first)
                    end = max(end, at + duration)
                    if self._closed.is_set() or not self._listeners[reader.kind](at, media):
                        return offset
        return end

    def _open(self) -> av.container.InputContainer:
        try:
            return av.open(self._path, format=self._format)
        except (av.FFmpegError, OSError, ValueError) as error:
            text = getattr(error, "strerror", None) or str(error)
            raise PlayError(f"cannot open {self.name}: {text}") from None


class _Reader:
    """One stream of a container, as often as it is played."""

    def __init__(self, stream: av.stream.Stream, copy: bool, size: tuple[int, int]) -> None:
        self.kind = stream.type
        self._stream = stream
        self._copy = copy
        self._size = size
        self._filter: BitStreamFilterContext | None = None
        self._resampler = AudioResampler(format="s16", layout="stereo", rate=48_000, frame_size=960)
        if copy and stream.codec_context.name == "h264":
            self._filter = BitStreamFilterContext("h264_mp4toannexb", stream)

    def read(self, packet: av.Packet[Any]) -> Iterator[tuple[float, float, Media]]:
        """(second, seconds it lasts, media)."""
        if self._copy:
            packets = (
                [packet] if self._filter is None else self._filter.filter(packet if packet.size else None)
            )
            for one in packets:
                if one.size and one.pts is not None and one.time_base is not None:
                    seconds = float(one.pts * one.time_base)
                    lasts = float((one.duration or 0) * one.time_base) or self._frame_seconds()
                    yield seconds, lasts, one
            return
        for frame in packet.decode():
            if frame.pts is None or frame.time_base is None:
                continue
            if isinstance(frame, av.VideoFrame):
                yield float(frame.pts * frame.time_base), self._frame_seconds(), self._fitted(frame)
            elif isinstance(frame, av.AudioFrame):
                for piece in self._resampler.resample(frame):
                    if piece.pts is not None and piece.time_base is not None:
                        yield float(piece.pts * piece.time_base), piece.samples / 48_000, piece

    def _frame_seconds(self) -> float:
        rate = getattr(self._stream, "average_rate", None)
        return float(1 / rate) if rate else 0.02

    def _fitted(self, frame: av.VideoFrame) -> av.VideoFrame:
        """No larger than allowed, of even sides."""
        scale = min(1.0, self._size[0] / frame.width, self._size[1] / frame.height)
        width, height = (max(2, round(side * scale) // 2 * 2) for side in (frame.width, frame.height))
        return frame.reformat(width=width, height=height, format="yuv420p")


def _split(name: str) -> tuple[str | None, str]:
    head, colon, rest = name.partition(":")
    if colon and head in DEVICE_FORMATS:
        return DEVICE_FORMATS[head], rest
    return ("v4l2", name) if name.startswith("/dev/video") else (None, name)


def _streams(container: av.container.InputContainer) -> list[av.stream.Stream]:
    """The first of each kind that is no cover picture."""
    found: dict[str, av.stream.Stream] = {}
    for stream in container.streams:
        if stream.type in RATES and stream.codec_context is not None:
            found.setdefault(stream.type, stream)
    return list(found.values())


def _look(stream: av.stream.Stream, live: bool) -> Part:
    codec = stream.codec_context
    part = Part(stream.type, codec.name, codec.name in COPIED or codec.name in ("libopus",))
    if codec.name == "h264":
        extradata = codec.extradata or b""
        if extradata[:1] == b"\x01" and len(extradata) > 4:
            part.profile = extradata[1:4].hex()
        if getattr(codec, "has_b_frames", False):
            part.copy, part.why = False, "its pictures are out of order (B-frames)"
    elif not part.copy:
        part.why = f"browsers take no {codec.name.upper()}"
    return part


def _look_at_keyframes(container: av.container.InputContainer, parts: Sequence[Part]) -> None:
    """Somebody who comes late waits for a keyframe, which a film cannot be asked for."""
    video = next((part for part in parts if part.kind == "video" and part.copy), None)
    if video is None:
        return
    stream = container.streams.video[0]
    last: float | None = None
    for packet in container.demux(stream):
        if packet.pts is None or packet.time_base is None:
            continue
        seconds = float(packet.pts * packet.time_base)
        last = seconds if last is None or packet.is_keyframe else last
        if seconds - last > limits.PLAY_KEYFRAME_SECONDS:
            video.copy, video.why = False, "its keyframes are too far apart for those who come late"
            return
        if seconds > limits.PLAY_LOOK_SECONDS:
            return


class Pace:
    """One clock for all that is played: second 0 is when the first of it was taken."""

    def __init__(self) -> None:
        self._start: float | None = None

    async def until(self, seconds: float) -> None:
        """Wait until it is time for what belongs to that second. After a standstill, go on from there."""
        now = time.monotonic()
        if self._start is None or now - self._start - seconds > limits.PLAY_LATE_SECONDS:
            self._start = now - seconds
        await asyncio.sleep(max(0.0, self._start + seconds - now))


class Line:
    """What was read of one kind and is not sent yet. `put` is called by the reading thread."""

    def __init__(self, kind: str, live: bool, pace: Pace) -> None:
        self.kind = kind
        self.taken = 0
        self._live = live
        self._pace = pace
        self._items: deque[tuple[float, Media | None]] = deque()
        self._room = threading.Semaphore(limits.PLAY_AHEAD)
        self._loop = asyncio.get_running_loop()
        self._filled = asyncio.Event()
        self._closed = False

    def put(self, seconds: float, media: Media | None) -> bool:
        """One more; waits for room, or drops the oldest of a device. False: nobody listens any more."""
        if media is not None and not self._room.acquire(blocking=not self._live):
            self._loop.call_soon_threadsafe(self._drop)
        if not self._closed:
            self._loop.call_soon_threadsafe(self._take_in, seconds, media)
        return not self._closed

    async def next(self) -> Media | None:
        """The next when its time has come, its time stamped in ticks of RATES; None: that was all."""
        while not self._items:
            self._filled.clear()
            await self._filled.wait()
        seconds, media = self._items.popleft()
        self._room.release()
        if media is None:
            return None
        if not self._live:
            await self._pace.until(seconds)
        self.taken += 1
        media.pts = round(seconds * RATES[self.kind])
        media.time_base = Fraction(1, RATES[self.kind])
        return media

    def close(self) -> None:
        """Nobody listens."""
        self._closed = True
        self._room.release(limits.PLAY_AHEAD)

    def _take_in(self, seconds: float, media: Media | None) -> None:
        self._items.append((seconds, media))
        self._filled.set()

    def _drop(self) -> None:
        if self._items:
            self._items.popleft()
