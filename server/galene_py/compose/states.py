"""What becomes of a film that was asked for: words that the page and the job runner share. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol


@dataclass(frozen=True, slots=True)
class Waiting:
    """Its turn has not come."""

    ahead: int
    """Films before it, the one that is being made included."""


@dataclass(frozen=True, slots=True)
class Running:
    """It is being made."""

    progress: float
    """0 to 1."""


@dataclass(frozen=True, slots=True)
class Failed:
    """It could not be made."""

    why: str
    """For people, one line."""


@dataclass(frozen=True, slots=True)
class Done:
    """It is there."""

    file: str
    """Its name, beside the recording's JSON file."""


State = Waiting | Running | Failed | Done


class FilmsError(Exception):
    """A film cannot be begun; the text is for people."""

    def __init__(self, kind: Literal["missing", "recording", "busy", "unavailable"], text: str) -> None:
        """`kind`: there is no such recording; it still goes on; too many films wait; the extra `compose` is
        not installed."""
        super().__init__(text)
        self.kind = kind


class Films(Protocol):
    """Whoever makes films in the background. `recording` is NAME, without an ending."""

    @property
    def available(self) -> bool:
        """Whether films can be made here at all."""

    def state(self, group: str, recording: str) -> State | None:
        """None: nobody asked for one."""

    def start(self, group: str, recording: str) -> State:
        """Ask for one; harmless to repeat. Raises FilmsError."""

    async def cancel(self, group: str, recording: str) -> None:
        """Nobody wants it any more. What is done stays."""

    async def discard(self, group: str, recording: str) -> None:
        """The recording is about to be deleted: cancel, and delete the film, too."""
