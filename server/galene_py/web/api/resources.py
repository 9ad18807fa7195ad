"""From a request's path to the thing it names: group, user, password, token, key set, recording, lists.

Names contain slashes but never a segment that begins with a dot, so such a segment ends a name. The path is
decoded exactly once. Pure.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes

from galene_py.groups.names import normal
from galene_py.web import limits

PREFIX = "/galene-api/"
ROOT = "/galene-api/v0"


class Kind(enum.Enum):
    """What a path can name."""

    OPENAPI = "the description of this interface"
    STATS = "statistics"
    SERVER = "the server itself"
    GROUPS = "list of groups"
    GROUP = "group definition"
    KEYS = "keys of a group"
    USERS = "list of users"
    USER = "user definition"
    PASSWORD = "password of a user"
    TOKENS = "list of tokens"
    TOKEN = "token"
    BANS = "list of bans"
    BAN = "ban"
    RECORDINGS = "list of recordings"
    RECORDING = "recording"
    FILM = "film of a recording"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Resource:
    """What a request is about; `group` may be set for NOTHING too, and says whose admin may learn that."""

    kind: Kind
    group: str = ""
    user: str = ""
    wildcard: bool = False
    token: str = ""
    ban: str = ""
    recording: str = ""


_NOTHING = Resource(Kind.NOTHING)


def parse(raw_path: str) -> Resource:
    """What an undecoded path below PREFIX names."""
    if len(raw_path) > limits.URL_PATH_BYTES:
        return _NOTHING
    try:
        path = normal(unquote_to_bytes(raw_path).decode("utf-8"))
    except UnicodeDecodeError:
        return _NOTHING
    version, kind, rest = _split(path.removeprefix("/galene-api"))
    if version != "/v0":
        return _NOTHING
    match kind:
        case ".openapi.json" if not rest:
            return Resource(Kind.OPENAPI)
        case ".stats" if not rest:
            return Resource(Kind.STATS)
        case ".server" if not rest:
            return Resource(Kind.SERVER)
        case ".groups":
            return _in_groups(rest)
    return _NOTHING


def _split(path: str) -> tuple[str, str, str]:
    """What comes before the first segment with a leading dot, that segment, and the rest."""
    before, dot, after = path.partition("/.")
    if not dot:
        return path, "", ""
    segment, slash, rest = after.partition("/")
    return before, "." + segment, slash + rest


def _in_groups(path: str) -> Resource:
    first, kind, rest = _split(path)
    group = first.removeprefix("/").removesuffix("/")
    match kind:
        case "":
            return Resource(Kind.GROUP, group) if group else Resource(Kind.GROUPS)
        case ".keys" if not rest and group:
            return Resource(Kind.KEYS, group)
        case ".users" if group:
            return _in_users(group, rest)
        case ".empty-user" | ".wildcard-user" if group and rest in ("", "/.password"):
            what = Kind.PASSWORD if rest else Kind.USER
            return Resource(what, group, wildcard=kind == ".wildcard-user")
        case ".tokens" if rest == "/":
            return Resource(Kind.TOKENS, group)
        case ".tokens" if rest:
            return Resource(Kind.TOKEN, group, token=rest[1:])
        case ".bans" if rest == "/":
            return Resource(Kind.BANS, group)
        case ".bans" if rest:
            return Resource(Kind.BAN, group, ban=rest[1:])
        case ".recordings" if group and rest == "/":
            return Resource(Kind.RECORDINGS, group)
        case ".recordings" if group and rest:
            name, film, beyond = _split(rest)
            if film in ("", ".film") and not beyond:
                return Resource(Kind.FILM if film else Kind.RECORDING, group, recording=name[1:])
    return Resource(Kind.NOTHING, group)


def _in_users(group: str, path: str) -> Resource:
    if path == "/":
        return Resource(Kind.USERS, group)
    first, kind, rest = _split(path)
    user = first.removeprefix("/")
    if user and kind in ("", ".password") and not rest:
        return Resource(Kind.PASSWORD if kind else Kind.USER, group, user)
    return Resource(Kind.NOTHING, group)
