"""What a request shows of who sends it: HTTP Basic (RFC 7617) or a Bearer token (RFC 6750). Pure."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass, field

from aiohttp import hdrs, web

from galene_py.groups.names import normal


@dataclass(frozen=True, slots=True)
class Shown:
    """What the request carries; the empty one is the default."""

    username: str | None = None
    password: str = field(default="", repr=False)
    token: str = field(default="", repr=False)

    @classmethod
    def by(cls, request: web.Request) -> Shown:
        """Credentials of the header; anything that is not well-formed counts as none."""
        header = request.headers.get(hdrs.AUTHORIZATION, "")
        scheme, _, rest = header.strip().partition(" ")
        if scheme.lower() == "bearer":
            return cls(token=rest.strip())
        if scheme.lower() != "basic":
            return cls()
        try:
            decoded = base64.b64decode(rest.strip(), validate=True).decode("utf-8")
        except (binascii.Error, UnicodeDecodeError, ValueError):
            return cls()
        username, colon, password = decoded.partition(":")
        return cls(normal(username), password) if colon else cls()
