"""Pieces of the OpenAPI document that are written by hand: names, passwords, keys, parameters.

Constants only.
"""

from __future__ import annotations

from typing import Any

from galene_py import limits
from galene_py.groups.limits import BAN_SECONDS, BAN_SECONDS_MOST
from galene_py.recording.limits import SHELF_PEOPLE

Json = dict[str, Any]

NAMES: Json = {"type": "array", "items": {"type": "string"}}

_LAYER: Json = {"type": "integer", "minimum": 0}
_AMOUNT: Json = {"type": "number", "minimum": 0}
_TRACK: Json = {
    "type": "object",
    "properties": {
        **dict.fromkeys(("sid", "maxSid", "tid", "maxTid"), _LAYER),
        **{name: _LAYER | {"description": "bit/s"} for name in ("bitrate", "maxBitrate")},
        "loss": _AMOUNT | {"maximum": 1},
        **{name: _AMOUNT | {"description": "milliseconds"} for name in ("rtt", "jitter")},
        **{name: {"type": "string"} for name in ("kind", "codec")},
    },
    "required": ["bitrate", "loss"],
}
_CONNECTION: Json = {
    "type": "object",
    "properties": {"id": {"type": "string"}, "tracks": {"type": "array", "items": _TRACK}},
    "required": ["id", "tracks"],
}
_CLIENT: Json = {
    "type": "object",
    "properties": {
        **{name: {"type": "string"} for name in ("id", "username")},
        **{name: {"type": "array", "items": _CONNECTION} for name in ("up", "down")},
    },
    "required": ["id"],
}
STATISTICS: Json = {
    "type": "array",
    "items": {
        "type": "object",
        "properties": {"name": {"type": "string"}, "clients": {"type": "array", "items": _CLIENT}},
        "required": ["name"],
    },
}

USERS = {
    ".users/{user}": "a user",
    ".empty-user": "the user with the empty name",
    ".wildcard-user": "the user for all other names",
}
"""Addresses below a group that stand for a user."""

TOKEN_SCOPES = {"{group}/": "a group", "": "the whole server"}
"""Addresses below `.groups/` under which tokens are kept."""

_LETTER = (
    r"[A-Za-z0-9 _@+\-\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f"
    r"\u0391-\u03a1\u03b1-\u03c9\u0410-\u044f\u4e00-\u9fff]"
)
GROUP_NAME: Json = {
    "type": "string",
    "pattern": f"^{_LETTER}+(/{_LETTER}+)*$",
    "minLength": 1,
    "maxLength": limits.GROUP_SEGMENT_BYTES,
}
USER_NAME: Json = {
    "type": "string",
    "pattern": f"^{_LETTER}*{_LETTER.replace(' ', '', 1)}$",
    "minLength": 1,
    "maxLength": limits.USER_NAME_CHARS,
}
"""Narrower than what is accepted: letters of some scripts. Refused are backslashes, control characters,
segments that begin with a dot, and for users what hides or turns around text."""

_BCRYPT = r"^\$2[aby]\$(0[4-9]|1[0-6])\$[./A-Za-z0-9]{53}$"
_HEX = r"^([0-9a-f]{2})+$"

PASSWORD: Json = {
    "anyOf": [
        {"type": "string", "description": "in plain text; better have it hashed"},
        {
            "type": "object",
            "properties": {"type": {"const": "wildcard"}},
            "required": ["type"],
            "additionalProperties": False,
            "description": "anything goes",
        },
        {
            "type": "object",
            "properties": {"type": {"const": "bcrypt"}, "key": {"type": "string", "pattern": _BCRYPT}},
            "required": ["type", "key"],
            "additionalProperties": False,
        },
        {
            "type": "object",
            "properties": {
                "type": {"const": "pbkdf2"},
                "hash": {"const": "sha-256"},
                "key": {"type": "string", "pattern": _HEX, "maxLength": 2 * limits.PBKDF2_BYTES},
                "salt": {"type": "string", "pattern": _HEX, "maxLength": 2 * limits.PBKDF2_BYTES},
                "iterations": {"type": "integer", "minimum": 1, "maximum": limits.PBKDF2_ITERATIONS_MAX},
            },
            "required": ["type", "hash", "key", "salt", "iterations"],
            "additionalProperties": False,
        },
    ]
}

_KEY_COMMON: Json = {"kid": {"type": "string"}}
_B64 = {"type": "string", "pattern": "^[A-Za-z0-9_-]+$"}

