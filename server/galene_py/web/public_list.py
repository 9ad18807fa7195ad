"""What is shown of all public groups: on the landing page, and in `/public-groups.json`.

Anybody may ask, and there may be thousands. So each group's part is made again only when that group changed,
the whole only when any did, in portions between which others have their turn, and seldom if it takes long:
until then the last one is shown. Owns these copies; knows nothing of HTTP.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

import msgspec

from galene_py.budget.bucket import Bucket
from galene_py.groups.registry import GroupRegistry
from galene_py.web import limits

T = TypeVar("T")


class Parts(Generic[T]):
    """One part for each public group; `make` gets its status, with addresses below `base_url`."""

    def __init__(
        self, groups: GroupRegistry, make: Callable[[dict[str, object]], T], base_url: str = ""
    ) -> None:
        self._groups = groups
        self._make = make
        self._base_url = base_url
        self._made: dict[str, tuple[int, T]] = {}
        self.made = 0
        """parts made so far"""

    async def all(self) -> list[T]:
        """By name."""
        made: dict[str, tuple[int, T]] = {}
        for name in self._groups.listing.names():
            revision = self._groups.listing.revision(name)
            known = self._made.get(name)
            if known is None or known[0] != revision:
                status = self._groups.public_status(name, self._base_url)
                if status is None:
                    continue
                known = (revision, self._make(status))
                self.made += 1
                if self.made % limits.PUBLIC_GROUPS_PORTION == 0:
                    await asyncio.sleep(0)
            made[name] = known
        self._made = made
        return [part for _, part in made.values()]


class Fresh(Generic[T]):
    """Something that is made again when `key` changes, at most for a small share of the time."""

    def __init__(self, key: Callable[[], object], make: Callable[[], Awaitable[T]]) -> None:
        self._key = key
        self._make = make
        self._value: T | None = None
        self._made_for: object = None
        self._making = asyncio.Lock()
        self._time = Bucket(limits.PUBLIC_LIST_BURST_SECONDS, limits.PUBLIC_LIST_SHARE, time.monotonic())

    async def get(self) -> T:
        """The last one, or a new one."""
        if self._value is not None and not self._due():
            return self._value
        async with self._making:  # who comes while it is made gets what was made
            if self._value is None or self._due():
                began, key = time.monotonic(), self._key()
                self._value = await self._make()
                self._made_for = key
                now = time.monotonic()
                self._time.owe(now, now - began)
            return self._value

    def _due(self) -> bool:
        return self._key() != self._made_for and not self._time.debt_ends(time.monotonic())


class PublicJson:
    """`/public-groups.json`, for whichever address the server is known by."""

    def __init__(self, groups: GroupRegistry) -> None:
        self._groups = groups
        self._place = secrets.token_hex(16)
        """stands for host and path of the server, so that no group needs to be looked at for another one"""
        self._bodies = {scheme: self._body(scheme) for scheme in ("http", "https")}

    async def get(self, base_url: str) -> bytes:
        """The statuses of all public groups, with addresses below `base_url`."""
        await self._groups.notice()
        scheme, _, place = base_url.rstrip("/").partition("://")
        body = await self._bodies["http" if scheme == "http" else "https"].get()
        return body.replace(self._place.encode(), msgspec.json.encode(place)[1:-1])

    def _body(self, scheme: str) -> Fresh[bytes]:
        parts = Parts[bytes](self._groups, msgspec.json.encode, f"{scheme}://{self._place}/")

        async def make() -> bytes:
            return b"[" + b",".join(await parts.all()) + b"]"

        return Fresh(lambda: self._groups.listing.version, make)
