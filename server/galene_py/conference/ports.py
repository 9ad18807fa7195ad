"""What the conference needs of the groups and of a recorder, as Protocol classes.

The groups room implements them; tests have hand-written fakes. Times are wall-clock datetimes with a zone.
"""

from __future__ import annotations

from collections.abc import Callable, MutableMapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from galene_py.conference.interfaces import Admission, Participant


@dataclass(frozen=True, slots=True)
class Credentials:
    """What somebody shows at the door."""

    username: str | None = None
    password: str | None = None
    token: str = ""


class HistoryEntry(Protocol):
    """A kept chat message."""

    @property
    def id(self) -> str: ...
    @property
    def source(self) -> str: ...
    @property
    def username(self) -> str | None: ...
    @property
    def time(self) -> datetime: ...
    @property
    def kind(self) -> str: ...
    @property
    def value(self) -> Any: ...


class History(Protocol):
    """The chat that latecomers get."""

    def add(
        self, *, id: str, source: str, username: str, time: datetime, kind: str, value: object
    ) -> None: ...
    def clear(self, id: str = "", source: str = "") -> None: ...
    def list(self) -> Sequence[HistoryEntry]: ...


class Description(Protocol):
    """What a group's file says."""

    @property
    def allowed_codecs(self) -> Sequence[str]: ...
    @property
    def redirect(self) -> str: ...
    @property
    def allow_recording(self) -> bool: ...
    @property
    def autolock(self) -> bool: ...
    @property
    def autokick(self) -> bool: ...


class LiveGroup(Protocol):
    """A group with its lock, data, members and history."""

    locked: str | None
    data: MutableMapping[str, Any]

    @property
    def name(self) -> str: ...
    @property
    def description(self) -> Description: ...
    @property
    def history(self) -> History: ...
    def add(self, member: Participant) -> None: ...
    def remove(self, member: Participant) -> None: ...


class Tokens(Protocol):
    """Invitations. All raise TokenError."""

    def make(
        self, group: LiveGroup, username: str, permissions: frozenset[str], value: object
    ) -> dict[str, object]: ...
    def edit(self, group: LiveGroup, value: object) -> dict[str, object]: ...
    def list(self, group: LiveGroup) -> Sequence[dict[str, object]]: ...


class Registry(Protocol):
    """All groups of this server."""

    @property
    def tokens(self) -> Tokens: ...
    def get(self, name: str) -> LiveGroup:
        """Raises UnknownGroup or GroupError."""

    async def authenticate(self, group: LiveGroup, credentials: Credentials) -> Admission:
        """Raises Refused."""

    def reconsider(self, group: LiveGroup, admission: Admission) -> Admission:
        """Return what the same admission is worth now; raises Refused when nothing."""

    def member_status(self, group: LiveGroup) -> dict[str, Any]: ...
    def on_changed(self, callback: Callable[[LiveGroup], None]) -> None: ...


class Recorder(Protocol):
    """Records groups to disk. Both raise RecorderError with words for the operator."""

    def start(self, group: str) -> None: ...
    def stop(self, group: str) -> None: ...


class RecorderError(Exception):
    """Why recording cannot be started or stopped."""
