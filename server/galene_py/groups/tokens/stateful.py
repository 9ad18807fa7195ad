"""Stateful tokens: one line of `data/var/tokens.jsonl` each, and what it entitles to.

Pure; "now" comes from the caller in seconds since 1970.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
from typing import Any

import msgspec
from msgspec.structs import replace

from galene_py.groups import limits
from galene_py.groups.description import convert, decode_json, known_fields, to_object
from galene_py.groups.errors import DescriptionError, Refused, Why
from galene_py.groups.names import normal, valid_group_name, valid_user_name
from galene_py.groups.times import Timestamp

EXPIRED = "this invitation has expired"
NOT_YET = "this invitation is not valid yet"
WRONG_GROUP = "this invitation is for another group"
UNKNOWN = "this invitation is unknown or was revoked"


class Token(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """An invitation. Without `username` whoever uses it chooses a name; without `expires` it never counts."""

    token: str = ""
    group: str = ""
    include_subgroups: bool = msgspec.field(default=False, name="includeSubgroups")
    username: str | None = None
    permissions: list[str] | None = None
    expires: Timestamp | None = None
    not_before: Timestamp | None = msgspec.field(default=None, name="not-before")
    issued_at: Timestamp | None = msgspec.field(default=None, name="issuedAt")
    issued_by: str | None = msgspec.field(default=None, name="issuedBy")

    def covers(self, group: str) -> bool:
        """Whether it is for this group; '' stands for the whole server."""
        if not group:
            return self.include_subgroups and not self.group
        if group == self.group:
            return True
        if not self.include_subgroups:
            return False
        return not self.group or group.startswith(self.group + "/")

    def check(self, group: str, now: float) -> None:
        """Raise Refused unless it admits to `group` now."""
        if not self.covers(group):
            raise Refused(Why.TOKEN_WRONG_GROUP, WRONG_GROUP)
        if self.expires is None or now > self.expires.unix:
            raise Refused(Why.TOKEN_EXPIRED, EXPIRED)
        if self.not_before is not None and now < self.not_before.unix:
            raise Refused(Why.TOKEN_NOT_YET, NOT_YET)

    @property
    def etag(self) -> str:
        """Changes whenever the token does; with its quotes."""
        return f'"{hashlib.sha256(to_line(self)).hexdigest()[:32]}"'


_FIELDS = {field.encode_name.lower(): field.encode_name for field in msgspec.structs.fields(Token)}


def new_name() -> str:
    """A new random token."""
    return base64.urlsafe_b64encode(secrets.token_bytes(limits.TOKEN_BYTES)).rstrip(b"=").decode("ascii")


def from_object(raw: object) -> Token:
    """Make a token of decoded JSON. Raises DescriptionError naming the field."""
    token = _token(known_fields(raw, _FIELDS, ""))
    if token.username is not None and not valid_user_name(token.username):
        raise DescriptionError("username: nobody can have this name")
    if token.group and not valid_group_name(token.group):
        raise DescriptionError("group: not a group's name")
    return token


def from_line(line: bytes) -> Token:
    """Read one line of the file; raises DescriptionError. What later versions may add is ignored."""
    token = _token(known_fields(decode_json(line), _FIELDS, "", strangers=True))
    if not token.token:
        raise DescriptionError("the field token is missing")
    return token


def _token(tree: dict[str, Any]) -> Token:
    token = convert(tree, Token, "")
    username = token.username if token.username is None else normal(token.username)
    return replace(token, group=normal(token.group), username=username)


def to_json(token: Token) -> dict[str, Any]:
    """As JSON; `token`, `group` and `permissions` are always there, as in the file."""
    tree = to_object(token)
    always = {"token": "", "group": "", "permissions": None}
    return {
        name: tree.get(name, always.get(name)) for name in _FIELDS.values() if name in tree or name in always
    }


def to_line(token: Token) -> bytes:
    """One line of the file, with its end."""
    return msgspec.json.encode(to_json(token)) + b"\n"
