"""Pictures and sound into the film's file: MP4 (H.264, AAC) or WebM (VP9, Opus).

Coding runs in a thread of its own, behind a short queue, so that the next picture is laid out meanwhile; the
codecs let go of Python's lock. What fails there is raised by the next call. Presets hold a film of four at
1280 × 720 to 0.6 of its own duration on two busy cores (`tests/bench/bench_compose.py`).
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
from av.audio.stream import AudioStream
from av.video.stream import VideoStream

from galene_py.compose import limits
from galene_py.compose.chapters import Chapter
from galene_py.compose.errors import ComposeError
from galene_py.compose.mix import Block
from galene_py.compose.subtitles import Subtitle
from galene_py.compose.voice import RATE
from galene_py.recording.writer.muxer import os_errors

_MILLISECONDS = Fraction(1, 1000)
_LIMITED, _BT601 = 1, 6
"""FFmpeg's numbers of the range and the matrix."""


@dataclass(frozen=True, slots=True)
class _Form:
    container: str
    options: dict[str, str]
    video: str
    video_options: dict[str, str]
    video_rate: int
    audio: str
    audio_rate: int
    subtitles: str


_FORMS = {
    ".mp4": _Form(
        container="mp4",
        options={"movflags": "+faststart"},
        video="libx264",
        video_options={"preset": "veryfast", "crf": "23", "profile": "high"},
        video_rate=0,
        audio="aac",
        audio_rate=128_000,
        subtitles="mov_text",
    ),
    ".webm": _Form(
        container="webm",
        options={},
        video="libvpx-vp9",
        video_options={"deadline": "realtime", "cpu-used": "7", "row-mt": "1", "crf": "31"},
        video_rate=3_000_000,
        audio="libopus",
        audio_rate=96_000,
        subtitles="webvtt",
    ),
}
KEYFRAME_SECONDS = 5
"""Most time between two places to which one can jump."""


def form(path: Path) -> _Form:
    """By the file's ending. Raises ComposeError."""
    if path.suffix.lower() not in _FORMS:
        raise ComposeError(f"{path.name}: a film is called .mp4 or .webm")
    return _FORMS[path.suffix.lower()]


class Output:
    """A file that is being written. Raises OSError when the disk does not take it."""

    def __init__(
        self,
        part: Path,
        form: _Form,
        size: tuple[int, int],
        rate: int,
        *,
        title: str,
        chapters: Iterable[Chapter],
        subtitles: Iterable[Subtitle] | None,
    ) -> None:
        """`rate`: pictures per second. `subtitles`: None: no track for them."""
        self._rate = rate
        with os_errors():
            self._container = av.open(str(part), "w", format=form.container, options=form.options)
        self._container.metadata["title"] = title
        self._container.set_chapters(
            [
                {
                    "id": number,
                    "start": round(1000 * chapter.start),
                    "end": round(1000 * chapter.end),
                    "time_base": _MILLISECONDS,
                    "metadata": {"title": chapter.title},
                }
                for number, chapter in enumerate(chapters)
            ]
        )
        video = self._container.add_stream(form.video, rate=rate, options=form.video_options)
        audio = self._container.add_stream(form.audio, rate=RATE, layout="stereo")
        assert isinstance(video, VideoStream)
        assert isinstance(audio, AudioStream)
        self._video, self._audio = video, audio
        self._video.width, self._video.height = size
        self._video.pix_fmt = "yuv420p"
        self._video.bit_rate = form.video_rate
        self._video.thread_count = 2
        context = self._video.codec_context
        context.gop_size = KEYFRAME_SECONDS * rate
        context.color_range, context.colorspace = _LIMITED, _BT601
        context.color_primaries = context.color_trc = _BT601
        self._audio.bit_rate = form.audio_rate
        self._subtitles = iter(subtitles or ())
        self._texts: av.stream.Stream | None = None
        if subtitles is not None:
            self._texts = self._container.add_mux_stream(form.subtitles, time_base=_MILLISECONDS)
        self._plain = form.subtitles == "webvtt"
        with os_errors():
            self._container.start_encoding()
        self.block = self._audio.codec_context.frame_size
        """Samples of a piece of sound; only the last one may be shorter."""
        self._text: Subtitle | None = next(self._subtitles, None)
        self._pictures = self._samples = 0
        self._error: BaseException | None = None
        self._queue: queue.Queue[Any] = queue.Queue(limits.BLOCKS_WAITING)
        self._thread = threading.Thread(target=self._work, name="coding", daemon=True)
        self._thread.start()

    def picture(self, frame: av.VideoFrame) -> None:
        """The next picture; it must not be changed any more."""
        frame.pts, frame.time_base = self._pictures, Fraction(1, self._rate)
        self._pictures += 1
        self._put(frame)

    def sound(self, block: Block) -> None:
        """The next piece of sound."""
        frame = av.AudioFrame.from_ndarray(block.T.copy(), format="fltp", layout="stereo")
        frame.sample_rate, frame.pts, frame.time_base = RATE, self._samples, Fraction(1, RATE)
        self._samples += len(block)
        self._put(frame)

    def close(self) -> None:
        """Everything was given: finish the file."""
        self._put(None)
        self._thread.join()
        if self._error is not None:
            raise self._error
        with os_errors():
            self._container.close()

    def abandon(self) -> None:
        """Nobody wants it: stop coding."""
        self._error = self._error or OSError("abandoned")
        while self._thread.is_alive():
            with suppress(queue.Empty):
                self._queue.get_nowait()
            with suppress(queue.Full):
                self._queue.put_nowait(None)
            self._thread.join(0.1)
        with suppress(av.FFmpegError, OSError):  # the file goes anyway
            self._container.close()

    def _put(self, item: Any) -> None:
        self._queue.put(item)
        if self._error is not None:
            raise self._error

    def _work(self) -> None:
        """In the thread. After an error it only empties the queue, so that nobody waits for ever."""
        while True:
            item = self._queue.get()
            if self._error is None:
                try:
                    self._code(item)
                except BaseException as error:
                    self._error = error
            if item is None:
                return

    def _code(self, item: av.VideoFrame | av.AudioFrame | None) -> None:
        with os_errors():
            if item is None:
                self._container.mux(self._video.encode(None))
                self._container.mux(self._audio.encode(None))
                self._write_texts(float("inf"))
            elif isinstance(item, av.VideoFrame):
                self._write_texts((item.pts or 0) / self._rate)
                self._container.mux(self._video.encode(item))
            else:
                self._container.mux(self._audio.encode(item))

    def _write_texts(self, second: float) -> None:
        """Those that begin up to a second."""
        while self._texts is not None and self._text is not None and self._text.start <= second:
            text = self._text.text.encode()
            packet = av.Packet(text if self._plain else len(text).to_bytes(2, "big") + text)
            packet.stream, packet.time_base = self._texts, _MILLISECONDS
            packet.pts = packet.dts = round(1000 * self._text.start)
            packet.duration = max(1, round(1000 * (self._text.end - self._text.start)))
            self._container.mux_one(packet)
            self._text = next(self._subtitles, None)
