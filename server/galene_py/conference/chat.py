"""What people say to each other: chat, which is kept for latecomers, and messages between programs.

The server sets `source`, `username`, `privileged` and `time`; the rest passes through as it came. Never
interprets a value, and never keeps captions and private messages.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping

import msgspec

from galene_py.conference import limits, outgoing
from galene_py.conference.interfaces import Participant
from galene_py.conference.room import Room
from galene_py.signalling import messages as m


def say(room: Room, speaker: Participant, message: m.Chat | m.UserMessage) -> None:
    """Pass on a chat or user message to one member or to everybody."""
    size = m.encoded_size(message.value)
    if size > limits.SIGNAL_VALUE_BYTES:
        speaker.send(outgoing.error(speaker, "this message is too long", "too-long"))
        return
    addressee = room.find(message.dest) if message.dest else None
    if message.dest and addressee is None:
        speaker.send(outgoing.error(speaker, "user unknown", "unknown-user"))
        return
    if not may_tell(room, speaker, size, addressee):
        return
    message = _authentic(room, speaker, message)
    if addressee is not None:
        addressee.send(message)
        return
    if isinstance(message, m.Chat) and message.kind != "caption":
        room.group.history.add(
            id=message.id,
            source=speaker.id,
            username=speaker.username,
            time=room.conference.wall_time(),
            kind=message.kind,
            value=message.value,
            author=room.group.resumption.secret_of(speaker.id),
            reply_to=message.reply_to,
        )
    room.tell(message, but=speaker if message.noecho else None)


def may_tell(room: Room, speaker: Participant, size: int, addressee: Participant | None = None) -> bool:
    """Say whether somebody, or else everybody, may be sent so many bytes more; if not, tell the speaker."""
    listener = "" if addressee is None else addressee.id
    if room.traffic.allow(size, room.conference.clock(), listener):
        return True
    who = "this group" if addressee is None else addressee.username or "this user"
    text = f"this was not delivered: {who} is being sent too much, try again in some seconds"
    speaker.send(outgoing.error(speaker, text, "too-fast"))
    return False


def changed(
    room: Room, actor: Participant, data: Mapping[str, object], change: object
) -> dict[str, object] | None:
    """Return what hangs on a member or on the group after a change; None, and tell the actor, if it may not
    be."""
    if not isinstance(change, dict):
        actor.send(outgoing.error(actor, "bad value in setdata", "bad-value"))
        return None
    new = outgoing.merged(data, change)
    size = m.encoded_size(new)
    if size > limits.SIGNAL_DATA_BYTES:
        actor.send(outgoing.error(actor, "too much data", "too-long"))
        return None
    return new if may_tell(room, actor, size) else None


def _authentic(room: Room, speaker: Participant, message: m.Chat | m.UserMessage) -> m.Chat | m.UserMessage:
    public_chat = isinstance(message, m.Chat) and not message.dest
    return msgspec.structs.replace(
        message,
        id=message.id or (secrets.token_urlsafe(8) if public_chat else ""),
        privileged="op" in speaker.permissions,
        time=outgoing.timestamp(room.conference.wall_time()),
        error="",
    )
