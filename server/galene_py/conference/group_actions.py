"""What is done to a group: clear the chat, lock, list subgroups, set data, record.

Tokens, and changes of one's own words in the chat, are next door.
Never checks permissions: the session did.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from galene_py.conference import chat, chat_changes, limits, outgoing, recording_member, token_actions
from galene_py.conference.interfaces import Participant
from galene_py.conference.recorder import RecorderError
from galene_py.conference.room import Room
from galene_py.groups.live import LOCKED
from galene_py.signalling import messages as m

Action = Callable[[Room, Participant, object], None]
"""Room, actor, value."""


def act(room: Room, actor: Participant, message: m.GroupAction) -> None:
    """Carry out one group action."""
    ACTIONS[message.kind](room, actor, message.value)


def _clear_chat(room: Room, actor: Participant, value: object) -> None:
    wanted = {} if value is None else value
    if not isinstance(wanted, dict):
        actor.send(outgoing.error(actor, "bad value in clearchat", "bad-value"))
        return
    message_id, source = _text(wanted.get("id")), _text(wanted.get("userId"))
    if message_id and not source:
        actor.send(outgoing.error(actor, "bad value in clearchat", "bad-value"))
        return
    room.group.history.clear(id=message_id, source=source)
    cleared = {key: text for key, text in (("id", message_id), ("userId", source)) if text}
    room.tell(m.UserMessage(kind="clearchat", privileged=True, value=cleared or None))


def _lock(room: Room, actor: Participant, value: object) -> None:
    if room.group.locked is None:
        room.group.resumption.forget_lost()  # whoever locks the door has seen who is inside
    room.group.locked = (_text(value) or LOCKED)[: limits.LOCK_MESSAGE_CHARS]
    room.status_changed()


def _unlock(room: Room, actor: Participant, value: object) -> None:
    room.group.locked = None
    room.status_changed()


def _subgroups(room: Room, actor: Participant, value: object) -> None:
    lines = [
        f"{name} ({count} client{'s' if count > 1 else ''})\n"
        for name, count in room.conference.subgroups(room.name)
    ]
    actor.send(
        m.Chat(
            username="Server",
            dest=actor.id,
            time=outgoing.timestamp(room.conference.wall_time()),
            value="".join(lines) or "Nobody is in a subgroup.\n",
        )
    )


def _set_data(room: Room, actor: Participant, value: object) -> None:
    data = chat.changed(room, actor, room.group.data, value)
    if data is not None:
        room.group.data.clear()
        room.group.data.update(data)
        room.status_changed()


def _record(room: Room, actor: Participant, value: object) -> None:
    chat = isinstance(value, dict) and value.get("chat") is True
    _recorder(actor, lambda: recording_member.start(room, actor, chat=chat))


def _unrecord(room: Room, actor: Participant, value: object) -> None:
    _recorder(actor, lambda: recording_member.stop(room))


def _recorder(actor: Participant, step: Callable[[], None]) -> None:
    try:
        step()
    except RecorderError as error:
        actor.send(outgoing.error(actor, str(error), "unavailable"))


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


ACTIONS: Mapping[str, Action] = {
    "clearchat": _clear_chat,
    "deletechat": chat_changes.delete,
    "editchat": chat_changes.edit,
    "react": chat_changes.react,
    "lock": _lock,
    "unlock": _unlock,
    "subgroups": _subgroups,
    "setdata": _set_data,
    "record": _record,
    "unrecord": _unrecord,
    "maketoken": token_actions.make,
    "edittoken": token_actions.edit,
    "listtokens": token_actions.show,
}
