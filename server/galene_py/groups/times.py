"""Points in time as they stand in files: RFC 3339 text whose exact spelling survives a round trip.

Pure; "now" always comes from the caller, in seconds since 1970.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime

_RFC3339 = re.compile(
    r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.(?P<fraction>\d{1,9}))?(?:Z|[+-]\d\d:\d\d)", re.ASCII
)


class Timestamp:
    """A time: `text` as written, `unix` in seconds since 1970. Never changes after it was made."""

    # No dataclass: the decoder would take that for a JSON object.
    __slots__ = ("text", "unix")

    def __init__(self, text: str, unix: float) -> None:
        self.text = text
        self.unix = unix

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Timestamp) and other.unix == self.unix

    def __hash__(self) -> int:
        return hash(self.unix)

    def __repr__(self) -> str:
        return f"Timestamp({self.text!r})"

    @classmethod
    def parse(cls, text: str) -> Timestamp:
        """Read RFC 3339, or any ISO 8601 that Python knows (without zone: UTC). Raises ValueError."""
        if len(text) > 40:
            raise ValueError("not a time in RFC 3339 format")
        match = _RFC3339.fullmatch(text)
        try:
            moment = datetime.fromisoformat(text)
            if moment.tzinfo is None:
                moment = moment.replace(tzinfo=UTC)
            unix = moment.timestamp()
            if match is None:
                text = _print(moment.astimezone(UTC))
        except (ValueError, OverflowError):
            raise ValueError(f"{text!r} is not a time in RFC 3339 format") from None
        if match is not None and match["fraction"]:
            text = text[:19] + _trimmed(match["fraction"]) + text[match.end("fraction") :]
        return cls(text, unix)

    @classmethod
    def at(cls, unix: float) -> Timestamp:
        """The time `unix` seconds after 1970, to the microsecond. Raises ValueError beyond the year 9999."""
        try:
            moment = datetime.fromtimestamp(unix, UTC)
        except (OverflowError, OSError, ValueError):
            raise ValueError("time out of range") from None
        return cls(_print(moment), moment.timestamp())


def _trimmed(fraction: str) -> str:
    digits = fraction.rstrip("0")
    return f".{digits}" if digits else ""


def _print(moment: datetime) -> str:
    return moment.strftime(f"{moment.year:04}-%m-%dT%H:%M:%S") + _trimmed(f"{moment.microsecond:06}") + "Z"
