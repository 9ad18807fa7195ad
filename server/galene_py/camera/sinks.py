"""Where finished frames go: a virtual camera device, a file, or standard output. Context managers.

Never decides what a frame shows.
"""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import Protocol

import av

from galene_py.camera import device, pictures
from galene_py.camera.settings import CameraError, Settings

STDOUT = "-"


class Sink(Protocol):
    """Takes frames of format yuv420p."""

    def write(self, frame: av.VideoFrame) -> None:
        """Take one frame; raises OSError when nobody reads any more."""


class _Device:
    def __init__(self, fd: int, pixel_format: str) -> None:
        self._fd = fd
        self._format = pixel_format

    def write(self, frame: av.VideoFrame) -> None:
        shaped = pictures.scaled(frame, frame.width, frame.height, self._format)
        data = shaped.to_ndarray().tobytes()
        if os.write(self._fd, data) != len(data):
            raise OSError("the device took only part of a frame")


class _Raw:
    """YUV4MPEG2, which FFmpeg, GStreamer and most players read from a pipe."""

    def __init__(self, fd: int, settings: Settings) -> None:
        self._fd = fd
        head = f"YUV4MPEG2 W{settings.width} H{settings.height} F{settings.rate}:1 Ip A1:1 C420jpeg\n"
        self._put(head.encode())

    def write(self, frame: av.VideoFrame) -> None:
        self._put(b"FRAME\n" + frame.to_ndarray().tobytes())

    def _put(self, data: bytes) -> None:
        view = memoryview(data)
        while view:
            view = view[os.write(self._fd, view) :]


class _File:
    """A file, or a container on standard output, encoded as its kind usually is."""

    def __init__(self, container: av.container.OutputContainer, settings: Settings) -> None:
        self._container = container
        stream = container.add_stream(container.default_video_codec, rate=settings.rate)
        assert isinstance(stream, av.VideoStream)
        stream.width, stream.height, stream.pix_fmt = settings.width, settings.height, "yuv420p"
        stream.time_base = Fraction(1, settings.rate)
        if stream.codec.name == "libx264":
            stream.options = {"preset": "veryfast", "tune": "zerolatency"}
        self._stream = stream
        self._count = 0

    def write(self, frame: av.VideoFrame) -> None:
        frame.pts, frame.time_base = self._count, self._stream.time_base
        self._count += 1
        self._container.mux(self._stream.encode(frame))

    def finish(self) -> None:
        self._container.mux(self._stream.encode(None))


@contextmanager
def open_sink(name: str, settings: Settings, *, container_format: str = "") -> Iterator[Sink]:
    """Write to `/dev/videoN`, to a file (its ending says what), or to standard output (`-`).

    container_format: FFmpeg's name of one, for `-` or in place of the ending; YUV4MPEG2 on standard output by
    default. Raises CameraError.
    """
    if _is_device(name):
        fd = device.open_device(name)
        try:
            yield _Device(fd, device.negotiate(fd, settings.width, settings.height))
        finally:
            os.close(fd)
    elif name == STDOUT and container_format in ("", "yuv4mpegpipe"):
        yield _Raw(sys.stdout.fileno(), settings)
    else:
        try:
            target = sys.stdout.buffer if name == STDOUT else name
            container = av.open(target, "w", format=container_format or None)
        except (av.FFmpegError, OSError, ValueError) as error:
            raise CameraError(f"cannot write {name}: {error}") from None
        with container:
            sink = _File(container, settings)
            yield sink
            sink.finish()


def _is_device(name: str) -> bool:
    try:
        return stat.S_ISCHR(Path(name).stat().st_mode)
    except OSError:
        return name.startswith("/dev/")
