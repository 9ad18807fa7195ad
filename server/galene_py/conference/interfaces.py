"""What the parts of the conference ask of one another, as Protocol classes.

A participant is whoever is in a room and can be told things: a browser's client, a program that sends or
watches over HTTP, the recorder. Only what is declared here may be relied on.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol, runtime_checkable

from galene_py.groups.admission import Admission
from galene_py.signalling.messages import Message


@runtime_checkable
class Telling(Protocol):
    """A member that tells the statistics of itself, though it has no connection of its own."""

    def debug_state(self) -> dict[str, object]:
        """Return what the statistics page shows."""


class Participant(Protocol):
    """A member of a room."""

    admission: Admission | None
    """On what grounds it is in; None for one that needs none."""

    @property
    def id(self) -> str:
        """The client's id, unique in its group."""

    @property
    def username(self) -> str:
        """The name under which it was admitted; may be empty."""

    @property
    def address(self) -> str:
        """Where it comes from; empty when it comes from nowhere."""

    @property
    def permissions(self) -> frozenset[str]:
        """What it may do at this moment."""

    @property
    def data(self) -> Mapping[str, object]:
        """What it says about itself, such as a raised hand."""

    def send(self, message: Message) -> None:
        """Tell it; never raises, and a participant that cannot take it is dropped later, not now."""

    def send_encoded(self, data: bytes) -> None:
        """Like `send`, for a message that many get and that was encoded once."""

    def change_permissions(self, permissions: frozenset[str]) -> None:
        """Let it do this and no more from now on; telling anybody is the room's business."""

    def change_data(self, data: Mapping[str, object]) -> None:
        """Let it say this about itself from now on; telling anybody is the room's business."""

    def supersede(self) -> None:
        """The same person is in by another connection, which has the place: close this one."""

    def expel(self, message: str, by: Participant | None, code: str = "") -> None:
        """Put it out of the group, with a word of the reason; `code` is for programs."""
