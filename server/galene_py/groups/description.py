"""The contents of a group file: typed, validated, with Galène's names for all fields.

Reading is strict, as far as the files that work with Galène allow: a field that nobody knows or a value of a
wrong type is an error that names the field; odd but harmless things are warnings. Field names are taken
without regard to case, and `null` means absent, as in Galène. Obsolete fields are translated.

Pure: bytes come in, structures go out. Never opens a file.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, TypeAlias, TypeVar

import msgspec
from msgspec.structs import fields as struct_fields

from galene_py import json_text
from galene_py.groups import limits
from galene_py.groups.errors import DescriptionError
from galene_py.groups.names import normal, valid_user_name
from galene_py.groups.passwords import Password, problem
from galene_py.groups.permissions import ROLES, expand
from galene_py.groups.times import Timestamp
from galene_py.json_text import JsonError

CODECS = frozenset({"vp8", "vp9", "av1", "h264", "opus", "g722", "pcmu", "pcma"})
DEFAULT_CODECS = ("vp8", "opus")
SECRET_FIELDS = ("users", "wildcard-user", "authKeys")
"""What the administration interface never shows and never takes with the rest."""

T = TypeVar("T")
Number: TypeAlias = Annotated[int, msgspec.Meta(ge=-limits.GROUP_NUMBER, le=limits.GROUP_NUMBER)]


class User(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """What the group knows of a user: how to recognise it, and what it may do."""

    password: str | Password | None = None
    permissions: str | list[str] | None = None


class Description(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """A group file. Absent fields have the defaults below; times are in RFC 3339."""

    display_name: str = msgspec.field(default="", name="displayName")
    description: str = ""
    contact: str = ""
    comment: str = ""
    public: bool = False
    redirect: str = ""
    max_clients: Number = msgspec.field(default=0, name="max-clients")
    max_history_age: Number = msgspec.field(default=0, name="max-history-age")
    expires: Timestamp | None = None
    not_before: Timestamp | None = msgspec.field(default=None, name="not-before")
    allow_recording: bool = msgspec.field(default=False, name="allow-recording")
    unrestricted_tokens: bool = msgspec.field(default=False, name="unrestricted-tokens")
    auto_subgroups: bool = msgspec.field(default=False, name="auto-subgroups")
    autolock: bool = False
    autokick: bool = False
    users: dict[str, User] = {}
    wildcard_user: User | None = msgspec.field(default=None, name="wildcard-user")
    auth_keys: list[dict[str, Any]] = msgspec.field(default_factory=list, name="authKeys")
    auth_server: str = msgspec.field(default="", name="authServer")
    auth_portal: str = msgspec.field(default="", name="authPortal")
    codecs: list[str] = []

    @property
    def history_seconds(self) -> float:
        """How long chat messages are kept."""
        return float(self.max_history_age or limits.HISTORY_DEFAULT_SECONDS)

    @property
    def allowed_codecs(self) -> tuple[str, ...]:
        """The codecs to offer; unknown ones are left out."""
        return tuple(c for c in self.codecs if c in CODECS) if self.codecs else DEFAULT_CODECS

    def permissions_of(self, user: User) -> frozenset[str]:
        """What `user` may do in this group."""
        return expand(
            user.permissions,
            allow_recording=self.allow_recording,
            unrestricted_tokens=self.unrestricted_tokens,
        )


@dataclass(frozen=True, slots=True)
class Parsed:
    """A description and what was odd about it."""

    description: Description
    warnings: tuple[str, ...] = ()


class _Pattern(msgspec.Struct, frozen=True):
    """A user in files of old versions."""

    username: str = ""
    password: str | Password | None = None


_OLD_LISTS = {"op": "op", "presenter": "present", "other": "message"}
_OLD_FIELDS = {*_OLD_LISTS, "allow-subgroups", "allow-anonymous"}
_FIELDS = {field.encode_name.lower(): field.encode_name for field in struct_fields(Description)}
_FIELDS.update({name: name for name in _OLD_FIELDS})
_USER_FIELDS = {"password": "password", "permissions": "permissions"}
_PASSWORD_FIELDS = {name: name for name in Password.__struct_fields__}


def parse(data: bytes) -> Parsed:
    """Read a group file. Raises DescriptionError with the field, or the line, that is wrong."""
    if len(data) > limits.GROUP_FILE_BYTES:
        raise DescriptionError(f"larger than {limits.GROUP_FILE_BYTES} bytes")
    return from_object(decode_json(data))


def from_object(raw: object) -> Parsed:
    """Make a description of decoded JSON. Raises DescriptionError."""
    tree = known_fields(raw, _FIELDS, "")
    warnings: list[str] = []
    _upgrade(tree, warnings)
    users = tree.pop("users", {})
    wildcard = tree.pop("wildcard-user", None)
    if not isinstance(users, dict):
        raise DescriptionError("users: must be an object that maps names to users")
    tree["users"] = {
        name: User() if user is None else user_from_object(user, f"users.{name}")
        for name, user in by_normal_name(users, "users").items()
    }
    if wildcard is not None:
        tree["wildcard-user"] = user_from_object(wildcard, "wildcard-user")
    description = convert(tree, Description, "")
    _warn(description, warnings)
    return Parsed(description, tuple(warnings))


def by_normal_name(users: Mapping[str, T], where: str) -> dict[str, T]:
    """The same with names in their normal form. Raises DescriptionError for two that are the same then."""
    result: dict[str, T] = {}
    for name, user in users.items():
        if normal(name) in result:
            raise DescriptionError(f"{json_text.at(where, name)}: stands there twice, in two Unicode forms")
        result[normal(name)] = user
    return result


def user_from_object(raw: object, where: str = "") -> User:
    """Make a user of decoded JSON. Raises DescriptionError; `where` prefixes the field's name."""
    if isinstance(raw, User):
        return raw
    tree = known_fields(raw, _USER_FIELDS, where)
    password = tree.get("password")
    if isinstance(password, dict):
        # As in Galène, what else stands there does not count.
        place = json_text.at(where, "password")
        tree["password"] = known_fields(password, _PASSWORD_FIELDS, place, strangers=True)
    user = convert(tree, User, where)
    if isinstance(user.permissions, str) and user.permissions not in ROLES:
        known = ", ".join(ROLES)
        raise DescriptionError(f"{json_text.at(where, 'permissions')}: unknown permission; known: {known}")
    return user


