"""Lays pictures and names over one another: planes of 8-bit YUV 4:2:0, limited range, BT.601.

So are cameras in browsers; nothing is converted that need not be. Whoever draws gives even coordinates.
"""

from __future__ import annotations

from dataclasses import dataclass

import av
import numpy as np
import numpy.typing as npt

from galene_py.compose.layout import Fit, Rectangle
from galene_py.compose.letters import Bytes

Floats = npt.NDArray[np.float32]
Planes = tuple[Bytes, Bytes, Bytes]
Colour = tuple[int, int, int]
"""Red, green, blue."""
Mask = tuple[npt.NDArray[np.uint16], npt.NDArray[np.uint16]]
"""What of the ground stays, of 256; what is added, times 256."""

GROUND: Colour = (16, 18, 22)
TILE: Colour = (38, 42, 50)
_NAMES: tuple[Colour, ...] = (
    (55, 71, 110),
    (92, 62, 84),
    (52, 86, 82),
    (96, 74, 52),
    (70, 64, 104),
    (60, 84, 58),
    (98, 60, 60),
    (58, 78, 96),
)


def planes(frame: av.VideoFrame) -> Planes:
    """Of a frame of format yuv420p; writable."""
    y, u, v = (
        np.frombuffer(memoryview(plane), np.uint8).reshape(-1, plane.line_size)[: plane.height, : plane.width]
        for plane in frame.planes
    )
    return y, u, v


def name_colour(client: str) -> Colour:
    """The same for the same person."""
    return _NAMES[sum(client.encode("utf-8", "replace")) % len(_NAMES)]


@dataclass(frozen=True, slots=True)
class Label:
    """Something that is laid over pictures."""

    width: int
    height: int
    luma: Mask
    chroma: Mask


class Canvas:
    """A frame that is being drawn."""

    def __init__(self, width: int, height: int) -> None:
        """Both even."""
        self.frame = av.VideoFrame(width, height, "yuv420p")
        self._planes = planes(self.frame)

    def copy(self, other: Canvas) -> None:
        """Become like another one of the same size."""
        for mine, theirs in zip(self._planes, other._planes, strict=True):
            np.copyto(mine, theirs)

    def fill(self, place: Rectangle, colour: Colour) -> None:
        """A plain rectangle."""
        for plane, value in zip(self._within(place), _yuv(colour), strict=True):
            plane[...] = value

    def picture(self, scaled: Planes, fit: Fit) -> None:
        """A picture that was scaled as `fit` says, cut as it says."""
        for mine, theirs in zip(self._within(fit.at), _within(scaled, fit.cut), strict=True):
            np.copyto(mine, theirs)

    def image(self, pixels: Bytes, place: Rectangle) -> None:
        """An opaque picture (height, width, 3) of the place's size."""
        red, green, blue = (pixels[..., n].astype(np.float32) for n in range(3))
        y, u, v = _convert(red, green, blue)
        for mine, value in zip(self._within(place), (y, _halved(u), _halved(v)), strict=True):
            mine[...] = np.round(value).astype(np.uint8)

    def label(self, label: Label, x: int, y: int) -> None:
        """Something with transparency, such as a caption."""
        place = self._within(Rectangle(x, y, label.width, label.height))
        for plane, (stays, added) in zip(place, (label.luma, label.chroma, label.chroma), strict=True):
            plane[...] = (plane * stays + added) >> 8

    def _within(self, place: Rectangle) -> Planes:
        return _within(self._planes, place)


def _within(of: Planes, place: Rectangle) -> Planes:
    left, top, right, bottom = place.x, place.y, place.x + place.width, place.y + place.height
    y, u, v = of
    half = slice(top // 2, bottom // 2), slice(left // 2, right // 2)
    return y[top:bottom, left:right], u[half], v[half]


def label(pixels: Bytes) -> Label:
    """Of a grey picture with transparency, (height, width, 4), of even sides."""
    image = pixels.astype(np.float32)
    alpha = image[..., 3] / np.float32(255)
    luma, _, _ = _convert(image[..., 0], image[..., 1], image[..., 2])
    height, width, _ = pixels.shape
    return Label(width, height, _mask(alpha, luma), _mask(_halved(alpha), np.array(128, np.float32)))


def _mask(alpha: Floats, value: Floats) -> Mask:
    stays = np.round((1 - alpha) * 256).astype(np.uint16)
    return stays, np.round((256 - stays) * value).astype(np.uint16)


def _halved(plane: Floats) -> Floats:
    height, width = plane.shape
    squares = plane.reshape(height // 2, 2, width // 2, 2)
    return np.asarray(squares.mean(axis=(1, 3)), np.float32)


def _yuv(colour: Colour) -> tuple[int, int, int]:
    red, green, blue = (np.array(each, np.float32) for each in colour)
    y, u, v = _convert(red, green, blue)
    return round(float(y)), round(float(u)), round(float(v))


def _convert(red: Floats, green: Floats, blue: Floats) -> tuple[Floats, Floats, Floats]:
    """ITU-R BT.601, limited range."""
    y = 16 + (65.481 * red + 128.553 * green + 24.966 * blue) / 255
    u = 128 + (-37.797 * red - 74.203 * green + 112.0 * blue) / 255
    v = 128 + (112.0 * red - 93.786 * green - 18.214 * blue) / 255
    return y, u, v
