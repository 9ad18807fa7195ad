"""The first start: a group to try the server with, when there is none.

Writes one group file, once, and says how to log in; the password exists nowhere else. Never touches a
directory in which there is any group. Later starts say which groups there are, and how to get another
password.
"""

from __future__ import annotations

import json
import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import bcrypt

NAMED = 5
"""Groups whose addresses a later start prints; more would hide the rest."""

GROUP = "demo"
OPERATOR = "operator"
_BCRYPT_ROUNDS = 10  # as strong as the random password needs, quick on a small machine
_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"  # nothing that is misread


@dataclass(frozen=True, slots=True)
class Demo:
    """What the admin must be told."""

    password: str

    def lines(self, url: str, *, self_signed: bool) -> list[str]:
        """The announcement; `url` is the server's root."""
        lines = [
            "",
            "There was no group yet, so here is one to try:",
            "",
            f"    {url}group/{GROUP}/",
            "",
            "    Anyone may join it with any name and no password.",
            f"    To moderate, log in as {OPERATOR!r} with the password {self.password}",
            "",
            "This password is shown only once.",
        ]
        if self_signed:
            lines.append("Browsers will warn about the self-signed certificate; accept it for this test.")
        return [*lines, ""]


def make_demo_group(groups: Path) -> Demo | None:
    """Create the group if the directory has no group at all; None otherwise. Raises OSError."""
    groups.mkdir(mode=0o750, parents=True, exist_ok=True)
    if any(groups.rglob("*.json")):
        return None
    password = "-".join("".join(secrets.choice(_ALPHABET) for _ in range(4)) for _ in range(4))
    key = bcrypt.hashpw(password.encode(), bcrypt.gensalt(_BCRYPT_ROUNDS)).decode("ascii")
    description = {
        "displayName": "Demo",
        "description": "A group to try the server with",
        "public": True,
        "users": {OPERATOR: {"password": {"type": "bcrypt", "key": key}, "permissions": "op"}},
        "wildcard-user": {"password": {"type": "wildcard"}, "permissions": "present"},
    }
    path = groups / f"{GROUP}.json"
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(description, file, indent=4)
        file.write("\n")
    return Demo(password)


def later_lines(groups: Path, url: str) -> list[str]:
    """What a start prints when there are groups: their addresses, and how the operator of the first gets in.

    `url` is the server's root. Raises OSError.
    """
    names = sorted(
        path.relative_to(groups).with_suffix("").as_posix()
        for path in groups.rglob("*.json")
        if not any(part.startswith(".") for part in path.relative_to(groups).parts)
    )
    lines = ["", *(f"    {url}group/{quote(name)}/" for name in names[:NAMED])]
    if len(names) > NAMED:
        lines.append(f"    and {len(names) - NAMED} more")
    if GROUP in names:
        lines += [
            "",
            f"To moderate {GROUP!r}, log in as {OPERATOR!r}. Another password for it, as administrator:",
            f"    galene-py ctl set-password --group {GROUP} --user {OPERATOR}",
            "The first administrator is made by galene-py ctl initial-setup; see INSTALL.md.",
        ]
    return [*lines, ""]
