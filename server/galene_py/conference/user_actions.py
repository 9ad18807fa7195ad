"""Moderation: what operators do to members, and what members do to themselves.

Never checks permissions: the session did. An absent or departed target is told to the actor and to nobody
else. There is deliberately no action that unmutes somebody or gives them a camera.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from galene_py.conference import chat, outgoing
from galene_py.conference.interfaces import Participant
from galene_py.conference.room import Room
from galene_py.signalling import messages as m

Action = Callable[[Room, Participant, Participant, object], None]
"""Room, actor, target, value."""


def act(room: Room, actor: Participant, message: m.UserAction) -> None:
    """Carry out one user action."""
    target = room.find(message.dest)
    if target is None:
        actor.send(outgoing.error(actor, "no such user", "unknown-user"))
        return
    ACTIONS[message.kind](room, actor, target, message.value)


def _change(granted: str = "", revoked: str = "") -> Action:
    def change(room: Room, actor: Participant, target: Participant, value: object) -> None:
        grant = set(granted.split())
        if "op" in grant and room.group.description.allow_recording:
            grant.add("record")
        room.set_permissions(target, (target.permissions | grant) - set(revoked.split()))

    return change


def _identify(room: Room, actor: Participant, target: Participant, value: object) -> None:
    info: dict[str, object] = {"id": target.id}
    if target.username:
        info["username"] = target.username
    if target.address:
        info["address"] = target.address
    notice = f"Your IP address has been communicated to user {actor.username}."
    target.send(outgoing.warning(target, notice))
    actor.send(m.UserMessage(kind="userinfo", privileged=True, value=info))


def _kick(room: Room, actor: Participant, target: Participant, value: object) -> None:
    target.expel(value if isinstance(value, str) else "", actor)


def _ban(room: Room, actor: Participant, target: Participant, value: object) -> None:
    bans = room.conference.registry.bans
    ban = bans.keep_out(room.name, target.address, target.admission, actor.username)
    name = target.username or "this person"
    _kick(room, actor, target, value)
    if ban is None:
        actor.send(outgoing.warning(actor, CANNOT_KEEP_OUT.format(name=name), "not-kept-out"))


def _set_data(room: Room, actor: Participant, target: Participant, value: object) -> None:
    data = chat.changed(room, actor, target.data, value)
    if data is not None:
        target.change_data(data)
        room.member_changed(target)


CANNOT_KEEP_OUT = (
    "{name} was removed, but can come back: operators of the group's file cannot be kept out, nor can people "
    "of whom neither the address nor an invitation or a user name of the group is known."
)

ACTIONS: Mapping[str, Action] = {
    "op": _change(granted="op"),
    "unop": _change(revoked="op record"),
    "present": _change(granted="present"),
    "unpresent": _change(revoked="present"),
    "shutup": _change(revoked="message"),
    "unshutup": _change(granted="message"),
    "identify": _identify,
    "kick": _kick,
    "ban": _ban,
    "setdata": _set_data,
}
