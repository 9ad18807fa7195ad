"""Addresses of groups: what people copy from the browser, invitations included."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlsplit, urlunsplit

import aiohttp

from galene_py.client import limits
from galene_py.client.errors import AddressError, LostError, RefusedError


@dataclass(frozen=True, slots=True)
class Address:
    """`page`: the group's page, without a query, with a slash at its end; `token`: of an invitation."""

    page: str
    token: str = field(default="", repr=False)

    @property
    def whip(self) -> str:
        """Where programs send over HTTP."""
        return f"{self.page}.whip"


@dataclass(frozen=True, slots=True)
class Place:
    """What the server says of a group. `endpoint`: of the WebSocket, ws:// or wss://."""

    group: str
    endpoint: str


def parse(text: str) -> Address:
    """Read a group's address, with or without `?token=…`. Raises AddressError."""
    parts = urlsplit(text.strip())
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise AddressError(f"{text!r} is not an address such as https://your.host:8443/group/chess/")
    if "/group/" not in parts.path or parts.path.endswith("/group/"):
        raise AddressError(f"{parts.path!r} names no group: the address has /group/NAME/ in it")
    token = parse_qs(parts.query).get("token", [""])[0]
    path = parts.path.rstrip("/") + "/"
    return Address(urlunsplit((parts.scheme, parts.netloc, path, "", "")), token)


async def look_up(http: aiohttp.ClientSession, address: Address) -> Place:
    """Ask the server where the group is. Raises RefusedError (no such group), LostError (no answer)."""
    timeout = aiohttp.ClientTimeout(total=limits.REPLY_SECONDS)
    try:
        async with http.get(f"{address.page}.status", timeout=timeout) as response:
            if response.status == 404:
                raise RefusedError("unknown-group", f"there is no group at {address.page}")
            if response.status >= 500:
                raise LostError(f"{address.page}: the server answers {response.status}")
            if response.status != 200 or (response.content_length or 0) > limits.STATUS_BYTES:
                raise RefusedError("bad-status", f"{address.page} is no group of this protocol")
            status = await response.json(content_type=None)
    except (TimeoutError, aiohttp.ClientError, OSError) as error:
        raise LostError(f"cannot reach {address.page}: {error or 'no answer'}") from None
    except ValueError:
        raise RefusedError("bad-status", f"{address.page} is no group of this protocol") from None
    name, endpoint = status.get("name"), status.get("endpoint") or status.get("location")
    if not isinstance(name, str) or not isinstance(endpoint, str):
        raise RefusedError("bad-status", f"{address.page} does not say where its WebSocket is")
    return Place(name, endpoint)
