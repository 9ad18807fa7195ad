"""Chapters of a film: one for each speaker and each screen, long enough to be worth a jump. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from galene_py.compose import limits
from galene_py.compose.plan import Kind, Scene


@dataclass(frozen=True, slots=True)
class Chapter:
    """Seconds of the film and their title."""

    start: float
    end: float
    title: str


def chapters(scenes: Iterable[Scene], names: Mapping[str, str]) -> list[Chapter]:
    """The whole film without holes, in chapters of at least `limits.CHAPTER_SECONDS` where that is possible:
    what is shorter belongs to the chapter before it."""
    found: list[Chapter] = []
    for scene in scenes:
        title = _title(scene, names)
        last = found[-1] if found else None
        if last is None:
            found.append(Chapter(scene.start, scene.end, title))
        elif title == last.title:
            found[-1] = Chapter(last.start, scene.end, title)
        else:
            found.append(Chapter(scene.start, scene.end, title))
    long: list[Chapter] = []
    least = limits.CHAPTER_SECONDS
    while True:
        long = _merged(found, least)
        if len(long) <= limits.CHAPTERS:
            return long
        least *= 2


def _merged(chapters: Iterable[Chapter], least: float) -> list[Chapter]:
    found: list[Chapter] = []
    for chapter in chapters:
        last = found[-1] if found else None
        if last is None:
            found.append(chapter)
        elif chapter.title == last.title or chapter.end - chapter.start < least:
            found[-1] = Chapter(last.start, chapter.end, last.title)
        elif last.end - last.start < least:  # the film began with something short
            found[-1] = Chapter(last.start, chapter.end, chapter.title)
        else:
            found.append(chapter)
    return found


def _title(scene: Scene, names: Mapping[str, str]) -> str:
    match scene.kind:
        case Kind.SCREENS:
            owners = dict.fromkeys(names[tile.client] for tile in scene.large)
            return "Screen: " + ", ".join(owners)
        case Kind.SPEAKER:
            return names[scene.large[0].client]
        case _:
            return "Everybody"
