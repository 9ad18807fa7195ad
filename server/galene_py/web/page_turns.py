"""Pages and everything else that is asked for over HTTP, in turns of the event loop, and paid for.

What a handler does between two waits is measured and paid by the network that asked; the next request of it
waits for its turn, as all else does that clients ask for (`budget.turns`). Pages have an account of their
own: loading them slows down nobody's conversation. Holds nothing.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

from aiohttp import web

from galene_py.budget.origin import origin, stands_for_many
from galene_py.budget.paid import Paid
from galene_py.budget.turns import Actor, Terms, Turns
from galene_py.web import limits

_Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

_TERMS = Terms(limits.PAGES_BURST_SECONDS, limits.PAGES_SHARE, limits.PAGES_BURST_SECONDS, limits.PAGES_SHARE)
_FOR_MANY = Terms(1.0, 2.0, 1.0, 2.0)
"""Where everybody may come from: turns, but no limit, since nothing takes more than all of a processor."""


def actor(turns: Turns, address: str) -> Actor:
    """Whoever pays for pages that are asked for from there."""
    whose = origin(address)
    return turns.actor(f"pages {whose}", _FOR_MANY if stands_for_many(whose) else _TERMS)


@web.middleware
async def in_turns(request: web.Request, handler: _Handler) -> web.StreamResponse:
    """Let a request wait for its turn, and pay for it; a WebSocket has turns of its own after that."""
    pages: Actor | None = getattr(request.protocol, "pages", None)
    if pages is None:
        return await handler(request)
    pages.spend(limits.REQUEST_SECONDS)
    await _turn(pages)
    if request.rel_url.raw_path == "/ws":
        return await handler(request)
    return await Paid(handler(request), pages.spend, time.perf_counter)


async def _turn(pages: Actor) -> None:
    """Wait for a turn; no longer than the connection lasts."""
    pages.run(_nothing)
    if pages.busy:
        over = asyncio.get_running_loop().create_future()
        pages.when_free(lambda: None if over.done() else over.set_result(None))
        await over


def _nothing() -> None:
    pass
