"""Names as they are shown: one line, nothing invisible, not too long. Pure."""

from __future__ import annotations

import unicodedata

from galene_py.compose import limits

_NOBODY = "(no name)"


def readable(text: str) -> str:
    """A name without what shows nothing or turns its surroundings; never empty."""
    kept = (letter if unicodedata.category(letter)[0] not in "CZ" else " " for letter in text)
    short = " ".join("".join(kept).split())
    if len(short) > limits.NAME_LETTERS:
        return short[: limits.NAME_LETTERS - 1] + "…"
    return short or _NOBODY
