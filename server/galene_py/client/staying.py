"""Comes back to a group after a lost connection, again and again, as the same member.

A refusal ends it, unless waiting helps. Owner of the state: whoever called `stay`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import aiohttp

from galene_py.client import limits
from galene_py.client.address import Address, look_up
from galene_py.client.errors import LostError, RefusedError
from galene_py.client.session import Credentials, Listen, Session, connect

PASSING = frozenset({"busy", "internal-error", "duplicate-username", "group-full", "group-not-open"})
"""Refusals that may be over when one asks again: the server may still hold our own lost connection."""


async def stay(
    http: aiohttp.ClientSession,
    address: Address,
    credentials: Credentials,
    visit: Callable[[Session], Awaitable[None]],
    *,
    listen: Listen,
    tell: Callable[[str], None],
) -> None:
    """Join, and await `visit` while the connection lasts; come back until `visit` returns by itself.

    `visit` is cancelled when the connection is lost. tell: what goes on, for people. Raises RefusedError, and
    LostError when the first attempt fails: an address may be mistyped.
    """
    resume, wait, been = "", limits.RETRY_SECONDS_FIRST, False
    if address.token and not credentials.token and not credentials.password:
        credentials = replace(credentials, token=address.token)
    while True:
        try:
            place = await look_up(http, address)
            async with connect(http, place.endpoint, listen=listen) as session:
                joined = await session.join(place.group, credentials, resume=resume)
                resume, wait, been = joined.resume or resume, limits.RETRY_SECONDS_FIRST, True
                tell(f"in {place.group} as {session.username!r}")
                await _while_connected(session, visit)
                return
        except LostError as error:
            if not been:
                raise
            tell(f"{error}; trying again in {wait:.0f} s")
        except RefusedError as error:
            if not been or error.code not in PASSING:
                raise
            tell(f"{error}; trying again in {wait:.0f} s")
        await asyncio.sleep(wait)
        wait = min(2 * wait, limits.RETRY_SECONDS_MOST)


async def _while_connected(session: Session, visit: Callable[[Session], Awaitable[None]]) -> None:
    """Until `visit` returns. Raises why the connection ended, if that comes first."""
    visiting = asyncio.ensure_future(visit(session))
    try:
        waiting: list[asyncio.Future[Any]] = [visiting, session.ended]
        await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        if not visiting.done():
            raise session.ended.result()
        visiting.result()
    finally:
        visiting.cancel()
        await asyncio.wait([visiting])
