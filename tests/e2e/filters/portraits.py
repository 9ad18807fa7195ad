"""Camera clips of a real person over a pattern that no filtered picture can show.

The portrait of `tests/data/portrait.png`, cut out, stands before black and white squares of three pixels: any
part of the camera's own background has far more contrast between neighbours than a blurred one.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

DATA = Path(__file__).resolve().parents[2] / "data"
Pixels = npt.NDArray[np.uint8]
CELL = 3


@functools.cache
def _portrait(side: int) -> tuple[Pixels, Pixels]:
    """The picture and its reference mask (255 person, 128 helmet, 0 background), scaled."""
    picture = Image.open(DATA / "portrait.png").convert("RGB").resize((side, side), Image.Resampling.LANCZOS)
    mask = Image.open(DATA / "portrait-mask.png").convert("L").resize((side, side), Image.Resampling.NEAREST)
    return np.asarray(picture), np.asarray(mask)


@functools.cache
def pattern(width: int, height: int) -> Pixels:
    """Random black and white squares."""
    dice = np.random.default_rng(7)
    cells = dice.integers(0, 2, (height // CELL + 1, width // CELL + 1), dtype=np.uint8) * 200 + 25
    grey = cells.repeat(CELL, 0).repeat(CELL, 1)[:height, :width]
    return np.repeat(grey[..., None], 3, axis=2)


def scene(
    width: int, height: int, side: int, left: int, top: int, *, cut: bool = True
) -> tuple[Pixels, Pixels]:
    """A frame with the portrait `side` pixels high at (left, top), and its mask; parts outside are cut off.

    `cut`: the person (and helmet) alone; otherwise the photograph with its own background.
    """
    frame = pattern(width, height).copy()
    mask = np.zeros((height, width), np.uint8)
    picture, outline = _portrait(side)
    x0, y0 = max(0, left), max(0, top)
    x1, y1 = min(width, left + side), min(height, top + side)
    if x1 <= x0 or y1 <= y0:
        return frame, mask
    part = np.s_[y0 - top : y1 - top, x0 - left : x1 - left]
    shown = outline[part] > 0 if cut else np.ones((y1 - y0, x1 - x0), bool)
    frame[y0:y1, x0:x1][shown] = picture[part][shown]
    mask[y0:y1, x0:x1] = outline[part]
    return frame, mask


def _i420(frame: Pixels) -> bytes:
    """BT.601, studio range."""
    red, green, blue = (frame[..., channel].astype(np.float32) for channel in range(3))
    luma = 16 + (65.738 * red + 129.057 * green + 25.064 * blue) / 256
    cb = 128 + (-37.945 * red - 74.494 * green + 112.439 * blue) / 256
    cr = 128 + (112.439 * red - 94.154 * green - 18.285 * blue) / 256
    height, width = luma.shape
    chroma = [plane.reshape(height // 2, 2, width // 2, 2).mean((1, 3)) for plane in (cb, cr)]
    return b"".join(plane.round().astype(np.uint8).tobytes() for plane in (luma, *chroma))


def write(path: Path, frames: Sequence[Pixels]) -> Path:
    """Write I420 video at 30 frames per second for Chromium's fake camera, which plays it in a loop."""
    height, width = frames[0].shape[:2]
    with path.open("wb") as file:
        file.write(f"YUV4MPEG2 W{width} H{height} F30:1 Ip A1:1 C420jpeg\n".encode())
        for frame in frames:
            file.write(b"FRAME\n" + _i420(frame))
    return path


def still(width: int = 640, height: int = 360) -> list[Pixels]:
    """Sitting before the camera, as large as the picture is high; a little noise, as cameras have."""
    frame, _ = scene(width, height, height, (width - height) // 2, 0)
    return noisy(frame, 6)


def small(width: int = 640, height: int = 360) -> list[Pixels]:
    """At 40 % of the picture's height, off the centre."""
    side = int(height * 0.4)
    frame, _ = scene(width, height, side, int(width * 0.62), height - side)
    return noisy(frame, 6)


def absent(width: int = 640, height: int = 360) -> list[Pixels]:
    """An empty room."""
    return noisy(pattern(width, height), 4)


def moving(width: int = 640, height: int = 360, count: int = 60) -> list[Pixels]:
    """From side to side and back."""
    return _path(width, height, count, lambda t: 0.5 + 0.25 * np.sin(2 * np.pi * t))


def _path(width: int, height: int, count: int, centre: Callable[[float], float]) -> list[Pixels]:
    side = int(height * 0.8)
    return [
        scene(width, height, side, int(centre(index / count) * width - side / 2), height - side)[0]
        for index in range(count)
    ]


def noisy(frame: Pixels, count: int) -> list[Pixels]:
    """The same frame with the noise that cameras have."""
    dice = np.random.default_rng(11)
    noise = (dice.normal(0, 1.5, (count, *frame.shape[:2], 1))).astype(np.int16)
    return [np.clip(frame.astype(np.int16) + layer, 0, 255).astype(np.uint8) for layer in noise]
