"""Where pictures come from: a camera, a film or a still picture; a thread reads and keeps the newest frame.

Owner of the state: whoever opened it; a context manager.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import av

from galene_py.camera import limits
from galene_py.camera.settings import CameraError

log = logging.getLogger(__name__)

STILLS = frozenset({".png", ".jpg", ".jpeg", ".webp", ".bmp"})


class Source:
    """The newest frame of something that is read again and again until `close`."""

    def __init__(self, name: str, options: dict[str, str], loop: bool) -> None:
        self.ended = False
        self.error = ""
        self._name = name
        self._options = options
        self._device = name.startswith("/dev/")
        self._loop = loop or Path(name).suffix.lower() in STILLS
        self._changed = threading.Condition()
        self._frame: av.VideoFrame | None = None
        self._count = 0
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._run, name="camera", daemon=True)

    def start(self) -> None:
        """Begin to read."""
        self._thread.start()

    def newest(self) -> tuple[int, av.VideoFrame | None]:
        """The newest frame, and how many there were: the same number means the same frame."""
        with self._changed:
            return self._count, self._frame

    def wait_for(self, seen: int, seconds: float) -> tuple[int, av.VideoFrame | None]:
        """Wait for another frame than number `seen`, but no longer than `seconds`."""
        with self._changed:
            self._changed.wait_for(lambda: self._count != seen or self.ended, seconds)
            return self._count, self._frame

    def close(self) -> None:
        """Read no more."""
        self._closed.set()
        self._thread.join(limits.STOP_SECONDS)

    def _run(self) -> None:
        while not self._closed.is_set():
            try:
                self._read()
                self.error = ""
            except (av.FFmpegError, OSError, ValueError) as error:
                self.error = f"cannot read {self._name}: {error}"
                log.warning("%s", self.error)
            if not (self._device or self._loop) or (self.error and not self._device):
                break
            if self._device:
                self._closed.wait(limits.SOURCE_RETRY_SECONDS)
        with self._changed:
            self.ended = True
            self._changed.notify_all()

    def _read(self) -> None:
        form = "v4l2" if self._device else None
        with av.open(self._name, format=form, options=self._options) as container:
            stream = container.streams.video[0]
            stream.thread_type = "SLICE"  # threads by frame would hold frames back
            began, first = time.monotonic(), None
            for frame in container.decode(stream):
                if self._closed.is_set():
                    return
                if not self._device and frame.time is not None:
                    first = frame.time if first is None else first
                    self._closed.wait(max(0.0, began + frame.time - first - time.monotonic()))
                self._keep(frame)
            if self._loop:  # a still picture, or a film's last one, is there for a frame's time as well
                self._closed.wait(1 / 30)

    def _keep(self, frame: av.VideoFrame) -> None:
        if max(frame.width, frame.height) > limits.SIDE_PIXELS:
            raise ValueError(f"frames of {frame.width}×{frame.height} are too large")
        with self._changed:
            self._frame = frame
            self._count += 1
            self._changed.notify_all()


@contextmanager
def open_source(
    name: str,
    *,
    width: int = 0,
    height: int = 0,
    rate: int = 0,
    pixel_format: str = "",
    loop: bool = False,
) -> Iterator[Source]:
    """Read a camera (`/dev/video0`), a film or a picture.

    width, height, rate, pixel_format (`mjpeg`, `yuyv422`): what to ask of a camera; nothing: its default.
    loop: begin a film again when it ends. Raises CameraError when there is no such file.
    """
    if not Path(name).exists():
        raise CameraError(f"there is no {name}")
    options = {}
    if name.startswith("/dev/"):
        if width and height:
            options["video_size"] = f"{width}x{height}"
        if rate:
            options["framerate"] = str(rate)
        if pixel_format:
            options["input_format"] = pixel_format
    source = Source(name, options, loop)
    source.start()
    try:
        yield source
    finally:
        source.close()
