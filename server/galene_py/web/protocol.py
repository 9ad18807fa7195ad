"""aiohttp's connection handler, as this server needs it: in turns, and with our headers on its own answers.

What comes in is parsed in portions (`intake`), paid for by whoever asks for pages and, from then on, by the
WebSocket. Bodies stay as they came: a megabyte may unpack to a thousand, and aiohttp unpacks also what nobody
reads, for seconds in which nothing else is done.

Never looks at contents. Reaches into aiohttp where that has no other way: for its flags that say whether its
parser has room. Owns what one connection has sent and nobody has handled.
"""

from __future__ import annotations

import asyncio
import logging

from aiohttp import web

from galene_py.budget.shares import Shares
from galene_py.budget.turns import Actor, Turns
from galene_py.web import limits, page_turns, traces
from galene_py.web.headers import secure
from galene_py.web.intake import Intake, Unhandled

log = logging.getLogger(__name__)

_QUIET = logging.getLogger("galene_py.web.access")
_QUIET.setLevel(logging.CRITICAL)  # requests of pages are nobody's business; what fails is logged elsewhere


class HttpProtocol(web.RequestHandler):
    """One connection."""

    __slots__ = ("_intake", "_turns", "pages", "unhandled")

    def __init__(self, server: web.Server, loop: asyncio.AbstractEventLoop, turns: Turns) -> None:
        """`turns`: who may use the event loop's time when."""
        super().__init__(
            server,
            loop=loop,
            access_log=_QUIET,
            keepalive_timeout=limits.HTTP_KEEPALIVE_SECONDS,
            logger=log,
            auto_decompress=False,
            read_bufsize=limits.REQUEST_BUFFER_BYTES,
        )
        self._turns = turns
        self._intake: Intake | None = None
        self.pages: Actor | None = None
        """who pays for the pages that are asked for on this connection"""
        self.unhandled: Unhandled | None = None
        """of a WebSocket: how much of what it sent is not handled yet"""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """It begins."""
        super().connection_made(transport)
        peer = transport.get_extra_info("peername")
        self.pages = page_turns.actor(self._turns, str(peer[0]) if isinstance(peer, tuple) else "")
        self._intake = Intake(self.pages, self._parse, self._has_no_room, self._hold, self._release)

    def connection_lost(self, exc: BaseException | None) -> None:
        """It is over."""
        if self._intake is not None:
            self._intake.close()
        if self.unhandled is not None:
            self.unhandled.forget()
        self._intake = self.unhandled = self.pages = None
        super().connection_lost(exc)

    def read_for(self, actor: Actor, shares: Shares, origin: str) -> None:
        """From now on, as a WebSocket: let its actor pay, and count what is not handled of what it sends."""
        if self._intake is not None:
            self.unhandled = Unhandled(shares, origin, self._cut_off)
            self._intake.become_websocket(actor)
            self._read_on()

    def data_received(self, data: bytes) -> None:
        """Bytes came in."""
        if self._intake is None or not data:  # nothing: aiohttp itself goes on with what it has kept
            super().data_received(data)
            return
        if self.unhandled is not None:
            self.unhandled.came(len(data))
        if self._intake is not None:  # else that was too much
            self._intake.take(data)

    def _parse(self, data: bytes) -> None:
        super().data_received(data)

    def _has_no_room(self) -> bool:
        between = self._upgraded and self._payload_parser is None  # neither HTTP nor, yet, a WebSocket
        return between or self._reading_paused or self._buffer_paused

    def _hold(self) -> None:
        if self.transport is not None:
            self.transport.pause_reading()

    def _release(self) -> None:
        if self.transport is not None and not self._has_no_room():
            self.transport.resume_reading()

    def _resume_transport_reading(self) -> None:
        """For aiohttp: its parser has room again."""
        self._read_on()

    def _read_on(self) -> None:
        if self._intake is not None and self._intake.busy:
            self._intake.go_on()
        else:
            self._release()

    def _cut_off(self) -> None:
        log.warning("cutting off a connection: too much that was sent is not handled yet")
        if self.transport is not None:
            self.transport.abort()

    async def finish_response(
        self, request: web.BaseRequest, resp: web.StreamResponse, start_time: float | None
    ) -> tuple[web.StreamResponse, bool]:
        """Send an answer."""
        if self.transport is None or self.transport.is_closing():
            self._message_tail = b""  # taken for requests, it would leave errors that hold us
        try:
            return await super().finish_response(request, resp, start_time)
        finally:
            self._read_on()  # it may not have become a WebSocket

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """A request that could not be parsed, or failed outside the application."""
        if isinstance(exc, ConnectionError):
            raise exc  # the client is gone; the caller takes it for just that
        if exc is not None and status >= 500:
            self.log_exception("error in a request", exc_info=exc)
        traces.forget(exc)
        if request.writer.output_size > 0:
            raise ConnectionError("an answer has begun; a second one cannot follow")
        response = web.Response(status=status, text=f"{status}: the request could not be served\n")
        response.force_close()
        secure(response)
        return response