KEY_SET: Json = {
    "type": "object",
    "properties": {
        "keys": {
            "type": "array",
            "maxItems": limits.AUTH_KEYS,
            "items": {
                "type": "object",
                "properties": {
                    **_KEY_COMMON,
                    "kty": {"enum": ["oct", "EC", "RSA"]},
                    "alg": {"enum": ["HS256", "HS384", "HS512", "ES256", "RS256"]},
                    **dict.fromkeys(("k", "x", "y", "n", "e"), _B64),
                    "crv": {"const": "P-256"},
                },
                "required": ["kty", "alg"],
            },
        }
    },
    "required": ["keys"],
    "additionalProperties": False,
}

_ADDRESS: Json = {"type": "string", "description": "IPv4, or IPv6 of which the /64 counts"}
_MOMENT: Json = {"type": "string", "format": "date-time"}
BAN: Json = {
    "type": "object",
    "properties": {
        **{name: {"type": "string"} for name in ("id", "by", "name", "user")},
        **dict.fromkeys(("made", "expires"), _MOMENT),
        "address": _ADDRESS,
        "invitation": {"type": "boolean", "description": "whether an invitation is kept out, too"},
    },
    "required": ["id", "made", "expires"],
}
BANS: Json = {"type": "array", "items": BAN}
_BAN_SECONDS: Json = {
    "type": "number",
    "exclusiveMinimum": 0,
    "maximum": BAN_SECONDS_MOST,
    "default": BAN_SECONDS,
}
NEW_BAN: Json = {
    "oneOf": [
        {
            "type": "object",
            "properties": {name: schema, "seconds": _BAN_SECONDS},
            "required": [name],
            "additionalProperties": False,
        }
        for name, schema in (
            ("address", {"anyOf": [_ADDRESS | {"format": "ipv4"}, _ADDRESS | {"format": "ipv6"}]}),
            ("user", USER_NAME),
        )
    ]
}

_SIZE: Json = {"type": "integer", "minimum": 0}
_FILM: Json = {
    "anyOf": [
        {
            "type": "object",
            "properties": {
                "state": {"enum": ["waiting", "running", "failed", "done"]},
                "progress": {"type": "number", "minimum": 0, "maximum": 1},
                "why": {"type": "string"},
                "file": {"type": "string"},
            },
            "required": ["state"],
        },
        {"type": "null"},
    ],
    "description": "its one film; null: nobody asked for one; missing: this server makes none",
}
RECORDING: Json = {
    "type": "object",
    "properties": {
        "name": {"type": "string"},
        "start": _MOMENT | {"description": "of a file that nothing is known about: when it was changed last"},
        "state": {
            "enum": ["recording", "complete", "stopped", "interrupted", "unfinished", "unknown"],
            "description": "as in its JSON file; 'unfinished': its writer died, the next start of the server "
            "will finish it; 'unknown': there is no such file",
        },
        "duration": {"anyOf": [{"type": "number", "minimum": 0}, {"type": "null"}], "description": "seconds"},
        "bytes": _SIZE,
        "files": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"name": {"type": "string"}, "bytes": _SIZE},
                "required": ["name", "bytes"],
            },
            "description": "at /recordings/GROUP/NAME",
        },
        "people": NAMES | {"description": "the first of them, by name", "maxItems": SHELF_PEOPLE},
        "peopleCount": _SIZE,
        "chat": {"type": "boolean", "description": "whether there is any"},
        "film": _FILM,
        **{name: {"type": "string"} for name in ("by", "reason")},
    },
    "required": ["name", "start", "state", "duration", "bytes", "files", "people", "peopleCount", "chat"],
}
RECORDINGS: Json = {"type": "array", "items": RECORDING}

PARAMETERS: dict[str, tuple[str, Json]] = {
    "group": ("the group's name", GROUP_NAME),
    "user": ("the user's name", USER_NAME),
    "token": (
        "the token",
        {"type": "string", "pattern": "^[A-Za-z0-9_-]+$", "minLength": 1, "maxLength": 60},
    ),
    "ban": ("the ban", {"type": "string", "pattern": "^[0-9a-f]{12}$"}),
    "recording": ("the recording's name", {"type": "string", "pattern": "^[0-9_-]+$", "maxLength": 60}),
}


def parameter(name: str) -> Json:
    """A part of the address."""
    description, schema = PARAMETERS[name]
    return {"name": name, "in": "path", "required": True, "description": description, "schema": schema}


def condition(name: str) -> Json:
    """A header that makes the request depend on the thing's ETag."""
    schema = {"type": "string"}
    return {"name": name, "in": "header", "required": False, "schema": schema}
