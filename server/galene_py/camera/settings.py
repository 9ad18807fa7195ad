"""What the virtual camera shall do. No code beyond checks."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from galene_py.camera import limits

Rect = tuple[float, float, float, float]
"""x, y, width, height in fractions of the frame."""
WHOLE: Rect = (0.0, 0.0, 1.0, 1.0)


class CameraError(Exception):
    """The virtual camera cannot do what was asked; the text says what to do."""


class Effect(StrEnum):
    """What becomes of the room."""

    NONE = "none"
    BLUR = "blur"
    PICTURE = "picture"
    COLOUR = "colour"
    VEIL = "veil"
    """Everything is blurred, people included."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Raises CameraError for values out of range."""

    effect: Effect = Effect.BLUR
    picture: Path | None = None
    """For Effect.PICTURE: any size, fitted so that it fills the frame."""
    colour: tuple[int, int, int] = (0, 177, 64)
    """For Effect.COLOUR: red, green, blue, 0..255."""
    strength: float = 0.5
    """Of the blur, 0..1."""
    threshold: float = 0.5
    """How sure the network must be that something is a person, 0.1..0.9."""
    erode: int = 0
    """Pixels of the network's picture (256 wide) by which outlines shrink, 0..16."""
    dilate: int = 0
    """The same for growing; comes after shrinking, which closes holes and drops specks."""
    smoothing: float = 0.5
    """Share of the last outline in this one where nothing moves, 0..0.95."""
    network: str = "auto"
    """'auto': of the two networks the one that was trained on pictures of the proportions that are looked at;
    'square'; 'landscape': half the work, less exact."""
    follow: bool = True
    """Look at the part of the frame where people are, so that somebody small is seen as well."""
    region: Rect = WHOLE
    """The part of the frame in which people are looked for; the rest is background."""
    width: int = 1280
    height: int = 720
    rate: int = 30
    """Frames per second that are written."""

    def __post_init__(self) -> None:
        _between("strength", self.strength, 0.0, 1.0)
        _between("threshold", self.threshold, 0.1, 0.9)
        _between("erode", self.erode, 0, 16)
        _between("dilate", self.dilate, 0, 16)
        _between("smoothing", self.smoothing, 0.0, 0.95)
        _between("rate", self.rate, 1, limits.RATE)
        for side in (self.width, self.height):
            _between("size", side, 32, limits.SIDE_PIXELS)
            if side % 2:
                raise CameraError("size: width and height must be even")
        x, y, width, height = self.region
        if min(x, y) < 0 or min(width, height) < 0.05 or x + width > 1.0001 or y + height > 1.0001:
            raise CameraError("region: x, y, width and height are fractions of the frame, inside it")
        if self.network not in ("auto", "square", "landscape"):
            raise CameraError(f"network: {self.network!r} is not auto, square or landscape")
        if self.effect is Effect.PICTURE and self.picture is None:
            raise CameraError("picture: the path of an image is needed")


def _between(name: str, value: float, least: float, most: float) -> None:
    if not least <= value <= most:
        raise CameraError(f"{name}: {value:g} is not between {least:g} and {most:g}")
