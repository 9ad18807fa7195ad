"""The words that the server writes into pages, in the language that the browser asks for.

Each language is a directory of tables in the client's `i18n/`, and `server.json` is the server's. Sentences
are never put together: a text has places for values. No number changes a text here, since that takes CLDR's
rules. Reads the tables once; knows nothing of requests but one header.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

ENGLISH = "en"
ACCEPTED_LANGUAGES = 32
"""ranges of Accept-Language that are looked at; browsers send up to about ten"""
_PLACE = re.compile(r"\{(\w+)\}")
_WEIGHT = re.compile(r"\s*q=(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)\s*", re.IGNORECASE)
_TRADITIONAL = {"tw", "hk", "mo"}
"""regions whose Chinese is written in another script than that of China and Singapore"""


class Words:
    """The texts of one language."""

    def __init__(self, tag: str, texts: dict[str, str]) -> None:
        self.tag = tag
        self.name = texts["language.name"]
        self.dir = texts["language.dir"]
        self._texts = texts

    def __call__(self, key: str, **values: object) -> str:
        """A text with its values put in; plain, to be escaped where it is written into a page."""
        return _PLACE.sub(lambda place: str(values[place[1]]), self._texts[key])


class Languages:
    """All languages that there are."""

    def __init__(self, directory: Path) -> None:
        """directory: the client's `i18n/`; raises OSError and ValueError where that is not complete."""
        self._words = {
            path.parent.name: Words(path.parent.name, json.loads(path.read_text(encoding="utf-8")))
            for path in sorted(directory.glob("*/server.json"))
        }
        self.english = self._words[ENGLISH]
        self.listed = json.dumps(
            {tag: {"name": words.name, "dir": words.dir} for tag, words in self._words.items()},
            ensure_ascii=False,
            separators=(",", ":"),
        )
        """for the pages, as JSON"""

    def best(self, accept_language: str) -> Words:
        """The language for whoever sends this header, '' if none: English where no other fits."""
        for wanted in wanted_languages(accept_language):
            for tag, words in self._words.items():
                if _readers(tag) == _readers(wanted):
                    return words
        return self.english


def wanted_languages(header: str) -> list[str]:
    """The tags of an Accept-Language header (RFC 9110 §12.5.4), the best first, what is unwanted left out.

    Anything may stand in it: what is no weight counts as 1, what is no tag matches nothing.
    """
    weighed = []
    for part in header.split(",", ACCEPTED_LANGUAGES)[:ACCEPTED_LANGUAGES]:
        tag, _, rest = part.partition(";")
        weight = _WEIGHT.fullmatch(rest)
        weighed.append((float(weight[1]) if weight else 1.0, tag.strip()))
    return [tag for weight, tag in sorted(weighed, key=lambda one: -one[0]) if weight and tag]


def _readers(tag: str) -> tuple[str, str]:
    """Language and script, which tell apart what readers of one cannot read."""
    language, *rest = tag.lower().split("-")
    script = next((part for part in rest if len(part) == 4 and part.isalpha()), "")
    if language == "zh" and not script:
        script = "hant" if _TRADITIONAL.intersection(rest) else "hans"
    return language, script
