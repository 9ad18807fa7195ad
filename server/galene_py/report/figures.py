"""Asks a running server for its figures (`metrics`)."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import aiohttp

from galene_py.report import limits
from galene_py.web.sockets import ListenError, parse_address


def figures(where: str | None) -> Iterator[str]:
    """What is told at an address, as given to `serve --metrics`; raises OSError."""
    if where is None:
        yield "not asked for; with --metrics ADDRESS, if the server was started with that"
        return
    try:
        text = asyncio.run(_ask(where))
    except (ListenError, aiohttp.ClientError, TimeoutError) as error:
        raise OSError(f"no answer from {where}: {error}") from None
    yield from (line for line in text.splitlines() if not line.startswith("#"))


async def _ask(where: str) -> str:
    address = parse_address(where)
    connector = aiohttp.UnixConnector(address.path) if address.path else aiohttp.TCPConnector()
    host = "localhost" if address.path or not address.host else address.host
    url = f"http://{f'[{host}]' if ':' in host else host}:{address.port or 80}/metrics"
    timeout = aiohttp.ClientTimeout(limits.SECONDS)
    async with aiohttp.ClientSession(connector=connector, timeout=timeout) as http, http.get(url) as response:
        response.raise_for_status()
        return (await response.content.read(limits.FIGURES_BYTES)).decode(errors="replace")
