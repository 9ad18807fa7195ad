"""One film of a recording, as whoever offers it sees it: states, and what can be asked for.

Made by whoever composes (`compose.jobs`), shown by pages; neither knows the other. No state of its own.
"""

from __future__ import annotations

from typing import Protocol, TypeAlias

import msgspec


class Waiting(msgspec.Struct, frozen=True, tag_field="state", tag="waiting"):
    """Others are made first."""


class Running(msgspec.Struct, frozen=True, tag_field="state", tag="running"):
    """It is being made."""

    progress: float
    """0 to 1."""


class Failed(msgspec.Struct, frozen=True, tag_field="state", tag="failed"):
    """It could not be made."""

    why: str
    """For people, without a full stop."""


class Done(msgspec.Struct, frozen=True, tag_field="state", tag="done"):
    """It is there."""

    file: str
    """Its name, beside the sidecar."""


State: TypeAlias = Waiting | Running | Failed | Done


class FilmError(Exception):
    """Why a film cannot be made, in words for people."""


class Films(Protocol):
    """All calls may touch the disk, are quick, and come from any thread."""

    def state(self, group: str, recording: str) -> State | None:
        """None: nobody asked for a film of it."""

    def start(self, group: str, recording: str) -> None:
        """Make one; harmless when one is waiting or being made. Raises FilmError."""

    def cancel(self, group: str, recording: str) -> None:
        """Give it up, or forget that it failed; nothing is written any more when this returns."""
