"""What is noted in the audit log of what happens in a room: who came and went, and what moderators did.

Never notes what people say, nor the words of a lock or a kick.
"""

from __future__ import annotations

from galene_py.conference.interfaces import Participant
from galene_py.groups.admission import Admission, SignedGrant, TokenGrant, UserGrant
from galene_py.signalling import messages as m

_GROUP_ACTIONS = frozenset(
    {"clearchat", "lock", "unlock", "setdata", "record", "unrecord", "maketoken", "edittoken"}
)
_MESSAGES = frozenset({"mute", "warning"})


def arrival(member: Participant, returning: bool) -> dict[str, object]:
    """The facts of somebody who was let in."""
    return {
        "user": member.username,
        "address": member.address,
        "by": _grounds(member.admission),
        "permissions": " ".join(sorted(member.permissions)),
        "returning": returning or None,
    }


def moderation(
    actor: Participant, message: m.Message, target: Participant | None
) -> dict[str, object] | None:
    """The facts of an act of moderation; None when the message is none."""
    match message:
        case m.UserAction() if message.kind != "setdata" and target is not None:
            pass
        case m.GroupAction() if message.kind in _GROUP_ACTIONS:
            target = None
        case m.UserMessage() if message.kind in _MESSAGES and "op" in actor.permissions:
            pass
        case _:
            return None
    return {
        "action": message.kind,
        "user": actor.username,
        "address": actor.address,
        "target": target.username if target is not None else "",
        "targetAddress": target.address if target is not None else "",
    }


def _grounds(admission: Admission | None) -> str:
    match admission.grant if admission is not None else None:
        case UserGrant():
            return "user of the group"
        case TokenGrant():
            return "invitation"
        case SignedGrant():
            return "signed token"
        case None:
            return ""
    return "anybody"
