"""Which strings may name a group or a user.

A group's name becomes a path below the groups directory and part of a URL, a user's name becomes part of a
URL and is shown to others; so both refuse what could leave a directory, and what looks like something else
than it is. Pure functions.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

from galene_py import limits as shared
from galene_py.groups import limits

_INVISIBLE = frozenset(
    chr(code)
    for code in (
        *(0x00AD, 0x034F, 0x061C, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x200B, 0x200E, 0x200F, 0x2028, 0x2029),
        *(0x2060, 0x2800, 0x3164, 0xFEFF, 0xFFA0, 0xFFFE),
        *range(0x180B, 0x1810),
        *range(0x202A, 0x202F),
        *range(0x2061, 0x2070),
        *range(0xFFF9, 0xFFFC),
        *range(0x1BCA0, 0x1BCA4),
        *range(0x1D173, 0x1D17B),
        *range(0xE0000, 0xE0100),
        *range(0xE01F0, 0xE1000),
    )
)
"""Direction overrides, zero-width and blank characters, line separators: they hide text or turn it around."""

_JOINERS = frozenset("\u200c\u200d")
"""Needed within some scripts and within emoji, hidden between Latin letters."""

_SELECTORS = frozenset(map(chr, (*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0))))
"""Choose a form of the character before them: of emoji and ideographs. Hidden behind Latin letters."""

HIDDEN = _INVISIBLE | _JOINERS | _SELECTORS
"""Characters that show nothing by themselves."""

_UNSEEN = frozenset(("Zs", "Zl", "Zp", "Cc", "Cf", "Cs", "Mn", "Mc", "Me"))

_KEYCAP = "\u20e3"
"""Makes an emoji of a digit and a selector."""


def normal(name: str) -> str:
    """The one form (NFC) in which names are kept and compared, however a keyboard or a disk spells them."""
    return unicodedata.normalize("NFC", name)


def valid_group_name(name: str) -> bool:
    """Whether a group may have this name, which may be hierarchical ('teaching/maths')."""
    if not name or len(name) > limits.GROUP_NAME_CHARS or not _plain(name):
        return False
    return all(_valid_segment(segment) for segment in name.split("/"))


def valid_user_name(name: str) -> bool:
    """Whether a user may have this name; the empty one is valid, if the group admits it."""
    if not name:
        return True
    if len(name) > shared.USER_NAME_CHARS or not _plain(name) or _misleading(name) or blank(name):
        return False
    return all(segment and not segment.startswith(".") for segment in name.split("/"))


def blank(name: str) -> bool:
    """Whether there is nothing to be seen of a name: blanks, marks without a letter, format characters.

    The page judges alike: static/model/names.js.
    """
    return all(c in _INVISIBLE or unicodedata.category(c) in _UNSEEN for c in name)


def parents(name: str) -> Iterable[str]:
    """The names of the groups above a group, nearest first."""
    while "/" in name:
        name = name.rpartition("/")[0]
        yield name


def _valid_segment(segment: str) -> bool:
    if not segment or segment.startswith("."):
        return False
    return len(segment.encode("utf-8")) <= shared.GROUP_SEGMENT_BYTES


def _plain(name: str) -> bool:
    """No backslash, no control characters, nothing that UTF-8 cannot carry."""
    return not any(c == "\\" or unicodedata.category(c) in ("Cc", "Cs") for c in name)


def _misleading(name: str) -> bool:
    if any(c in _INVISIBLE for c in name):
        return True
    for index, c in enumerate(name):
        before, after = name[max(index - 1, 0) : index], name[index + 1 : index + 2]
        if c in _JOINERS and (not before or not after or (before + after).isascii()):
            return True
        if c in _SELECTORS and before.isascii() and after != _KEYCAP:
            return True
    return False
