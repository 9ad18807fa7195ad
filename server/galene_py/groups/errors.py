"""What can go wrong with groups, as exceptions. Texts are in plain words and carry no secrets."""

from __future__ import annotations

from enum import StrEnum


class Why(StrEnum):
    """Why somebody may not enter, or must go: the `error` of the message that says so, for programs."""

    NEED_USERNAME = "need-username"
    DUPLICATE_USERNAME = "duplicate-username"
    BAD_USERNAME = "bad-username"
    NEED_PASSWORD = "need-password"
    NOT_AUTHORISED = "not-authorised"
    LOCKED = "group-locked"
    LOCKED_WITH_WORDS = "group-locked-with-words"
    """locked, and the text is what an operator wrote about it"""
    FULL = "group-full"
    NOT_OPEN = "group-not-open"
    CLOSED = "group-closed"
    NO_OPERATOR = "no-operator"
    UNKNOWN_GROUP = "unknown-group"
    BROKEN_GROUP = "broken-group"
    TOKEN_BAD = "token-bad"
    TOKEN_EXPIRED = "token-expired"
    TOKEN_REVOKED = "token-revoked"
    TOKEN_NOT_YET = "token-not-yet-valid"
    TOKEN_WRONG_GROUP = "token-wrong-group"
    REMOVED = "user-removed"
    BANNED = "banned"
    """an operator or an admin keeps them out for a while"""
    DUPLICATE_ID = "duplicate-id"
    BAD_REQUEST = "bad-request"
    BUSY = "busy"
    INTERNAL = "internal-error"


class GroupError(Exception):
    """A group cannot be used: its file is broken or unreadable. The text is for the admin."""


class UnknownGroup(GroupError):
    """There is no group, user or token of that name."""


class DescriptionError(GroupError):
    """A description is wrong; the text names the field."""


class TagMismatch(GroupError):
    """Somebody else changed it in the meantime: the caller's ETag is no longer the current one."""


class StorageError(GroupError):
    """The disk refused; nothing was changed."""


class Refused(Exception):
    """Somebody may not enter, or must go. `code` is for programs, `text` for people."""

    def __init__(self, code: Why, text: str) -> None:
        super().__init__(text)
        self.code = code
        self.text = text


class TokenError(Exception):
    """A token cannot be made or changed. `code` is `error` or `not-authorised`, `text` is for people."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code
        self.text = text
