"""What the members of a group may do with its invitations: make, change when they are valid, list.

Nobody gives away what they have not got, makes an invitation that reaches beyond the group, or takes an
existing user's name; and nobody sees or prolongs an invitation that gives more than a group's operator has.
All methods raise TokenError.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol, TypeVar

from msgspec.structs import replace

from galene_py import limits as shared
from galene_py.groups import limits
from galene_py.groups.description import Description
from galene_py.groups.errors import StorageError, TagMismatch, TokenError, UnknownGroup
from galene_py.groups.lookalikes import all_looks, looks, reserved
from galene_py.groups.names import normal, valid_user_name
from galene_py.groups.permissions import INTERNAL
from galene_py.groups.times import Timestamp
from galene_py.groups.tokens.file import TokenFile
from galene_py.groups.tokens.stateful import Token, new_name, to_json

T = TypeVar("T")

_NEVER = INTERNAL | {"admin"}
"""What members of a group have no business with."""


class HasDescription(Protocol):
    """A live group, as far as tokens are concerned."""

    @property
    def name(self) -> str: ...
    @property
    def description(self) -> Description: ...


class TokenActions:
    """Invitations, as the people in a group see them."""

    def __init__(
        self,
        file: TokenFile,
        wall_clock: Callable[[], float],
        exists: Callable[[str], bool] = lambda group: True,
    ) -> None:
        """`exists`: whether there still is a group, as far as the disk knows."""
        self._file = file
        self._wall_clock = wall_clock
        self._exists = exists

    def make(
        self, group: HasDescription, username: str, permissions: frozenset[str], value: object
    ) -> dict[str, Any]:
        """Make an invitation as `value` says, for somebody with these permissions; returns it as JSON."""
        asked = self._parse(value)
        if asked.token:
            raise TokenError("error", "client specified token")
        if asked.group != group.name:
            raise TokenError("error", "wrong group in token")
        if asked.include_subgroups:
            raise TokenError("error", "hierarchical token not allowed")
        if asked.expires is None:
            raise TokenError("error", "token doesn't expire")
        if not set(asked.permissions or ()) <= permissions - _NEVER:
            raise TokenError("not-authorised", "not authorised")
        self._check_name(group, asked.username)
        if len(self._of(group)) >= limits.TOKENS_PER_GROUP:
            raise TokenError("error", "there are too many invitations for this group")
        token = replace(
            asked,
            token=new_name(),
            permissions=asked.permissions or [],
            issued_at=Timestamp.at(self._wall_clock()),
            issued_by=username or None,
        )
        self._put(token, None)
        return to_json(token)

    def edit(self, group: HasDescription, value: object) -> dict[str, Any]:
        """Change when an invitation is valid; one that expires in the past is revoked."""
        asked = self._parse(value)
        if asked != Token(token=asked.token, expires=asked.expires, not_before=asked.not_before):
            raise TokenError("error", "this field cannot be edited")
        old = self._file_call(lambda: self._file.find(asked.token))
        if old is None or old.group != group.name or not _visible(old):
            raise TokenError("error", "there is no such invitation")
        new = replace(
            old, expires=asked.expires or old.expires, not_before=asked.not_before or old.not_before
        )
        self._put(new, old.etag)
        return to_json(new)

    def list(self, group: HasDescription) -> Sequence[dict[str, Any]]:
        """The group's invitations."""
        return [to_json(token) for token in self._of(group) if _visible(token)]

    def _of(self, group: HasDescription) -> Sequence[Token]:
        return self._file_call(lambda: self._file.of_group(group.name))

    def _put(self, token: Token, etag: str | None) -> None:
        self._file_call(lambda: self._file.put(token, etag, wanted=self._exists))

    def _file_call(self, call: Callable[[], T]) -> T:
        try:
            return call()
        except TagMismatch:
            raise TokenError("error", "somebody else changed this invitation, try again") from None
        except UnknownGroup:
            raise TokenError("error", "this group does not exist any more") from None
        except StorageError:
            raise TokenError("error", "invitations cannot be stored at the moment") from None

    def _check_name(self, group: HasDescription, username: str | None) -> None:
        if username is None:
            return
        if not valid_user_name(username):
            raise TokenError("error", "this username is not possible")
        if looks(username) & (reserved() | all_looks(group.description.users)):
            raise TokenError("error", "that username is taken")

    def _parse(self, value: object) -> Token:
        if not isinstance(value, Mapping):
            raise TokenError("error", "bad token value")
        username = _text(value, "username")
        return Token(
            token=_text(value, "token") or "",
            group=normal(_text(value, "group") or ""),
            include_subgroups=bool(value.get("includeSubgroups")),
            username=None if username is None else normal(username),
            permissions=_texts(value, "permissions"),
            expires=self._time(value, "expires"),
            not_before=self._time(value, "not-before"),
            issued_at=self._time(value, "issuedAt"),
            issued_by=_text(value, "issuedBy"),
        )

    def _time(self, value: Mapping[str, object], name: str) -> Timestamp | None:
        """A time, or a number of milliseconds from now."""
        raw = value.get(name)
        try:
            match raw:
                case None:
                    return None
                case str():
                    return Timestamp.parse(raw)
                case int() | float() if not isinstance(raw, bool):
                    return Timestamp.at(self._wall_clock() + raw / 1000)
        except (ValueError, OverflowError):
            pass
        raise TokenError("error", f"{name}: not a time")


def _visible(token: Token) -> bool:
    return not _NEVER & set(token.permissions or ())


def _text(value: Mapping[str, object], name: str) -> str | None:
    raw = value.get(name)
    if raw is not None and (not isinstance(raw, str) or len(raw) > shared.SIGNAL_NAME_CHARS):
        raise TokenError("error", f"{name}: not a string, or too long")
    return raw


def _texts(value: Mapping[str, object], name: str) -> list[str] | None:
    raw = value.get(name)
    if raw is None:
        return None
    if not isinstance(raw, list | tuple) or len(raw) > shared.SIGNAL_LIST_ITEMS:
        raise TokenError("error", f"{name}: not a list of strings, or too long")
    if not all(isinstance(item, str) and len(item) <= shared.SIGNAL_NAME_CHARS for item in raw):
        raise TokenError("error", f"{name}: not a list of strings")
    return list(raw)
