"""The film's timeline: scenes, each with the tiles that it shows, one after the other without holes. Pure.

A scene changes when the floor does, when a screen or a camera comes or goes, and when people do; what is gone
for less than `limits.BRIDGE_SECONDS` has not been away. Which file a tile's picture comes from is not decided
here: see `picture`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from galene_py.compose import limits
from galene_py.compose.floor import floor
from galene_py.compose.meeting import Meeting, Span, joined


class Kind(Enum):
    """What is large."""

    SCREENS = "screens"
    SPEAKER = "speaker"
    GRID = "grid"
    NOBODY = "nobody"


@dataclass(frozen=True, slots=True)
class Tile:
    """A person, a screen, or those for whom there is no place."""

    client: str
    screen: str = ""
    """The stream's id, for a screen."""
    picture: bool = False
    """There is a file that shows it; otherwise the name stands large."""
    more: int = 0
    """This tile stands for so many people."""


@dataclass(frozen=True, slots=True)
class Scene:
    """Seconds that look the same but for the pictures."""

    start: float
    end: float
    kind: Kind
    large: tuple[Tile, ...]
    """In a grid, everybody."""
    small: tuple[Tile, ...]


def plan(meeting: Meeting) -> list[Scene]:
    """From 0 to the end; neighbours differ."""
    scenes: list[Scene] = []
    there = _There(meeting)
    previous = 0.0
    for moment in there.moments():
        if moment > previous:
            scene = there.scene(previous, moment)
            last = scenes[-1] if scenes else None
            if last and (last.kind, last.large, last.small) == (scene.kind, scene.large, scene.small):
                scenes[-1] = Scene(last.start, moment, last.kind, last.large, last.small)
            else:
                scenes.append(scene)
            previous = moment
        there.advance(moment)
    return scenes


class _There:
    """Who and what is there, while time goes on."""

    def __init__(self, meeting: Meeting) -> None:
        self._duration = meeting.duration
        self._people: dict[str, None] = {}
        self._screens: dict[str, str] = {}
        """Client by stream, in the order in which they came."""
        self._cameras: set[str] = set()
        self._sounds: set[str] = set()
        self._floor: str | None = None
        self._spoke: str | None = None
        """Who had the floor last."""
        # Who comes at the same time stays in the order of the list of people.
        self._events = sorted(self._collect(meeting), key=lambda event: event[:2])
        self._at = 0

    def moments(self) -> Iterator[float]:
        """When something changes, each once, and the end."""
        yield from sorted({event[0] for event in self._events if event[0] < self._duration})
        yield self._duration

    def advance(self, moment: float) -> None:
        """Everything up to and with a moment has happened."""
        while self._at < len(self._events) and self._events[self._at][0] <= moment:
            _, begins, what, client, stream = self._events[self._at]
            self._at += 1
            match what, bool(begins):
                case "person", True:
                    self._people[client] = None
                case "person", False:
                    self._people.pop(client, None)
                case "screen", True:
                    self._screens[stream] = client
                case "screen", False:
                    self._screens.pop(stream, None)
                case "camera", on:
                    (self._cameras.add if on else self._cameras.discard)(client)
                case "sound", on:
                    (self._sounds.add if on else self._sounds.discard)(client)
                case _:
                    self._floor = client or None
                    self._spoke = self._floor or self._spoke

    def scene(self, start: float, end: float) -> Scene:
        """What is shown now."""
        large: tuple[Tile, ...]
        if self._screens:
            shown = list(self._screens.items())[-limits.SCREENS :]
            large = tuple(Tile(client, stream, picture=True) for stream, client in shown)
            beside = self._spoke if self._spoke in self._people else shown[-1][1]
            small = (self._tile(beside),) if beside in self._people else ()
            return Scene(start, end, Kind.SCREENS, large, small)
        if self._floor in self._people:
            assert self._floor is not None
            others = self._choose([each for each in self._people if each != self._floor], limits.SMALL_TILES)
            return Scene(start, end, Kind.SPEAKER, (self._tile(self._floor),), others)
        everybody = self._choose(list(self._people), limits.GRID_TILES)
        return Scene(start, end, Kind.GRID if everybody else Kind.NOBODY, everybody, ())

    def _tile(self, client: str) -> Tile:
        return Tile(client, picture=client in self._cameras)

    def _choose(self, people: list[str], places: int) -> tuple[Tile, ...]:
        """As many as there is room for, who is seen before who is heard before who watches; in the order in
        which they came, so that nobody changes places."""
        if len(people) <= places:
            return tuple(self._tile(each) for each in people)
        ranks = sorted(people, key=lambda each: (each not in self._cameras, each not in self._sounds))
        chosen = set(ranks[: places - 1])
        tiles = [self._tile(each) for each in people if each in chosen]
        return (*tiles, Tile("", more=len(people) - len(tiles)))

    def _collect(self, meeting: Meeting) -> Iterator[tuple[float, int, str, str, str]]:
        """(second, whether it begins, what, client, stream); at one time, ends come before beginnings."""
        spans: dict[tuple[str, str, str], list[Span]] = {}
        for stay in meeting.stays:
            spans.setdefault(("person", stay.client, ""), []).append((stay.start, stay.end))
        for source in meeting.sources:
            span = source.start, source.end
            if source.picture:
                key = (
                    ("screen", source.client, source.stream)
                    if source.screen
                    else ("camera", source.client, "")
                )
                spans.setdefault(key, []).append(span)
            if source.sound:
                spans.setdefault(("sound", source.client, ""), []).append(span)
        for (what, client, stream), each in spans.items():
            for start, end in joined(each, limits.BRIDGE_SECONDS):
                yield start, 1, what, client, stream
                yield end, 0, what, client, stream
        for turn in floor(meeting.speech, meeting.duration):
            yield turn.start, 1, "turn", turn.client or "", ""
