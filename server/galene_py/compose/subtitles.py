"""Chat as subtitles: the newest lines, each for a few seconds. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from galene_py.compose import limits
from galene_py.compose.names import readable
from galene_py.recording.sidecar import ChatLine

_KINDS = {"": "{}: {}", "me": "{} {}"}
"""Kinds of messages that people write; others are not for reading."""


@dataclass(frozen=True, slots=True)
class Subtitle:
    """Seconds for which a text is shown. Subtitles never overlap, as MP4 demands."""

    start: float
    end: float
    text: str
    """Lines."""


def subtitles(chat: Iterable[ChatLine], duration: float) -> list[Subtitle]:
    """In order."""
    lines = [
        (line.time, _KINDS[line.kind].format(readable(line.username), _short(line.value)))
        for line in sorted(chat, key=lambda line: line.time)
        if isinstance(line.value, str) and line.kind in _KINDS and 0 <= line.time < duration
    ]
    moments = sorted({time for start, _ in lines for time in (start, start + limits.CHAT_LINE_SECONDS)})
    found: list[Subtitle] = []
    first = 0
    for start, end in zip(moments, [*moments[1:], duration], strict=True):
        while first < len(lines) and lines[first][0] + limits.CHAT_LINE_SECONDS <= start:
            first += 1
        shown = []
        for time, text in lines[first:]:
            if time > start:
                break
            shown.append(text)
        end = min(end, duration)
        if shown and end > start:
            found.append(Subtitle(start, end, "\n".join(shown[-limits.CHAT_SHOWN :])))
    return found


def _short(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= limits.CHAT_LETTERS else text[: limits.CHAT_LETTERS - 1] + "…"
