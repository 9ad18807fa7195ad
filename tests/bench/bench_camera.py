"""What the virtual camera costs: CPU milliseconds per frame, by stage, at 1280×720.

A portrait moves before a noisy room, as MJPEG, the way cameras send it. The stages are measured one after the
other; in use they overlap on two cores. The sum is what a frame costs when every frame is looked at.
"""

from __future__ import annotations

import io
import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import av
import numpy as np

from galene_py import resources
from galene_py.camera import Effect, Settings, pictures
from galene_py.camera.outline import Networks, Outliner

FRAMES, WARM_UP = 150, 20
PORTRAIT = Path(__file__).parents[1] / "data" / "portrait.png"


def film(settings: Settings) -> bytes:
    """A film as a camera sends it."""
    with av.open(str(PORTRAIT)) as file:
        portrait = next(file.decode(video=0)).reformat(640, 640, "rgb24").to_ndarray()
    small = np.random.default_rng(1).integers(0, 255, (45, 80, 3), np.uint8)
    room = np.kron(small, np.ones((16, 16, 1), np.uint8))
    buffer = io.BytesIO()
    with av.open(buffer, "w", format="matroska") as container:
        stream = container.add_stream("mjpeg", rate=30)
        assert isinstance(stream, av.VideoStream)
        stream.width, stream.height, stream.pix_fmt = settings.width, settings.height, "yuvj420p"
        for number in range(FRAMES):
            frame = room.copy()
            left = 320 + round(60 * np.sin(number / 20))
            frame[80:, left : left + 640] = portrait
            picture = av.VideoFrame.from_ndarray(frame, "rgb24").reformat(format="yuvj420p")
            container.mux(stream.encode(picture))
        container.mux(stream.encode(None))
    return buffer.getvalue()


class Stages:
    """CPU milliseconds of each stage, frame by frame."""

    def __init__(self) -> None:
        self.times: dict[str, list[float]] = {}

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        began = time.process_time()
        yield
        self.times.setdefault(name, []).append(1000 * (time.process_time() - began))

    def medians(self) -> dict[str, float]:
        return {name: statistics.median(values[WARM_UP:]) for name, values in self.times.items()}


def measure(settings: Settings, models: Path) -> dict[str, float]:
    """The median of each stage."""
    outliner = Outliner(Networks(models, settings.network), settings)
    stages = Stages()
    with av.open(io.BytesIO(film(settings)), "r") as container:
        container.streams.video[0].thread_type = "SLICE"
        frames = container.decode(video=0)
        for number in range(FRAMES):
            with stages.stage("decode"):
                decoded = next(frames)
            with stages.stage("convert"):
                frame = pictures.as_i420(decoded)
            with stages.stage("outline"):
                outline = outliner.look(frame, number / 30)
            with stages.stage("blur"):
                room = pictures.blurred(frame, settings.strength, outline.mask, outline.rect)
            with stages.stage("compose"):
                alpha = pictures.opacity(outline.mask, outline.rect, settings.threshold)
                pictures.laid_over(frame, room, alpha, outline.rect).to_ndarray()
    return stages.medians()


def main() -> None:
    models = resources.vendor_dirs(Path("data"))[0] / "mediapipe" / "models"
    for network in ("square", "landscape"):
        settings = Settings(effect=Effect.BLUR, network=network)
        medians = measure(settings, models)
        print(network, f"network, {settings.width}×{settings.height}:")
        for name, value in medians.items():
            print(f"  {name:8} {value:5.2f} CPU ms per frame")
        print(f"  {'sum':8} {sum(medians.values()):5.2f} (bar 20)")


if __name__ == "__main__":
    main()
