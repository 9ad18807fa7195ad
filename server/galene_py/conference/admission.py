"""Asking for admission: from a `join` message to a granted membership or to the message that refuses it.

The only part of signalling that takes time (passwords are hashed elsewhere). If the group's file changes
meanwhile, the answer may be outdated and the question is put again.

Never lets anybody in; that is the room's business, which may still refuse.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TypeAlias

from galene_py.conference import limits
from galene_py.groups.admission import Admission, Credentials
from galene_py.groups.errors import GroupError, Refused, UnknownGroup, Why
from galene_py.groups.live import Group
from galene_py.groups.registry import GroupRegistry
from galene_py.signalling import messages as m

log = logging.getLogger(__name__)

REFUSALS = (Refused, GroupError)


@dataclass(frozen=True, slots=True)
class Granted:
    """The credentials are good."""

    group: Group
    admission: Admission


JoinOutcome: TypeAlias = Granted | m.Joined | None


async def ask(registry: GroupRegistry, client_id: str, address: str, message: m.Join) -> Granted | m.Joined:
    """Return what became of a request to join from an address; never raises but for cancellation."""
    try:
        if not client_id:
            raise Refused(Why.BAD_REQUEST, "this client did not say its id")
        if m.encoded_size(message.data) > limits.SIGNAL_DATA_BYTES:
            raise Refused(Why.BAD_REQUEST, "too much data")
        group = registry.get(message.group)
        if group.description.redirect:
            return _answer(message, "redirect", group.description.redirect)
        return Granted(group, await _authenticate(registry, group, address, message))
    except REFUSALS as error:
        answer = refusal(message, error)
        if answer.error != Why.NEED_USERNAME:
            note_refusal(registry, message.group, message.username or "", address, answer.error)
        return answer
    except Exception:
        log.exception("joining failed")
        return failed(message.group, message.username)


def note_refusal(registry: GroupRegistry, group: str, username: str, address: str, why: str) -> None:
    """Tell the audit log."""
    registry.audit("refused", group=group, user=username, address=address, why=str(why))


def refusal(message: m.Join, error: Exception) -> m.Joined:
    """Return the message that tells why somebody may not join."""
    match error:
        case Refused():
            return _answer(message, "fail", error.text, error.code)
        case UnknownGroup():
            return _answer(message, "fail", "group does not exist", Why.UNKNOWN_GROUP)
        case _:
            text = "this group cannot be used: its description is broken"
            return _answer(message, "fail", text, Why.BROKEN_GROUP)


def failed(group: str, username: str | None = None) -> m.Joined:
    """Return the message that says that the server failed."""
    return m.Joined(
        kind="fail", error=Why.INTERNAL, group=group, username=username or "", value="internal server error"
    )


async def _authenticate(registry: GroupRegistry, group: Group, address: str, message: m.Join) -> Admission:
    credentials = Credentials(message.username, message.password, message.token, address)
    for _ in range(limits.ADMISSION_ATTEMPTS):
        description = group.description
        admission = await registry.authenticate(group, credentials)
        # Look at the file once more: between this and entering the room nothing can happen.
        if registry.get(group.name) is group and group.description == description:
            return admission
    raise Refused(Why.BUSY, "the group is being changed, try again")


def _answer(message: m.Join, kind: str, text: str, code: str = "") -> m.Joined:
    return m.Joined(kind=kind, error=code, group=message.group, username=message.username or "", value=text)
