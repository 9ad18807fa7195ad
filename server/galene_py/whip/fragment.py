"""SDP fragments for trickling candidates and restarting ICE (RFC 8840, RFC 9725 §4.3). Pure.

The server is ICE-lite: it needs no candidates, so they are counted for the bound and dropped. What counts is
whether a fragment carries other credentials than before, which asks for a restart.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from galene_py.whip import limits

CONTENT_TYPE = "application/trickle-ice-sdpfrag"

_ICE_CHARS = re.compile(r"[A-Za-z0-9+/]+\Z")
_CREDENTIAL = re.compile(r"^a=(ice-ufrag|ice-pwd):.*$", re.MULTILINE)


class FragmentError(ValueError):
    """The one error of this module; its text may be shown to the client."""


@dataclass(frozen=True, slots=True)
class Fragment:
    """The ICE credentials in a fragment, both empty when it has none, and the number of its candidates."""

    ufrag: str = ""
    pwd: str = ""
    candidates: int = 0


def parse(text: str) -> Fragment:
    """Read a fragment; attributes that are not about ICE are skipped. Raises FragmentError."""
    lines = text.splitlines()
    if len(text) > limits.FRAGMENT_BYTES or len(lines) > limits.FRAGMENT_LINES:
        raise FragmentError("the fragment is too long")
    found: dict[str, str] = {}
    candidates = 0
    for line in lines:
        name, _, value = line.strip().partition(":")
        if name in ("a=ice-ufrag", "a=ice-pwd"):
            if found.setdefault(name, value) != value:
                raise FragmentError("the fragment's sections have different ICE credentials")
        elif name == "a=candidate":
            candidates += 1
        elif line.strip() and not re.match(r"[a-z]=", line):
            raise FragmentError(f"not a line of SDP: {line.strip()[:60]!r}")
    ufrag, pwd = found.get("a=ice-ufrag", ""), found.get("a=ice-pwd", "")
    if bool(ufrag) != bool(pwd):
        raise FragmentError("a fragment has both a=ice-ufrag and a=ice-pwd, or neither")
    if ufrag and not (4 <= len(ufrag) <= 256 and _ICE_CHARS.match(ufrag)):
        raise FragmentError("a=ice-ufrag has 4 to 256 characters, letters, digits, + and / (RFC 8839 §5.4)")
    if pwd and not (22 <= len(pwd) <= 256 and _ICE_CHARS.match(pwd)):
        raise FragmentError("a=ice-pwd has 22 to 256 characters, letters, digits, + and / (RFC 8839 §5.4)")
    return Fragment(ufrag, pwd, candidates)


def restarted(offer: str, fragment: Fragment) -> str:
    """The offer as it would be after the restart that `fragment` asks for."""
    values = {"ice-ufrag": fragment.ufrag, "ice-pwd": fragment.pwd}
    return _CREDENTIAL.sub(lambda match: f"a={match[1]}:{values[match[1]]}\r", offer).replace("\r\r", "\r")


def credentials(description: str) -> Fragment:
    """The first ICE credentials in a whole description."""
    found = dict(reversed([line[2:].split(":", 1) for line in ice_lines(description) if ":" in line]))
    return Fragment(found.get("ice-ufrag", ""), found.get("ice-pwd", ""))


def ice_lines(description: str) -> Sequence[str]:
    """What a description says of ICE in its first section that has credentials, session part included."""
    names = ("a=ice-", "a=candidate:", "a=end-of-candidates")
    lines: list[str] = []
    for line in description.splitlines():
        if line.startswith("m=") and any(known.startswith("a=ice-pwd") for known in lines):
            break
        if line.startswith(names):
            lines.append(line)
    return lines


def of_answer(description: str) -> str:
    """The fragment that tells of our side after a restart: the section whose transport all share."""
    sections = [line for line in description.splitlines() if line.startswith(("m=", "a=mid:", "a=group:"))]
    group = [line for line in sections if line.startswith("a=group:")]
    media = [line for line in sections if line.startswith("m=")][:1]
    mid = [line for line in sections if line.startswith("a=mid:")][:1]
    return "\r\n".join([*group, *media, *mid, *ice_lines(description)]) + "\r\n"
