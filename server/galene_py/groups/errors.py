"""What can go wrong with groups, as exceptions. Texts are in plain words and carry no secrets."""

from __future__ import annotations


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
    """Somebody may not enter. `code` is for programs, `text` for people."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code
        """'' or one of the protocol's `need-username` and `duplicate-username`"""
        self.text = text


class TokenError(Exception):
    """A token cannot be made or changed. `code` is `error` or `not-authorised`, `text` is for people."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code
        self.text = text
