"""Invitations: the group actions by which people make, edit and list tokens from the page.

Tokens are on the disk, so the conference's executor does the work. For somebody who has left meanwhile
nothing is done. Answers come in the order of the questions.

The session has checked that the sender may ask; since a job may have to wait, that is checked again when its
turn comes. Never knows the rules for tokens: `groups.tokens` does.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from galene_py.conference.executor import Outcome
from galene_py.conference.interfaces import Participant
from galene_py.conference.room import Room
from galene_py.groups.errors import TokenError
from galene_py.signalling import messages as m
from galene_py.signalling.rules import KINDS

log = logging.getLogger(__name__)


def make(room: Room, actor: Participant, value: object) -> None:
    """Make a token and tell it to the actor."""
    tokens = room.conference.registry.tokens

    def work(username: str, permissions: frozenset[str]) -> object:
        return tokens.make(room.group, username, permissions, value)

    _ask(room, actor, "maketoken", work)


def edit(room: Room, actor: Participant, value: object) -> None:
    """Change when a token is valid; a token that expires in the past is revoked."""
    tokens = room.conference.registry.tokens
    _ask(room, actor, "edittoken", lambda *_: tokens.edit(room.group, value))


def show(room: Room, actor: Participant, value: object) -> None:
    """List the group's tokens."""
    tokens = room.conference.registry.tokens
    _ask(room, actor, "listtokens", lambda *_: tokens.list(room.group))


def _ask(room: Room, actor: Participant, action: str, work: Callable[[str, frozenset[str]], object]) -> None:
    kind = "tokenlist" if action == "listtokens" else "token"
    needs = KINDS["groupaction", action].needs

    def begin() -> Callable[[], object] | None:
        if room.find(actor.id) is not actor:
            return None
        username, permissions = actor.username, actor.permissions
        if not needs <= permissions:
            _tell(actor, kind, "not-authorised", "not authorised")
            return None
        return lambda: work(username, permissions)

    def done(outcome: Outcome) -> None:
        if room.find(actor.id) is actor:
            with room.conference.transaction:
                _answer(actor, kind, outcome)

    if not room.conference.executor.ask(begin, done):
        _tell(actor, kind, "busy", "the server is busy, please try again in a moment")


def _answer(actor: Participant, kind: str, outcome: Outcome) -> None:
    try:
        _tell(actor, kind, "", outcome())
    except TokenError as error:
        _tell(actor, kind, error.code, error.text)
    except Exception:
        log.exception("an invitation could not be made, changed or listed")
        _tell(actor, kind, "internal-error", "internal server error")


def _tell(actor: Participant, kind: str, code: str, value: Any) -> None:
    actor.send(m.UserMessage(kind=kind, error=code, privileged=True, value=value))
