"""Invitations: the group actions by which people make, edit and list tokens from the page.

Never does: know the rules for tokens (`groups.tokens` does) or check the sender's permission to ask.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from galene_py.conference.interfaces import Participant
from galene_py.conference.room import Room
from galene_py.groups.errors import TokenError
from galene_py.signalling import messages as m


def make(room: Room, actor: Participant, value: object) -> None:
    """Make a token and tell it to the actor."""
    tokens = room.conference.registry.tokens
    _answer(actor, "token", lambda: tokens.make(room.group, actor.username, actor.permissions, value))


def edit(room: Room, actor: Participant, value: object) -> None:
    """Change when a token is valid; a token that expires in the past is revoked."""
    tokens = room.conference.registry.tokens
    _answer(actor, "token", lambda: tokens.edit(room.group, value))


def show(room: Room, actor: Participant, value: object) -> None:
    """List the group's tokens."""
    tokens = room.conference.registry.tokens
    _answer(actor, "tokenlist", lambda: tokens.list(room.group))


def _answer(actor: Participant, kind: str, operation: Callable[[], Any]) -> None:
    try:
        result = operation()
    except TokenError as error:
        answer = m.UserMessage(kind=kind, error=error.code, privileged=True, value=error.text)
    else:
        answer = m.UserMessage(kind=kind, privileged=True, value=result)
    actor.send(answer)
