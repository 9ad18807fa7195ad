"""Names in pictures: captions, and tiles of those who show no picture. The only place that knows Pillow.

Fonts are the system's; the first one that has all letters of a name draws it, DejaVu before others. Without
any, Pillow's own draws Latin ones. Nothing of this ever fails for a name: at worst there are empty boxes.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import cache, lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont

from galene_py.compose import limits

_PLACES = (Path("/usr/share/fonts"), Path("/usr/local/share/fonts"))
_FIRST = ("DejaVuSans.ttf", "NotoSans-Regular", "LiberationSans-Regular", "NotoSansCJK-Regular")
_NO_LETTER = "\U0010fffe"
"""A code point that no font has."""
Font = ImageFont.FreeTypeFont | ImageFont.ImageFont
Bytes = npt.NDArray[np.uint8]


def caption(text: str, width: int, size: int) -> Bytes:
    """A name on a dark label: (height, width, 4), red, green, blue and alpha; both sides even. At most
    `width` pixels wide; `size` is that of the letters."""
    inside = max(2, width - size)
    font, shown = _fitting(text, size, inside)
    left, top, right, bottom = _box(font, shown)
    _, high, _, low = _box(font, "Ág")
    wide = _even_up(min(right - left + size, width))
    tall = _even_up(max(low, bottom) - min(high, top) + size // 2)
    image = Image.new("RGBA", (wide, tall))
    draw = ImageDraw.Draw(image)
    draw.rounded_rectangle((0, 0, wide - 1, tall - 1), radius=tall // 4, fill=(0, 0, 0, 160))
    draw.text((size // 2 - left, size // 4 - min(high, top)), shown, font=font, fill=(255, 255, 255, 255))
    return np.asarray(image)


def name_tile(text: str, width: int, height: int, colour: tuple[int, int, int]) -> Bytes:
    """A name in the middle of a plain tile: (height, width, 3)."""
    image = Image.new("RGB", (width, height), colour)
    largest, inside = max(12, min(height // 6, width // 8, 60)), width * 9 // 10
    font, shown = _fitting(text, largest, inside)
    for size in range(largest - 1, max(11, largest // 2), -1):
        if shown == text:
            break
        font, shown = _fitting(text, size, inside)
    left, top, right, bottom = _box(font, shown)
    at = (width - right - left) / 2, (height - bottom - top) / 2
    ImageDraw.Draw(image).text(at, shown, font=font, fill=(255, 255, 255))
    return np.asarray(image)


def _fitting(text: str, size: int, width: int) -> tuple[Font, str]:
    """The font, and as much of the text as goes into `width` pixels."""
    font = _font(text, size)
    if font.getlength(text) <= width:
        return font, text
    fits, too_long = 0, len(text)
    while too_long - fits > 1:
        middle = (fits + too_long) // 2
        if font.getlength(text[:middle].rstrip() + "…") <= width:
            fits = middle
        else:
            too_long = middle
    return font, text[:fits].rstrip() + "…"


def _box(font: Font, text: str) -> tuple[int, int, int, int]:
    left, top, right, bottom = font.getbbox(text)
    return int(left), int(top), int(right), int(bottom)


@lru_cache(limits.FONTS_KEPT)
def _font(text: str, size: int) -> Font:
    """The first font that has all letters, else the one that has most."""
    wanted = sorted(set(text) - {" "})
    best, most = "", -1
    for path in _files():
        have = sum(_has(path, letter) for letter in wanted)
        if have == len(wanted):
            return _load(path, size)
        if have > most:
            best, most = path, have
    return _load(best, size)


@lru_cache(limits.FONTS_KEPT)
def _load(path: str, size: int) -> Font:
    if path:
        return ImageFont.truetype(path, size)
    return ImageFont.load_default(size)


@lru_cache(4096)
def _has(path: str, letter: str) -> bool:
    try:
        font = ImageFont.truetype(path, 16, layout_engine=ImageFont.Layout.BASIC)
        drawn, nothing = font.getmask(letter), font.getmask(_NO_LETTER)
    except OSError:
        return False
    return drawn.size != nothing.size or bytes(drawn) != bytes(nothing)


@cache
def _files() -> list[str]:
    """Fonts in the order in which they are tried; bold and slanted ones are left out."""
    found = [str(path) for place in _PLACES for path in _walk(place)][: limits.FONT_FILES]
    ranks = {name: rank for rank, name in enumerate(_FIRST)}

    def rank(path: str) -> tuple[int, str]:
        return min((ranks[name] for name in _FIRST if name in path), default=len(_FIRST)), path

    return sorted(found, key=rank)


def _walk(place: Path) -> Iterator[Path]:
    for directory, _, names in os.walk(place):
        for name in sorted(names):
            stem, ending = os.path.splitext(name.lower())
            if ending in (".ttf", ".otf", ".ttc") and not stem.endswith(("bold", "oblique", "italic")):
                yield Path(directory, name)


def _even_up(value: int) -> int:
    return value + (value & 1)
