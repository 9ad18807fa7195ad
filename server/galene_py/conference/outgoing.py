"""The messages by which the server tells of people, of the past, and of what went wrong.

Never sends anything.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from galene_py.conference.interfaces import Participant
from galene_py.groups.history import Entry
from galene_py.signalling import messages as m


def user(member: Participant, kind: str) -> m.User:
    """Tell of a member: `add` or `change`."""
    return m.User(
        kind=kind,
        id=member.id,
        username=member.username,
        permissions=tuple(sorted(member.permissions)),
        data=dict(member.data) or None,
    )


def history(entry: Entry) -> m.ChatHistory:
    """Tell a latecomer what was said."""
    return m.ChatHistory(
        kind=entry.kind,
        id=entry.id,
        source=entry.source,
        username=entry.username,
        time=timestamp(entry.time),
        value=entry.value,
        reply_to=entry.reply_to,
        edited=entry.edited,
        reactions=entry.told_reactions() or None,
    )


def error(member: Participant, text: str, code: str = "") -> m.UserMessage:
    """Tell a member that something did not work; `code` is for programs."""
    return m.UserMessage(kind="error", error=code, dest=member.id, privileged=True, value=text)


def warning(member: Participant, text: str, code: str = "") -> m.UserMessage:
    """Tell a member something it should know; `code` is for programs."""
    return m.UserMessage(kind="warning", error=code, dest=member.id, privileged=True, value=text)


def timestamp(time: datetime) -> str:
    """Return a time as the protocol writes it: ISO 8601, UTC, with milliseconds."""
    return time.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def merged(data: Mapping[str, object], change: Mapping[str, object]) -> dict[str, object]:
    """Return `data` with `change` applied: null removes a key."""
    result = {**data, **change}
    return {key: value for key, value in result.items() if value is not None}
