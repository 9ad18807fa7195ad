"""What people do to messages of the chat that are kept: change or delete their own, react to any.

An extension of the protocol (static/protocol/README.md). A deletion is told as `clearchat`, which every
client knows; who knows nothing of the others goes on showing the message as it was. Whose a message is, the
server knows by a secret: ids are chosen by clients, and one that is free again may be taken by anybody. Never
checks permissions (the session did), and never touches what is not kept, such as private messages.
"""

from __future__ import annotations

from typing import Any, TypeVar

import msgspec

from galene_py.conference import chat, limits, outgoing
from galene_py.conference.interfaces import Participant
from galene_py.conference.room import Room
from galene_py.groups.history import Entry
from galene_py.signalling import messages as m


class _Which(msgspec.Struct):
    """A message: its id, and the id that its author had."""

    id: str
    userId: str


class _Edit(_Which):
    value: str


class _Reaction(_Which):
    reaction: str
    on: bool


_W = TypeVar("_W", bound=_Which)


def delete(room: Room, actor: Participant, value: object) -> None:
    """Delete one's own message for everybody."""
    wanted = _read(actor, value, _Which, "deletechat")
    entry = wanted and _own(room, actor, wanted)
    if not wanted or not entry:
        return
    room.group.history.delete(entry)
    _tell(room, "clearchat", {"id": entry.id, "userId": entry.source})


def edit(room: Room, actor: Participant, value: object) -> None:
    """Let one's own message say something else."""
    wanted = _read(actor, value, _Edit, "editchat")
    entry = wanted and _own(room, actor, wanted)
    if not wanted or not entry:
        return
    size = m.encoded_size(wanted.value)
    if size > limits.SIGNAL_VALUE_BYTES:
        actor.send(outgoing.error(actor, "this message is too long", "too-long"))
    elif not wanted.value.strip():
        actor.send(outgoing.error(actor, "a message says something; delete it instead", "bad-value"))
    elif chat.may_tell(room, actor, size):
        room.group.history.edit(entry, wanted.value)
        _tell(room, "editchat", {"id": entry.id, "userId": entry.source, "value": wanted.value})


def react(room: Room, actor: Participant, value: object) -> None:
    """React to a message, or not any more."""
    wanted = _read(actor, value, _Reaction, "react")
    if wanted is None:
        return
    if not 0 < len(wanted.reaction) <= limits.REACTION_CHARS or wanted.reaction.isascii():
        actor.send(outgoing.error(actor, "a reaction is one emoji", "bad-value"))
        return
    entry = room.group.history.find(wanted.id, wanted.userId)
    if entry is None:
        actor.send(outgoing.error(actor, "there is no such message any more", "unknown-message"))
        return
    if not chat.may_tell(room, actor, limits.REACTION_BYTES):
        return
    author, name = room.group.resumption.secret_of(actor.id), actor.username or ""
    if room.group.history.react(entry, wanted.reaction, author, name, on=wanted.on):
        told = {"id": entry.id, "userId": entry.source, "reaction": wanted.reaction}
        _tell(room, "reaction", {**told, "on": wanted.on, "by": actor.id, "name": name})


def _read(actor: Participant, value: object, form: type[_W], kind: str) -> _W | None:
    try:
        return msgspec.convert(value, form)
    except msgspec.ValidationError as error:
        actor.send(outgoing.error(actor, f"bad value in {kind}: {error}", "bad-value"))
        return None


def _own(room: Room, actor: Participant, wanted: _Which) -> Entry | None:
    entry = room.group.history.find(wanted.id, wanted.userId)
    secret = room.group.resumption.secret_of(actor.id)
    if entry is None:
        actor.send(outgoing.error(actor, "there is no such message any more", "unknown-message"))
    elif not secret or entry.author != secret:
        actor.send(outgoing.error(actor, "this message is not yours", "not-authorised"))
    else:
        return entry
    return None


def _tell(room: Room, kind: str, value: dict[str, Any]) -> None:
    room.tell(m.UserMessage(kind=kind, privileged=True, value=value))
