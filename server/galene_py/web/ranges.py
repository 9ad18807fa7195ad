"""Which bytes of something a request wants (RFC 9110 §14), and whether it wants any (§13). Pure."""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime

from aiohttp import hdrs

from galene_py.web import limits

_SPEC = re.compile(r"(\d{0,18})-(\d{0,18})")
_TAG = re.compile(r'(W/)?"([\x21\x23-\x7e\x80-\U0010ffff]*)"')


@dataclass(frozen=True, slots=True)
class Range:
    """Bytes from `first` to `last`, both included."""

    first: int
    last: int
    open_end: bool = False
    """Whether the request named no last byte."""

    @property
    def length(self) -> int:
        """Bytes; at least 1."""
        return self.last - self.first + 1


class UnsatisfiableError(Exception):
    """None of the bytes that are wanted is there: 416."""


def parse(header: str, size: int) -> list[Range] | None:
    """The ranges of a Range header of something that has `size` bytes, in the order asked for.

    None where the header has to be ignored: there is none, another unit, it is malformed, or it asks for
    more than `limits.RANGES` parts or for the same bytes twice (§14.2). Raises UnsatisfiableError.
    """
    unit, _, specs = header.partition("=")
    if unit.strip().lower() != "bytes":
        return None
    found = []
    parts = [part.strip(" \t") for part in specs.split(",")]
    for part in filter(None, parts):
        match = _SPEC.fullmatch(part)
        if match is None or part == "-":
            return None
        first, last = match[1], match[2]
        if first and last and int(last) < int(first):
            return None
        if wanted := _within(first, last, size):
            found.append(wanted)
    if not any(parts):
        return None
    if not found:
        raise UnsatisfiableError
    in_order = sorted(found, key=lambda each: each.first)
    overlap = any(a.last >= b.first for a, b in itertools.pairwise(in_order))
    return None if overlap or len(found) > limits.RANGES else found


def _within(first: str, last: str, size: int) -> Range | None:
    if not first:  # the last so many
        length = min(int(last), size)
        return Range(size - length, size - 1) if length else None
    if int(first) >= size:
        return None
    return Range(int(first), min(int(last), size - 1) if last else size - 1, open_end=not last)


@dataclass(frozen=True, slots=True)
class Version:
    """Which version of something there is."""

    tag: str
    """A strong entity tag, without its quotes."""
    modified: int
    """Unix time."""

    def headers(self) -> dict[str, str]:
        """What tells of it."""
        return {
            hdrs.ETAG: f'"{self.tag}"',
            hdrs.LAST_MODIFIED: format_datetime(datetime.fromtimestamp(self.modified, UTC), usegmt=True),
        }


def precondition(headers: Mapping[str, str], version: Version) -> int:
    """412 or 304 if the conditions of a GET or HEAD say so, else 0 (RFC 9110 §13.2.2)."""
    if (wanted := headers.get(hdrs.IF_MATCH)) is not None:
        if not _matches(wanted, version, weakly=False):
            return 412
    elif (since := _date(headers.get(hdrs.IF_UNMODIFIED_SINCE))) is not None and version.modified > since:
        return 412
    if (known := headers.get(hdrs.IF_NONE_MATCH)) is not None:
        if _matches(known, version, weakly=True):
            return 304
    elif (since := _date(headers.get(hdrs.IF_MODIFIED_SINCE))) is not None and version.modified <= since:
        return 304
    return 0


def in_range(headers: Mapping[str, str], version: Version) -> bool:
    """Whether a Range header counts: If-Range, if there is one, names this very version (§13.1.5)."""
    condition = headers.get("If-Range")
    if condition is None:
        return True
    tag = _TAG.fullmatch(condition.strip())
    if tag is not None:
        return not tag[1] and tag[2] == version.tag
    return _date(condition) == version.modified


def _matches(header: str, version: Version, *, weakly: bool) -> bool:
    if header.strip() == "*":
        return True
    return any(tag == version.tag and (weakly or not weak) for weak, tag in _TAG.findall(header))


def _date(text: str | None) -> int | None:
    try:
        return None if text is None else int(parsedate_to_datetime(text).timestamp())
    except (ValueError, OverflowError):
        return None
