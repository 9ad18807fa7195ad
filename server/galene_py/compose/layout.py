"""Where tiles are on the canvas, and what of a picture is in its tile. Pure.

All numbers are even, as chroma is at half resolution. Tiles never overlap and stay inside. A person's
landscape picture fills its tile, at the cost of at most `_CROP` of a side; screens and portraits are whole.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

from galene_py.compose import limits
from galene_py.compose.plan import Kind, Scene, Tile

_GAP = 90
"""The space between tiles is this part of the shorter side of the canvas."""
_COLUMN = 0.182
"""Part of the longer side that small tiles take: the large one then has nearly a camera's shape."""
_WIDE = 16 / 9
_NARROW = 4 / 3
"""Shapes of a person's tile: as cameras are."""
_ABOVE = 0.2
"""Part of what is cut off a picture's height that is cut off above: faces are there."""
_CROP = 0.26
"""Most of a side of a landscape picture that may be cut off so that it fills its tile: 4:3 in 16:9."""


@dataclass(frozen=True, slots=True)
class Rectangle:
    """Pixels of the canvas; all even, width and height at least 2."""

    x: int
    y: int
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Fit:
    """How a picture goes into a tile: scaled to `width` × `height`, of which `cut` is shown at `at`."""

    width: int
    height: int
    cut: Rectangle
    """Of the scaled picture."""
    at: Rectangle
    """On the canvas; as large as `cut`."""


def layout(scene: Scene, width: int, height: int) -> list[tuple[Tile, Rectangle]]:
    """Tiles of a scene on a canvas of even sides, at least 64 × 64 pixels."""
    gap = max(2, _even(min(width, height) / _GAP))
    inside = Rectangle(gap, gap, width - 2 * gap, height - 2 * gap)
    if not scene.small:
        return _main(scene, inside, gap)
    places = max(len(scene.small), limits.SMALL_TILES)
    if width >= height:
        wide = _even(width * _COLUMN)
        main = Rectangle(inside.x, inside.y, inside.width - wide - gap, inside.height)
        tall = _even_down(min(wide / _WIDE, (inside.height - (places - 1) * gap) / places))
        used = len(scene.small) * tall + (len(scene.small) - 1) * gap
        x, y = main.x + main.width + gap, inside.y + _even_down((inside.height - used) / 2)
        small = [Rectangle(x, y + n * (tall + gap), wide, tall) for n in range(len(scene.small))]
    else:
        wide = _even_down((inside.width - (places - 1) * gap) / places)
        tall = _even_down(min(height * _COLUMN, wide * _WIDE))
        main = Rectangle(inside.x, inside.y, inside.width, inside.height - tall - gap)
        used = len(scene.small) * wide + (len(scene.small) - 1) * gap
        x, y = inside.x + _even_down((inside.width - used) / 2), main.y + main.height + gap
        small = [Rectangle(x + n * (wide + gap), y, wide, tall) for n in range(len(scene.small))]
    return _main(scene, main, gap) + list(zip(scene.small, small, strict=True))


def fit(width: int, height: int, tile: Rectangle, *, whole: bool) -> Fit:
    """A picture of `width` × `height` in a tile; `whole`: nothing may be cut off."""
    across, down = tile.width / width, tile.height / height
    whole = whole or height > width or min(across, down) / max(across, down) < 1 - _CROP
    scale = min(across, down) if whole else max(across, down)
    scaled_width, scaled_height = _even(width * scale), _even(height * scale)
    if not whole:
        scaled_width, scaled_height = max(scaled_width, tile.width), max(scaled_height, tile.height)
    shown_width, shown_height = min(scaled_width, tile.width), min(scaled_height, tile.height)
    cut = Rectangle(
        _even_down((scaled_width - shown_width) / 2),
        _even_down((scaled_height - shown_height) * _ABOVE),
        shown_width,
        shown_height,
    )
    x = tile.x + _even_down((tile.width - shown_width) / 2)
    y = tile.y + _even_down((tile.height - shown_height) / 2)
    return Fit(scaled_width, scaled_height, cut, Rectangle(x, y, shown_width, shown_height))


def _main(scene: Scene, area: Rectangle, gap: int) -> list[tuple[Tile, Rectangle]]:
    if not scene.large:
        return []
    if len(scene.large) == 1 and (scene.small or scene.kind is not Kind.GRID):
        return [(scene.large[0], area)]
    return _grid(scene.large, area, gap, filled=scene.kind is Kind.SCREENS)


def _grid(tiles: Sequence[Tile], area: Rectangle, gap: int, *, filled: bool) -> list[tuple[Tile, Rectangle]]:
    """Rows of equal tiles, the last one in the middle. `filled`: of any shape, so that nothing is unused."""
    count = len(tiles)
    sizes = {
        columns: _cell(area, gap, columns, ceil(count / columns), filled) for columns in range(1, count + 1)
    }
    # Where two are as good, the one with the fuller last row.
    columns = max(sizes, key=lambda each: (sizes[each][0] * sizes[each][1], -((-count) % each)))
    wide, tall = sizes[columns]
    rows = [tiles[at : at + columns] for at in range(0, count, columns)]
    top = area.y + _even_down((area.height - len(rows) * tall - (len(rows) - 1) * gap) / 2)
    placed = []
    for n, row in enumerate(rows):
        left = area.x + _even_down((area.width - len(row) * wide - (len(row) - 1) * gap) / 2)
        y = top + n * (tall + gap)
        placed += [(tile, Rectangle(left + m * (wide + gap), y, wide, tall)) for m, tile in enumerate(row)]
    return placed


def _cell(area: Rectangle, gap: int, columns: int, rows: int, filled: bool) -> tuple[int, int]:
    wide = (area.width - (columns - 1) * gap) / columns
    tall = (area.height - (rows - 1) * gap) / rows
    if not filled:
        wide, tall = min(wide, tall * _WIDE), min(tall, wide / _NARROW)
    return max(2, _even_down(wide)), max(2, _even_down(tall))


def _even(value: float) -> int:
    return max(2, 2 * round(value / 2))


def _even_down(value: float) -> int:
    return max(0, 2 * int(value / 2))
