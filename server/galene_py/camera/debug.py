"""What `--debug` shows: times of the stages in words, mask and rectangle as a film."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from types import TracebackType

import av
import numpy as np

from galene_py.camera import pictures
from galene_py.camera.settings import WHOLE, Settings
from galene_py.camera.sinks import open_sink
from galene_py.camera.virtual import VirtualCamera


def report(camera: VirtualCamera) -> str:
    """One line: stages in milliseconds, and what is wrong."""
    stages = ", ".join(f"{name} {1000 * seconds:.1f} ms" for name, seconds in camera.times.items())
    rect = camera.outline.rect if camera.outline is not None else WHOLE
    where = " ".join(f"{100 * value:.0f}" for value in rect)
    problem = f"; everything is blurred: {camera.problem}" if camera.problem else ""
    return f"{camera.written} frames; {stages}; rectangle {where} %{problem}"


class DebugFilm:
    """A film of the masks, white on black, with the rectangle that the network looked at in grey."""

    def __init__(self, path: Path, settings: Settings) -> None:
        """Raises CameraError when used as a context manager and the file cannot be written."""
        self._settings = settings
        self._path = path
        self._stack = ExitStack()

    def __enter__(self) -> DebugFilm:
        self._sink = self._stack.enter_context(open_sink(str(self._path), self._settings))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.__exit__(kind, error, trace)

    def add(self, camera: VirtualCamera) -> None:
        """Add the outline as it is now."""
        width, height, outline = self._settings.width, self._settings.height, camera.outline
        shown = np.zeros((height, width), np.uint8)
        if outline is not None:
            left, top, right, bottom = pictures.bounds(outline.rect, width, height)
            small = av.VideoFrame.from_ndarray(
                (outline.mask.clip(0, 1) * 235).astype(np.uint8), format="gray"
            )
            large = pictures.scaled(small, right - left, bottom - top, "gray")
            shown[top:bottom, left:right] = pictures.rows(large.planes[0], right - left)
            for edge in (slice(top, top + 2), slice(bottom - 2, bottom)):
                shown[edge, left:right] = 128
            for edge in (slice(left, left + 2), slice(right - 2, right)):
                shown[top:bottom, edge] = 128
        self._sink.write(pictures.as_i420(av.VideoFrame.from_ndarray(shown, format="gray")))
