"""What streams are written into: files, a pipe, a device that takes pictures. All are `stream.Target`s.

Never decides what comes. Whatever cannot be written is an OSError with a text for people.
"""

from __future__ import annotations

import errno
import stat
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import av
from av.video.codeccontext import VideoCodecContext

from galene_py.client.taking import Create
from galene_py.recording import layout
from galene_py.recording.writer.muxer import Muxer, ending
from galene_py.recording.writer.muxfile import MuxFile
from galene_py.recording.writer.stream import Target
from galene_py.recording.writer.unit import Form, Unit

if TYPE_CHECKING:
    from galene_py.camera.sinks import Sink

FORMATS = ("webm", "matroska")


def files(path: Path | None) -> Create:
    """Files beside each other: PATH, and PATH with -2, -3 … for what cannot go on in the one before. Without
    a path: a name with date, person and label in the current directory, ending as the codecs need it."""
    began = layout.recording_name(time.time())
    count = 0

    def create(who: str, what: str, forms: dict[str, Form], offset: float, size: tuple[int, int]) -> Target:
        nonlocal count
        count += 1
        if path is None:
            target = Path(layout.file_name(began, who, what, ending(forms), count))
        else:
            target = path if count == 1 else path.with_name(f"{path.stem}-{count}{path.suffix}")
            if target.suffix == ".webm" and ending(forms) != ".webm":
                codecs = ", ".join(form.codec.upper() for form in forms.values())
                raise OSError(errno.EINVAL, f"WebM cannot hold {codecs}; give a name that ends with .mkv")
        return MuxFile(target, forms, offset, size)

    return create


def pipe(out: BinaryIO, format_: str) -> Create:
    """One container on a pipe; `format_` is one of FORMATS. A pipe goes on with what it began with."""
    count = 0

    def create(who: str, what: str, forms: dict[str, Form], offset: float, size: tuple[int, int]) -> Target:
        nonlocal count
        count += 1
        if count > 1:
            codecs = ", ".join(form.codec.upper() for form in forms.values())
            raise OSError(errno.EINVAL, f"a pipe cannot change to {codecs}: start again")
        if format_ == "webm" and ending(forms) != ".webm":
            raise OSError(errno.EINVAL, "WebM cannot hold this codec: use -f matroska")
        return _Pipe(out, format_, forms, offset, size)

    return create


def device(path: str, size: tuple[int, int]) -> Create:
    """A device that takes pictures (v4l2loopback), which are decoded and scaled to `size`, what is
    too wide or too high cut off. Raises OSError."""
    return pictures(_DeviceSink(path, size).show)


def pictures(show: Callable[[av.VideoFrame], None]) -> Create:
    """Decode pictures and show each at once; sound is left out. `show` may raise OSError."""
    return lambda who, what, forms, offset, size: _Pictures(show, forms, offset)


def is_device(path: str) -> bool:
    """Whether it is one, or would be."""
    try:
        return stat.S_ISCHR(Path(path).stat().st_mode)
    except OSError:
        return path.startswith("/dev/")


class _Pipe:
    name = "-"

    def __init__(
        self, out: BinaryIO, format_: str, forms: Mapping[str, Form], offset: float, size: tuple[int, int]
    ) -> None:
        self.forms = forms
        self.offset = offset
        self._out = _Counted(out)
        self._muxer = Muxer(self._out, format_, forms, offset, size)  # type: ignore[arg-type]

    @property
    def end(self) -> float:
        return self._muxer.end

    @property
    def size(self) -> int:
        return self._out.count

    def write(self, slot: str, unit: Unit) -> None:
        self._muxer.write(slot, unit)
        self._out.check()

    def sync(self) -> None:
        """It is read at once."""

    def close(self) -> tuple[str, int]:
        self._muxer.close()
        self._out.check()
        return self.name, self.size


class _Counted:
    """What PyAV writes to. It must not raise there: the error is kept for `check`."""

    def __init__(self, out: BinaryIO) -> None:
        self._out = out
        self.count = 0
        self._error: OSError | None = None

    def write(self, data: bytes) -> int:
        if self._error is None:
            try:
                self._out.write(data)
                self._out.flush()
            except OSError as error:
                self._error = error
        self.count += len(data)
        return len(data)

    def check(self) -> None:
        if self._error is not None:
            raise self._error


class _DeviceSink:
    """Opens the device once, for all streams."""

    def __init__(self, path: str, size: tuple[int, int]) -> None:
        try:
            from galene_py.camera import CameraError, Settings, open_sink, pictures
        except ImportError as error:
            text = (
                f"{error.name} is missing; install galene-py with its extra: pip install 'galene-py[camera]'"
            )
            raise OSError(errno.ENOSYS, text) from None
        self._fitted, self._as_i420 = pictures.fitted, pictures.as_i420
        self._size = size
        try:
            width, height = size
            opening = open_sink(path, Settings(width=width, height=height))
            self._sink: Sink = ExitStack().enter_context(opening)
        except CameraError as error:
            raise OSError(errno.EIO, str(error)) from None

    def show(self, frame: av.VideoFrame) -> None:
        """One picture."""
        self._sink.write(self._fitted(self._as_i420(frame), *self._size))


class _Pictures:
    """Decodes, and shows at once."""

    name = ""

    def __init__(
        self, show: Callable[[av.VideoFrame], None], forms: Mapping[str, Form], offset: float
    ) -> None:
        self.forms = forms
        self.offset = self.end = offset
        self.size = 0
        self._show = show
        self._decoder: VideoCodecContext | None = None
        if "video" in forms:
            decoder = av.CodecContext.create(forms["video"].codec, "r")
            assert isinstance(decoder, VideoCodecContext)
            decoder.thread_type = "SLICE"  # threads by frame would hold frames back
            self._decoder = decoder

    def write(self, slot: str, unit: Unit) -> None:
        self.end = max(self.end, unit.seconds)
        if slot != "video" or self._decoder is None:
            return
        self.size += len(unit.data)
        try:
            frames = self._decoder.decode(av.Packet(unit.data))
        except av.FFmpegError:
            return  # the next keyframe mends it
        for frame in frames:
            self._show(frame)

    def sync(self) -> None:
        """It is seen at once."""

    def close(self) -> tuple[str, int]:
        return self.name, self.size
