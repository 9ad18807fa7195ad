"""Which names could be taken for one another, such as `admin`, `Admin`, `admın` and `admin.`.

By the skeletons of Unicode TR39 §4, without regard to case, blanks, punctuation and symbols. Accents
count (Jose is not José), and so do letters that differ to the eye (Анна is not Anna). Who may have which name
is decided elsewhere (`admission`, `live`). Pure, apart from the table, which is read once.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path

from galene_py.groups import limits
from galene_py.groups.names import HIDDEN

_TABLE = Path(__file__).with_name("confusables.txt")
"""made by scripts/confusables.py"""

RESERVED_NAMES = ("server", "system", "operator", "moderator", "admin", "administrator")
"""Names under which the server speaks, or might be thought to: nobody may choose them."""


@lru_cache(maxsize=limits.LOOKS_KEPT)
def looks(name: str) -> frozenset[str]:
    """What a name looks like, in one or two ways; names that share one could be taken for one another.

    Two, because capitals look like other letters than small ones: I like l, and i like a dotless ı.
    """
    if name.isascii():  # most are, and a file may have thousands
        skeletons, bare = _ascii_tables()
        found = (name.lower().translate(bare), name.translate(skeletons).lower().translate(bare))
        if all(found):
            return frozenset(found)
    text = "".join(c for c in unicodedata.normalize("NFKC", name) if c not in HIDDEN)
    small = _skeleton(text.casefold())
    return frozenset(filter(None, (_bare(small), _bare(_skeleton(_skeleton(text).casefold())))))


def all_looks(names: Iterable[str]) -> frozenset[str]:
    """What any of these names looks like."""
    return frozenset().union(*map(looks, names))


@lru_cache(maxsize=1)
def reserved() -> frozenset[str]:
    """What the reserved names look like."""
    return all_looks(RESERVED_NAMES)


def _skeleton(text: str) -> str:
    mapped = unicodedata.normalize("NFD", text).translate(_table())
    return unicodedata.normalize("NFD", mapped)


def _bare(text: str) -> str:
    """Letters, digits and their marks; of a name without any of these, everything."""
    # A dot over an i is there already.
    text = text.replace("i\u0307", "i").replace("j\u0307", "j")
    return "".join(c for c in text if unicodedata.category(c)[0] not in "PSZC") or text.strip()


@lru_cache(maxsize=1)
def _ascii_tables() -> tuple[dict[int, str], dict[int, str]]:
    """The skeleton of each ASCII character that is a letter or digit, and the bare skeleton of any."""
    skeletons = {code: _skeleton(chr(code)) for code in range(128) if chr(code).isalnum()}
    bare = {}
    for code in range(128):
        shown = _skeleton(chr(code))
        bare[code] = "".join(c for c in shown if unicodedata.category(c)[0] not in "PSZC")
    return skeletons, bare


@lru_cache(maxsize=1)
def _table() -> Mapping[int, str]:
    table: dict[int, str] = {}
    for line in _TABLE.read_text(encoding="ascii").splitlines():
        if not line.startswith("#"):
            prototype, _, alike = line.partition(": ")
            shown = "".join(chr(int(code, 16)) for code in prototype.split("+"))
            table.update((int(code, 16), shown) for code in alike.split())
    return table
