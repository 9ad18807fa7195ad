"""Draws scenes: each tile's picture or name at its place, with a caption.

What does not move is drawn once per scene. Owns the pictures that are open.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import av
from av.video.reformatter import ColorRange, Colorspace, Interpolation, VideoReformatter

from galene_py.compose import limits
from galene_py.compose.canvas import GROUND, TILE, Canvas, Label, Planes, label, name_colour, planes
from galene_py.compose.layout import Fit, Rectangle, fit, layout
from galene_py.compose.letters import caption, name_tile
from galene_py.compose.meeting import Meeting, Source
from galene_py.compose.picture import Pictures
from galene_py.compose.plan import Scene, Tile

_BT709 = 1
_FULL = 2
"""FFmpeg's numbers."""
Key = tuple[str, str]
"""Client, and stream of a screen."""


class Stage:
    """Of one film, for seconds that never go back."""

    def __init__(self, meeting: Meeting, size: tuple[int, int], path: Callable[[str], Path]) -> None:
        """`path`: where a file is."""
        self._names = meeting.names
        self._size = size
        self._path = path
        self._sources: dict[Key, list[Source]] = {}
        for source in meeting.sources:
            if source.picture:
                key = source.client, source.stream if source.screen else ""
                self._sources.setdefault(key, []).append(source)
        self._pictures: dict[Key, Pictures] = {}
        """The one that was shown last is the last."""
        self._tiles: list[_Place] = []
        self._ground = Canvas(*size)

    def begin(self, scene: Scene) -> None:
        """From now on this scene is drawn."""
        self._ground.fill(Rectangle(0, 0, *self._size), GROUND)
        kept = {(each.tile, each.place): each for each in self._tiles}
        self._tiles = []
        for tile, place in layout(scene, *self._size):
            self._draw_name(tile, place)
            self._tiles.append(kept.get((tile, place)) or _Place(tile, place, self._shown_name(tile)))
        for each in self._tiles:
            if each.tile.picture:
                key = each.tile.client, each.tile.screen
                pictures = self._pictures.pop(key, None)
                self._pictures[key] = pictures or Pictures(self._sources.get(key, []), self._path)
        while len(self._pictures) > limits.DECODERS:
            self._pictures.pop(next(iter(self._pictures))).close()

    def draw(self, second: float) -> av.VideoFrame:
        """The picture of a second of the recording."""
        canvas = Canvas(*self._size)
        canvas.copy(self._ground)
        for each in self._tiles:
            if not each.tile.picture:
                continue
            frame = self._pictures[each.tile.client, each.tile.screen].at(second)
            if frame is not None:
                each.draw(canvas, frame)
        return canvas.frame

    def close(self) -> None:
        """Close all files."""
        for pictures in self._pictures.values():
            pictures.close()
        self._pictures.clear()

    def _shown_name(self, tile: Tile) -> str:
        name = self._names.get(tile.client, "")
        return f"{name} (screen)" if tile.screen else name

    def _draw_name(self, tile: Tile, place: Rectangle) -> None:
        """What a tile shows without a picture."""
        if tile.screen:
            self._ground.fill(place, TILE)
            return
        text = f"+ {tile.more}" if tile.more else self._shown_name(tile)
        colour = TILE if tile.more else name_colour(tile.client)
        self._ground.image(name_tile(text, place.width, place.height, colour), place)


@dataclass(slots=True)
class _Place:
    """A tile, and its picture as it was scaled last."""

    tile: Tile
    place: Rectangle
    name: str
    _scaler: VideoReformatter | None = None
    _frame: av.VideoFrame | None = None
    _fit: Fit | None = None
    _scaled: Planes | None = None
    _label: Label | None = None

    def draw(self, canvas: Canvas, frame: av.VideoFrame) -> None:
        if frame is not self._frame:
            self._scale(frame)
        if self._fit is None or self._scaled is None:
            return
        if self._fit.at != self.place:
            canvas.fill(self.place, TILE)
        canvas.picture(self._scaled, self._fit)
        self._label = self._label or self._caption()
        edge = (self._label.height // 4 + 1) // 2 * 2
        if self._label.height + 2 * edge < self.place.height:
            x, y = self.place.x + edge, self.place.y + self.place.height - self._label.height - edge
            canvas.label(self._label, x, y)

    def _caption(self) -> Label:
        # A screen may have words everywhere: below it there often is room for something low.
        size = 14 if self.tile.screen else max(14, min(self.place.height // 26, 26))
        return label(caption(self.name, self.place.width - size, size))

    def _scale(self, frame: av.VideoFrame) -> None:
        self._frame, self._scaled = frame, None
        self._fit = fit(frame.width, frame.height, self.place, whole=bool(self.tile.screen))
        self._scaler = self._scaler or VideoReformatter()
        smaller = self._fit.width < frame.width
        # A picture of a few pixels cannot be scaled by every method: the name stays.
        with suppress(av.FFmpegError, ValueError):
            scaled = self._scaler.reformat(
                frame,
                width=self._fit.width,
                height=self._fit.height,
                format="yuv420p",
                interpolation=Interpolation.AREA if smaller else Interpolation.BILINEAR,
                dst_colorspace=Colorspace.ITU601 if frame.colorspace == _BT709 else None,
                dst_color_range=ColorRange.MPEG if frame.color_range == _FULL else None,
                threads=1,
            )
            self._scaled = planes(scaled)
