"""Who may do what: the one table of message kinds, permissions and targets.

Each rule says which permissions a message needs (all of them), whom its `dest` may name, and in which form a
refusal is told. The session asks this table before anything is done. What has to wait for its turn is asked
once more then (`conference.token_actions`); nobody else checks permissions.

Never knows who has which permission (groups decide that), and never acts on a message. Source: the protocol's
description and the permission sections of the manual.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass

from galene_py.signalling.messages import Message, type_name


class Target(enum.Enum):
    """Whom `dest` names."""

    NONE = "nobody: dest is ignored"
    SELF = "the sender"
    MEMBER = "one member of the group"
    ANY = "one member of the group, or everybody when empty"


class Reply(enum.Enum):
    """How a refusal is told to the sender."""

    ERROR = "a user message of kind error"
    ABORT = "the stream is aborted, then a user message of kind error"
    TOKEN = "a user message of kind token that carries the error"
    TOKENLIST = "a user message of kind tokenlist that carries the error"
    SILENCE = "not at all: the sender could not have known better"


@dataclass(frozen=True, slots=True)
class Rule:
    """What one kind of message takes."""

    needs: frozenset[str] = frozenset()
    target: Target = Target.NONE
    reply: Reply = Reply.ERROR


def _rule(needs: str = "", target: Target = Target.NONE, reply: Reply = Reply.ERROR) -> Rule:
    return Rule(frozenset(needs.split()), target, reply)


_OPERATOR_ON_MEMBER = _rule("op", Target.MEMBER)

KINDS: Mapping[tuple[str, str], Rule] = {
    ("chat", "caption"): _rule("caption", Target.ANY),
    # Kinds by which the server itself speaks: from anybody but an operator they could only deceive.
    ("usermessage", "kicked"): _rule("message op", Target.ANY),
    ("usermessage", "clearchat"): _rule("message op", Target.ANY),
    ("usermessage", "editchat"): _rule("message op", Target.ANY),
    ("usermessage", "reaction"): _rule("message op", Target.ANY),
    ("usermessage", "token"): _rule("message op", Target.ANY),
    ("usermessage", "tokenlist"): _rule("message op", Target.ANY),
    ("usermessage", "userinfo"): _rule("message op", Target.ANY),
    ("useraction", "op"): _OPERATOR_ON_MEMBER,
    ("useraction", "unop"): _OPERATOR_ON_MEMBER,
    ("useraction", "present"): _OPERATOR_ON_MEMBER,
    ("useraction", "unpresent"): _OPERATOR_ON_MEMBER,
    ("useraction", "shutup"): _OPERATOR_ON_MEMBER,
    ("useraction", "unshutup"): _OPERATOR_ON_MEMBER,
    ("useraction", "identify"): _OPERATOR_ON_MEMBER,
    ("useraction", "kick"): _OPERATOR_ON_MEMBER,
    ("useraction", "ban"): _OPERATOR_ON_MEMBER,
    ("useraction", "setdata"): _rule("", Target.SELF),
    ("groupaction", "clearchat"): _rule("op"),
    # Of one's own messages only, but reactions: see `conference.chat_changes`.
    ("groupaction", "deletechat"): _rule("message"),
    ("groupaction", "editchat"): _rule("message"),
    ("groupaction", "react"): _rule("message"),
    ("groupaction", "lock"): _rule("op"),
    ("groupaction", "unlock"): _rule("op"),
    ("groupaction", "subgroups"): _rule("op"),
    ("groupaction", "setdata"): _rule("op"),
    ("groupaction", "record"): _rule("record"),
    ("groupaction", "unrecord"): _rule("record"),
    ("groupaction", "maketoken"): _rule("token", reply=Reply.TOKEN),
    ("groupaction", "edittoken"): _rule("op token", reply=Reply.TOKEN),
    ("groupaction", "listtokens"): _rule("op token", reply=Reply.TOKENLIST),
}
"""Rules for one kind of one message type."""

TYPES: Mapping[str, Rule] = {
    "chat": _rule("message", Target.ANY),
    "usermessage": _rule("message", Target.ANY),
    "offer": _rule("present", reply=Reply.ABORT),
    "request": _rule(),
    "requestStream": _rule(reply=Reply.SILENCE),
    "answer": _rule(reply=Reply.SILENCE),
    "renegotiate": _rule(reply=Reply.SILENCE),
    "close": _rule(reply=Reply.SILENCE),
    "abort": _rule(reply=Reply.SILENCE),
    "ice": _rule(reply=Reply.SILENCE),
}
"""Rules for message types whose other kinds, known or not, are all treated alike."""


def rule(message: Message) -> Rule | None:
    """Return the rule for a message that acts within a group; None: no such kind of message."""
    name = type_name(message)
    return KINDS.get((name, message.kind)) or TYPES.get(name)