def password_from_object(raw: object) -> Password | str | None:
    """Make a password of decoded JSON; None: no password. Raises DescriptionError when it cannot work."""
    tree = {"password": raw}
    if isinstance(raw, dict):
        tree["password"] = known_fields(raw, _PASSWORD_FIELDS, "")
    password = convert(tree, User, "").password
    wrong = problem(password)
    if wrong:
        raise DescriptionError(wrong)
    return None if isinstance(password, Password) and not password.type else password


def sanitised(description: Description) -> dict[str, Any]:
    """The description as JSON without users, passwords and keys."""
    tree = to_object(description)
    for name in SECRET_FIELDS:
        tree.pop(name, None)
    return tree


def to_object(value: object) -> dict[str, Any]:
    """A structure as plain JSON types."""
    tree = msgspec.to_builtins(value, enc_hook=_encode)
    assert isinstance(tree, dict)
    return tree


def to_bytes(description: Description) -> bytes:
    """The text of a group file: indented, for people who look at it."""
    return msgspec.json.format(msgspec.json.encode(to_object(description)), indent=4) + b"\n"


def decode_json(data: bytes) -> object:
    """Decode JSON; raises DescriptionError with line and column, or with the field."""
    try:
        return json_text.decode(data)
    except JsonError as error:
        raise DescriptionError(str(error)) from None


def known_fields(
    raw: object, known: Mapping[str, str], where: str, *, strangers: bool = False
) -> dict[str, Any]:
    """As `json_text.fields`. Raises DescriptionError."""
    try:
        return json_text.fields(raw, known, where, strangers=strangers)
    except JsonError as error:
        raise DescriptionError(str(error)) from None


def convert(tree: object, type_: type[T], where: str) -> T:
    """Decoded JSON to a structure. Raises DescriptionError naming the field."""
    try:
        return json_text.convert(tree, type_, where, dec_hook=_decode)
    except JsonError as error:
        raise DescriptionError(str(error)) from None


def _decode(type_: type, value: object) -> object:
    if type_ is Timestamp and isinstance(value, str):
        return Timestamp.parse(value)
    if type_ is Timestamp:
        raise ValueError("Expected a time in RFC 3339 format")
    raise NotImplementedError


def _encode(value: object) -> object:
    if isinstance(value, Timestamp):
        return value.text
    raise NotImplementedError


def _upgrade(tree: dict[str, Any], warnings: list[str]) -> None:
    """Translate what old versions wrote."""
    if "allow-anonymous" in tree:
        del tree["allow-anonymous"]
        warnings.append("allow-anonymous is obsolete and ignored")
    if "allow-subgroups" in tree:
        warnings.append("allow-subgroups is obsolete: write auto-subgroups")
        if convert(tree.pop("allow-subgroups"), bool, "allow-subgroups"):
            tree["auto-subgroups"] = True
    for old, role in _OLD_LISTS.items():
        if old not in tree:
            continue
        warnings.append(f"{old} is obsolete: its users count as users with permissions {role}")
        patterns = convert(tree.pop(old), list[_Pattern], old)
        users = tree.get("users", {})
        if not isinstance(users, dict):
            return  # reported by the caller
        users = dict(users)
        for pattern in patterns:
            password = Password(type="wildcard") if pattern.password is None else pattern.password
            user = User(password=password, permissions=role)
            if not pattern.username:
                if tree.setdefault("wildcard-user", user) is not user:
                    warnings.append(f"{old}: duplicate wildcard user ignored")
            elif users.setdefault(pattern.username, user) is not user:
                warnings.append(f"{old}: duplicate user {pattern.username!r} ignored")
        if patterns:
            tree["users"] = users


def _warn(description: Description, warnings: list[str]) -> None:
    for codec in description.codecs:
        if codec not in CODECS:
            warnings.append(f"codecs: {codec!r} is unknown and left out")
    for name, user in description.users.items():
        if not valid_user_name(name):
            warnings.append(f"users: nobody can have the name {name!r}")
        wrong = problem(user.password)
        if wrong:
            warnings.append(f"users.{name}.password: {wrong}")
    if description.wildcard_user and (wrong := problem(description.wildcard_user.password)):
        warnings.append(f"wildcard-user.password: {wrong}")
