"""Chapters of a film: one for each speaker and each screen, long enough to be worth a jump. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby

from galene_py.compose import limits
from galene_py.compose.plan import Kind, Scene

_ALL = "Everybody"
_NAMES = 3
"""Names in the title of a chapter in which several speak."""


@dataclass(frozen=True, slots=True)
class Chapter:
    """Seconds of the film and their title."""

    start: float
    end: float
    title: str


def chapters(scenes: Iterable[Scene], names: Mapping[str, str]) -> list[Chapter]:
    """The whole film without holes, in chapters of at least `limits.CHAPTER_SECONDS` where that is possible.
    Somebody's word in between belongs to who goes on after it, silence to who spoke before; several who speak
    in turn share a chapter that has all their names."""
    found = [Chapter(scene.start, scene.end, _title(scene, names)) for scene in scenes]
    least = limits.CHAPTER_SECONDS
    while True:
        long = _long(_without_asides(found, least), least)
        if len(long) <= limits.CHAPTERS:
            return long
        least *= 2


def _without_asides(chapters: Iterable[Chapter], least: float) -> list[Chapter]:
    found: list[Chapter] = []
    for chapter in chapters:
        if found and (chapter.title == found[-1].title or (chapter.title == _ALL and _short(chapter, least))):
            found[-1] = Chapter(found[-1].start, chapter.end, found[-1].title)
        elif (
            len(found) > 1
            and found[-2].title == chapter.title
            and _short(found[-1], least)
            and not _short(found[-2], least)
        ):
            found.pop()
            found[-1] = Chapter(found[-1].start, chapter.end, chapter.title)
        else:
            found.append(chapter)
    return found


def _long(chapters: Iterable[Chapter], least: float) -> list[Chapter]:
    found: list[Chapter] = []
    for short, run in groupby(chapters, key=lambda chapter: _short(chapter, least)):
        parts = list(run)
        if not short:
            found += parts
            continue
        titles = list(dict.fromkeys(part.title for part in parts if part.title != _ALL)) or [_ALL]
        title = ", ".join(titles[:_NAMES]) + (" …" if len(titles) > _NAMES else "")
        together = Chapter(parts[0].start, parts[-1].end, title)
        if found and _short(together, least):
            found[-1] = Chapter(found[-1].start, together.end, found[-1].title)
        else:
            found.append(together)
    if len(found) > 1 and _short(found[0], least):
        found[:2] = [Chapter(0.0, found[1].end, found[1].title)]
    return list(_joined(found))


def _joined(chapters: Iterable[Chapter]) -> Iterator[Chapter]:
    """Neighbours of one title as one."""
    for title, run in groupby(chapters, key=lambda chapter: chapter.title):
        parts = list(run)
        yield Chapter(parts[0].start, parts[-1].end, title)


def _short(chapter: Chapter, least: float) -> bool:
    return chapter.end - chapter.start < least


def _title(scene: Scene, names: Mapping[str, str]) -> str:
    match scene.kind:
        case Kind.SCREENS:
            owners = dict.fromkeys(names[tile.client] for tile in scene.large)
            return "Screen: " + ", ".join(owners)
        case Kind.SPEAKER:
            return names[scene.large[0].client]
        case _:
            return _ALL
