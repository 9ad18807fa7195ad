"""A recording as a film sees it: who was there when, which file shows and sounds when, who spoke. Pure.

Made of the sidecar, and checked, since a sidecar may have been written by anybody: all times are within the
recording, names of files stay in its directory.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from galene_py.compose import limits
from galene_py.compose.errors import ComposeError
from galene_py.compose.names import readable
from galene_py.recording.sidecar import File, Sidecar

Span = tuple[float, float]
"""Seconds from, to."""
_SCREENS = frozenset({"screenshare", "video"})
"""Labels of streams that are shown whole and large, as the page does: screens, and films that are played."""


@dataclass(frozen=True, slots=True)
class Source:
    """One media file."""

    file: str
    stream: str
    client: str
    offset: float
    """Second of the recording that is the file's 0."""
    start: float
    end: float
    """Seconds of the recording between which it lasts."""
    screen: bool
    picture: bool
    sound: bool


@dataclass(frozen=True, slots=True)
class Stay:
    """Somebody was there."""

    client: str
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class Speech:
    """Somebody spoke."""

    client: str
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class Meeting:
    """All that a plan is made of. Everything is in order of its start."""

    duration: float
    sources: tuple[Source, ...]
    stays: tuple[Stay, ...]
    speech: tuple[Speech, ...]
    names: Mapping[str, str]
    """By client, as they are shown."""


def meeting(about: Sidecar, durations: Mapping[str, float]) -> Meeting:
    """`durations`: seconds of the files of which the sidecar does not say it. Raises ComposeError."""
    if len(about.files) > limits.FILM_SOURCES:
        raise ComposeError("the recording has too many files")
    for file in about.files:
        _check_name(file.name)
    lengths = [file.duration if file.duration is not None else durations[file.name] for file in about.files]
    ends = [file.offset + length for file, length in zip(about.files, lengths, strict=True)]
    duration = about.duration if about.duration is not None else max(ends, default=0.0)
    if not 0 < duration <= limits.FILM_SECONDS:
        raise ComposeError(
            "the recording is empty" if duration <= 0 else "the recording's JSON file says that it lasts days"
        )
    names = {each.client: each.username for each in about.files}
    names |= {each.id: each.username for each in about.people}
    sources = [_source(*pair, duration) for pair in zip(about.files, ends, strict=True)]
    return Meeting(
        duration=duration,
        sources=tuple(
            sorted((each for each in sources if each.end > each.start), key=lambda each: each.start)
        ),
        stays=_stays(about, sources, duration),
        speech=tuple(
            Speech(each.client, max(0.0, each.start), min(each.end, duration))
            for each in sorted(about.spoken, key=lambda each: each.start)
            if min(each.end, duration) > max(0.0, each.start)
        ),
        names={client: readable(name) for client, name in names.items()},
    )


def joined(spans: Iterable[Span], pause: float) -> list[Span]:
    """Spans in order, those that overlap or are at most `pause` seconds apart as one."""
    found: list[Span] = []
    for start, end in sorted(spans):
        if found and start - found[-1][1] <= pause:
            found[-1] = found[-1][0], max(found[-1][1], end)
        else:
            found.append((start, end))
    return found


def _check_name(name: str) -> None:
    if not name or name.startswith(".") or "/" in name or "\0" in name:
        raise ComposeError(f"the recording's JSON file names a file {name!r}, which cannot be one of its own")


def _source(file: File, end: float, duration: float) -> Source:
    return Source(
        file=file.name,
        stream=file.stream,
        client=file.client,
        offset=file.offset,
        start=min(max(0.0, file.offset), duration),
        end=min(end, duration),
        screen=file.label in _SCREENS,
        picture=bool(file.video),
        sound=bool(file.audio),
    )


def _stays(about: Sidecar, sources: list[Source], duration: float) -> tuple[Stay, ...]:
    """Who has a file was there, whatever the list of people says: it is bounded."""
    spans: dict[str, list[Span]] = {}
    for each in about.people:
        end = duration if each.left is None else min(each.left, duration)
        spans.setdefault(each.id, []).append((max(0.0, each.joined), end))
    for source in sources:
        spans.setdefault(source.client, []).append((source.start, source.end))
    stays = [
        Stay(client, start, end)
        for client, each in spans.items()
        for start, end in joined((span for span in each if span[1] > span[0]), limits.BRIDGE_SECONDS)
    ]
    return tuple(sorted(stays, key=lambda stay: stay.start))
