"""How long a connection may take over its answers and bodies: nobody holds a descriptor for ever.

An answer that is not read in time ends its connection, however slowly it is read; so does a body that does
not come. A connection that is being closed and cannot be rid of its last bytes is cut. What the kernel sees
(nothing is acknowledged, the window stays shut) it ends by itself: `listener` asks it to.

Never looks at contents. WebSockets have deadlines of their own besides (`ws`). Owner of the state: the server
has one `Deadlines`, which knows the open connections.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import cast

from aiohttp import web

from galene_py.budget.turns import Turns
from galene_py.web import limits
from galene_py.web.protocol import HttpProtocol

_Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Deadlines:
    """The open connections of one server, and the look at those that do not end."""

    def __init__(self, turns: Turns) -> None:
        """`turns`: of the server, for its connections."""
        self._turns = turns
        self._open: set[TimedProtocol] = set()
        self._timer: asyncio.TimerHandle | None = None

    def protocol(self, server: web.Server, loop: asyncio.AbstractEventLoop) -> TimedProtocol:
        """The protocol of a new connection."""
        return TimedProtocol(server, loop, self._turns, self)

    def opened(self, connection: TimedProtocol) -> None:
        """A connection was made."""
        self._open.add(connection)
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(limits.HTTP_CLOSING_SECONDS, self._look)

    def closed(self, connection: TimedProtocol) -> None:
        """A connection is gone."""
        self._open.discard(connection)

    def debug_state(self) -> dict[str, object]:
        """Counters for the statistics page."""
        return {"open": len(self._open)}

    def _look(self) -> None:
        self._timer = None
        for connection in list(self._open):
            connection.end_if_closing()
        if self._open:
            self._timer = asyncio.get_running_loop().call_later(limits.HTTP_CLOSING_SECONDS, self._look)


class TimedProtocol(HttpProtocol):
    """One connection, with its deadlines."""

    __slots__ = ("_closing_seen", "_deadlines", "_line", "_stalled")

    def __init__(
        self, server: web.Server, loop: asyncio.AbstractEventLoop, turns: Turns, deadlines: Deadlines
    ) -> None:
        super().__init__(server, loop, turns)
        self._deadlines = deadlines
        self._line: asyncio.Transport | None = None
        self._stalled: asyncio.TimerHandle | None = None
        self._closing_seen = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """It begins."""
        super().connection_made(transport)
        # aiohttp forgets its own reference when it closes, before the last bytes are gone.
        self._line = cast(asyncio.Transport, transport)
        self._deadlines.opened(self)

    def connection_lost(self, exc: BaseException | None) -> None:
        """It is over."""
        self._deadlines.closed(self)
        self._read_again()
        self._line = None
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        """More waits to be read than the buffer is for."""
        super().pause_writing()
        if self._stalled is None and self._line is not None:
            loop = asyncio.get_running_loop()
            self._stalled = loop.call_later(limits.HTTP_WRITE_SECONDS, self._line.abort)

    def resume_writing(self) -> None:
        """Most of it was read."""
        self._read_again()
        super().resume_writing()

    def end_if_closing(self) -> None:
        """Cut it if it was being closed at the last look already."""
        if self._line is not None and self._line.is_closing():
            if self._closing_seen:
                self._line.abort()
            self._closing_seen = True

    def _read_again(self) -> None:
        if self._stalled is not None:
            self._stalled.cancel()
            self._stalled = None


@web.middleware
async def bodies_in_time(request: web.Request, handler: _Handler) -> web.StreamResponse:
    """Cut the connection when a request's body is not there in time."""
    if not request.can_read_body:
        return await handler(request)

    def give_up() -> None:
        if not request.content.is_eof() and request.transport is not None:
            request.transport.abort()

    timer = asyncio.get_running_loop().call_later(limits.HTTP_BODY_SECONDS, give_up)
    try:
        return await handler(request)
    finally:
        timer.cancel()
