"""The virtual camera: newest frame and newest outline, at a fixed rate, make the frame that is written.

No frame waits for an outline: the newest outline serves each frame, the newest frame each outline. Only what
`finished` returns is written, and without a fresh outline it blurs everything: while the network loads, after
it failed, and when it stands still.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import av

from galene_py.camera import limits, pictures
from galene_py.camera.outline import Networks, Outline, Outliner
from galene_py.camera.settings import CameraError, Effect, Settings
from galene_py.camera.sinks import Sink
from galene_py.camera.source import Source

log = logging.getLogger(__name__)

_NEEDS_OUTLINE = frozenset({Effect.BLUR, Effect.PICTURE, Effect.COLOUR})


class VirtualCamera:
    """Reads `source`, writes `sink`. `models`: the directory of the networks."""

    def __init__(self, source: Source, sink: Sink, settings: Settings, models: Path) -> None:
        """Raises CameraError when the background picture cannot be read."""
        self.settings = settings
        self.times: dict[str, float] = {}
        """CPU or waiting seconds of the last frame, by stage, for `--debug`."""
        self.outline: Outline | None = None
        self.problem = ""
        """Why there are no outlines; empty while there are."""
        self.written = 0
        self._source = source
        self._sink = sink
        self._models = models
        self._chosen = settings.effect
        self._room = _room(settings)
        self._stop = threading.Event()
        self._looking: threading.Thread | None = None

    def toggle(self) -> None:
        """Switch the effect off, or on again. Safe in a signal handler."""
        on = self.settings.effect is not Effect.NONE
        self.settings = replace(self.settings, effect=Effect.NONE if on else self._chosen)

    def stop(self) -> None:
        """Let `run` return after the frame at hand. Safe in a signal handler."""
        self._stop.set()

    def run(self, each: Callable[[VirtualCamera], None] = lambda camera: None) -> None:
        """Write frames until the source ends or `stop`; `each` is called after each. OSError: the sink's."""
        if self._chosen in _NEEDS_OUTLINE:
            self._looking = threading.Thread(target=self._look, name="outlines", daemon=True)
            self._looking.start()
        try:
            self._write(each)
        finally:
            self._stop.set()
            if self._looking is not None:
                self._looking.join(limits.STOP_SECONDS)

    def finished(self, frame: av.VideoFrame, now: float) -> av.VideoFrame:
        """The only exit: a frame of the wanted size with the effect in it."""
        settings, outline = self.settings, self.outline
        picture = pictures.fitted(pictures.as_i420(frame), settings.width, settings.height)
        if settings.effect is Effect.NONE:
            return picture
        stale = outline is None or now - outline.time > limits.STALE_SECONDS
        if settings.effect is Effect.VEIL or outline is None or stale:
            return pictures.blurred(picture, 1.0)
        if self._room is None:
            room = pictures.blurred(picture, settings.strength, outline.mask, outline.rect)
        else:
            room = self._room
        alpha = pictures.opacity(outline.mask, outline.rect, settings.threshold)
        return pictures.laid_over(picture, room, alpha, outline.rect)

    # --- the two loops -----------------------------------------------------------------------------

    def _write(self, each: Callable[[VirtualCamera], None]) -> None:
        period = 1 / self.settings.rate
        due = time.monotonic()
        while not self._stop.is_set():
            _, frame = self._source.newest()
            if self._source.ended:
                if self._source.error:
                    raise CameraError(self._source.error)
                return
            if frame is not None:
                began = time.monotonic()
                ready = self.finished(frame, began)
                self.times["compose"] = time.monotonic() - began
                self._sink.write(ready)
                self.written += 1
                each(self)
            due = max(due + period, time.monotonic() - period)
            self._stop.wait(max(0.0, due - time.monotonic()))

    def _look(self) -> None:
        while not self._stop.is_set():
            try:
                self._follow(Outliner(Networks(self._models, self.settings.network), self.settings))
            except Exception as error:
                if str(error) != self.problem:
                    log.error("everything stays blurred: %s", error)
                self.problem = str(error)
                self._stop.wait(limits.NETWORK_RETRY_SECONDS)

    def _follow(self, outliner: Outliner) -> None:
        seen = 0
        while not self._stop.is_set():
            number, frame = self._source.wait_for(seen, limits.STALE_SECONDS)
            if frame is None or number == seen:
                if self._source.ended:
                    return
                continue
            if self.settings.effect is Effect.NONE:
                self._stop.wait(1 / self.settings.rate)
                continue
            seen, began = number, time.monotonic()
            settings = self.settings
            picture = pictures.fitted(pictures.as_i420(frame), settings.width, settings.height)
            self.outline = outliner.look(picture, began)
            self.problem = ""
            self.times["outline"] = time.monotonic() - began


def _room(settings: Settings) -> av.VideoFrame | None:
    """What stands in place of the room; None: the room itself, blurred."""
    if settings.effect is Effect.COLOUR:
        red, green, blue = settings.colour
        dot = av.VideoFrame(16, 16, "rgb24")
        pictures.rows(dot.planes[0], 48)[:] = [red, green, blue] * 16
        return pictures.scaled(dot, settings.width, settings.height)
    if settings.effect is not Effect.PICTURE or settings.picture is None:
        return None
    try:
        with av.open(str(settings.picture)) as file:
            frame = next(file.decode(video=0))
    except (av.FFmpegError, OSError, StopIteration) as error:
        raise CameraError(f"cannot read the picture {settings.picture}: {error}") from None
    return pictures.fitted(pictures.as_i420(frame), settings.width, settings.height)
