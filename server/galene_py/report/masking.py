"""Hides what a report must not tell. Pure.

The same name, host or address gets the same stand-in everywhere, so that lines can still be followed. Of an
address, the version stays readable and whether it is private; loopback addresses stay as they are.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable
from urllib.parse import quote

from galene_py.log import clean

HIDDEN = "(hidden)"
_SECRET_FIELDS = re.compile(r"(?i)pass|secret|token|credential|key|salt|hash|username")
_TEXT_FIELDS = frozenset({"displayName", "description", "contact", "comment"})
_OPEN_FIELDS = frozenset({"type", "permissions", "credentialType", "allow-anonymous"})
_ADDRESS = re.compile(r"(?<![\w.])[0-9a-fA-F:]*[.:][0-9a-fA-F:.]*[0-9a-fA-F:]")
"""What may begin with an address; a port or a colon may follow it."""
_SPOKEN = re.compile(r"(?i)(\b(?:password|token) (?:is )?)(?=\S*\d)\S+")
"""What the server says when it has made one."""
_QUOTED = re.compile(r"(?<!\w)(?:'([^']+)'|\"([^\"]+)\")(?!\w)")
"""Names, as the log has them."""
_HOST = re.compile(r"(?<=://)(?![\d.]+[:/]|\[|localhost\b|\w+-ipv)[\w.-]+")
_MAIL = re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]+")
_LONG = re.compile(r"(?<![\w-])(?=[\w-]*\d)(?=[\w-]*[A-Za-z])[\w-]{20,}(?![\w-])")
"""Letters and digits in one: an invitation, an identifier, a hash."""


class Mask:
    """Stand-ins for names and addresses, as they turn up."""

    def __init__(self) -> None:
        self._known: dict[str, str] = {}
        self._counts: dict[str, int] = {}
        self._names: re.Pattern[str] | None = None

    def stand_in(self, kind: str, name: str) -> str:
        """What stands for a name: its kind and a number."""
        if name not in self._known:
            self._counts[kind] = self._counts.get(kind, 0) + 1
            self._known[name] = f"{kind}-{self._counts[kind]}"
        return self._known[name]

    def learn(self, kind: str, names: Iterable[str]) -> None:
        """Hide these names from now on, wherever they stand as whole words."""
        for name in names:
            if name:
                stand_in = self.stand_in(kind, name)
                self._known.setdefault(quote(name, safe="/"), stand_in)
        words = "|".join(map(re.escape, sorted(self._known, key=len, reverse=True)))
        self._names = re.compile(rf"(?<!\w)(?:{words})(?!\w)") if words else None

    def line(self, text: str) -> str:
        """A line of a log, or a message."""
        text = _SPOKEN.sub(rf"\1{HIDDEN}", clean(text))
        text = _QUOTED.sub(lambda found: repr(self.stand_in("name", found[1] or found[2])), text)
        text = _ADDRESS.sub(self._address, text)
        text = _HOST.sub(self._host, text)
        text = _MAIL.sub("(mail address)", text)
        if self._names is not None:
            text = self._names.sub(lambda found: self._known[found[0]], text)
        return _LONG.sub("(long word)", text)

    def tree(self, value: object, field: str = "") -> object:
        """A JSON value: of secret fields, only that they are there; names of users become stand-ins."""
        if field and field not in _OPEN_FIELDS and _SECRET_FIELDS.search(field):
            return value if isinstance(value, bool | None) else HIDDEN
        if field in _TEXT_FIELDS and isinstance(value, str):
            return f"({len(value)} characters)"
        if isinstance(value, dict):
            named = field == "users"
            return {
                self.stand_in("user", key) if named else key: self.tree(inner, "" if named else key)
                for key, inner in value.items()
            }
        if isinstance(value, list):
            return [self.tree(inner, field) for inner in value]
        return self.line(value) if isinstance(value, str) else value

    def _host(self, found: re.Match[str]) -> str:
        return self.stand_in("host", found[0].lower())

    def _address(self, found: re.Match[str]) -> str:
        text = found[0]
        for end in range(len(text), 1, -1):
            try:
                address = ipaddress.ip_address(text[:end])
            except ValueError:
                continue
            if address.is_unspecified or address.is_loopback:
                return text
            kind = "private" if address.is_private or address.is_link_local else "public"
            return self.stand_in(f"{kind}-ipv{address.version}", str(address)) + text[end:]
        head, colon, rest = text.partition(":")  # a scheme of hexadecimal letters, or none
        return f"{head}:{_ADDRESS.sub(self._address, rest)}" if colon and head and rest else text
