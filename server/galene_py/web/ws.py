"""`/ws`: carries messages between a WebSocket and the conference's client object.

What comes in is handled in turns (`budget.turns`): nothing more is read of a client until its turn has come,
so that whoever sends too much is slowed down by its own connection. What goes out waits for a slow line,
within bounds of messages and bytes; whoever takes nothing at all for seconds is dropped alone. An exception
while one client's message is handled drops that client and nobody else. Knows nothing of the messages'
contents. Owns the set of open connections.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections import deque
from functools import partial

from aiohttp import WSCloseCode, WSMessage, WSMsgType, web

from galene_py import limits as shared
from galene_py.budget.origin import origin
from galene_py.budget.shares import Shares
from galene_py.budget.turns import Actor
from galene_py.conference.client import Client
from galene_py.web import address, limits, traces
from galene_py.web.context import CONTEXT, ClientFactory
from galene_py.web.intake import Unhandled
from galene_py.web.protocol import HttpProtocol

log = logging.getLogger(__name__)

_FAREWELLS = (0, WSCloseCode.OK, 1005)
"""Close codes of a client that wants to go, RFC 6455 §7.4.1: normal, and none at all. A page that is closed
says 1001, but so do proxies that restart."""
_REASON_BYTES = 120  # RFC 6455 §5.5: a control frame has at most 125 bytes, two are the status code


def _size(data: str | bytes) -> int:
    """What a message, or a ping's data, took on the wire, in one frame."""
    size = len(data) if isinstance(data, bytes) or data.isascii() else len(data.encode(errors="replace"))
    return size + (6 if size < 126 else 8 if size < 65536 else 14)  # RFC 6455 §5.2


class Connection:
    """One open WebSocket."""

    def __init__(
        self, socket: web.WebSocketResponse, transport: asyncio.Transport, peer: str, actor: Actor
    ) -> None:
        self.address = peer
        self.unhandled: Unhandled | None = None
        self._actor = actor
        self._socket = socket
        self._transport = transport
        self._queue: deque[bytes] = deque()
        self._queue_bytes = 0
        self._pong: bytes | None = None
        self._wake = asyncio.Event()
        self._watch: asyncio.TimerHandle | None = None
        self._farewell: tuple[int, str] | None = None
        self._reason = ""
        self._left = False
        self._client: Client | None = None

    def send(self, message: bytes) -> bool:
        """Queue one message; False when the client is leaving. A full queue drops the client."""
        if self._reason or self._farewell is not None:
            return False
        self._queue_bytes += len(message)
        if (
            len(self._queue) >= limits.WEBSOCKET_QUEUE_MESSAGES
            or self._queue_bytes > limits.WEBSOCKET_QUEUE_BYTES
        ):
            self.drop("does not read what it is sent")
            return False
        self._queue.append(message)
        self._wake.set()
        return True

    def close(self, code: int, text: str) -> None:
        """Send what is queued, then close; the first call counts."""
        if self._farewell is None:
            self._farewell = (code, text)
            self._wake.set()

    def drop(self, reason: str) -> None:
        """Cut the connection at once; the first reason counts."""
        if not self._reason:
            self._reason = reason
            log.info("dropping the client at %s: it %s", self.address or "?", reason)
            self._queue.clear()
            self._wake.set()
            self._transport.abort()

    def poll(self, now: float) -> None:
        """Let the client look at its timers."""
        if self._client is not None:
            try:
                self._client.poll(now)
            except Exception as error:
                self._failed(error)

    async def run(self, new_client: ClientFactory) -> None:
        """Serve the connection until it ends, for whichever reason; never raises except cancellation."""
        writer = asyncio.create_task(self._write())
        try:
            self._client = new_client(self.address, self.send, self.close, self._actor)
            await self._read(self._client)
        except Exception as error:
            self._failed(error)
            await writer
        finally:
            self._actor.leave()
            writer.cancel()
            self._finish()
            await asyncio.gather(writer, return_exceptions=True)
            traces.forget(self._socket.exception())

    async def _read(self, client: Client) -> None:
        while (message := await self._socket.receive()).type not in (WSMsgType.CLOSING, WSMsgType.CLOSED):
            if message.type == WSMsgType.CLOSE:
                self._left = message.data in _FAREWELLS
                break
            if message.type == WSMsgType.ERROR:
                self._reason = self._reason or f"WebSocket error: {message.data}"
                traces.forget(message.data)
                break
            self._actor.run(partial(self._handle, client, message))
            if self._actor.busy:
                await self._turn_over()

    def _handle(self, client: Client, message: WSMessage) -> None:
        """Take one message, in this client's turn."""
        if self.unhandled is not None:
            self.unhandled.handled(_size(message.data))
        if self._reason or self._farewell is not None:
            return
        if message.type == WSMsgType.PING:
            self._pong = message.data  # only the latest needs an answer, RFC 6455 §5.5.3
            self._wake.set()
        elif message.type in (WSMsgType.TEXT, WSMsgType.BINARY):
            try:
                client.receive(message.data, time.monotonic())
            except Exception as error:
                self._failed(error)

    async def _turn_over(self) -> None:
        over = asyncio.get_running_loop().create_future()
        self._actor.when_free(lambda: None if over.done() else over.set_result(None))
        await over

    async def _write(self) -> None:
        try:
            while not self._reason:
                while self._pong is not None or self._queue:
                    await self._write_one()
                if self._farewell is not None:
                    code, text = self._farewell
                    reason = text.encode()[:_REASON_BYTES].decode(errors="ignore").encode()
                    await self._socket.close(code=code, message=reason)
                    return
                self._wake.clear()
                await self._wake.wait()
        except (ConnectionError, RuntimeError) as error:
            self._reason = self._reason or f"connection lost: {error}"
            self._transport.abort()

    async def _write_one(self) -> None:
        """Hand one message to the transport, and wait until that has room for the next."""
        if self._pong is not None:
            data, kind, self._pong = self._pong, WSMsgType.PONG, None
        else:
            data, kind = self._queue.popleft(), WSMsgType.TEXT
            self._queue_bytes -= len(data)
        waiting = self._transport.get_write_buffer_size()
        if waiting or len(data) > limits.WEBSOCKET_WRITER_BYTES:  # else it cannot block
            self._watch_progress(waiting)
        try:
            await self._socket.send_frame(data, kind)
        finally:
            if self._watch is not None:
                self._watch.cancel()
                self._watch = None

    def _watch_progress(self, waiting: int) -> None:
        loop = asyncio.get_running_loop()
        self._watch = loop.call_later(limits.WEBSOCKET_STALL_SECONDS, self._look_for_progress, waiting)

    def _look_for_progress(self, before: int) -> None:
        """A write takes long: go on waiting, but only for a line that takes something."""
        waiting = self._transport.get_write_buffer_size()
        if waiting >= before > 0:
            self.drop("does not read what it is sent")
        else:
            self._watch_progress(waiting)

    def _failed(self, error: Exception) -> None:
        log.error("dropping the client at %s after an error", self.address or "?", exc_info=error)
        traces.forget(error)
        self._queue.clear()  # what is queued may be inconsistent
        self.close(WSCloseCode.INTERNAL_ERROR, "internal error")

    def _finish(self) -> None:
        client, self._client = self._client, None
        if client is None:
            return
        if not self._reason:
            self._reason = "closed by server" if self._farewell else "closed by client"
        try:
            client.closed(self._reason, self._left)
        except Exception:
            log.exception("error while the client at %s left", self.address or "?")


class WebSockets:
    """All open connections and their common timer."""

    def __init__(self) -> None:
        self.connections: set[Connection] = set()
        self._unhandled = Shares(limits.UNHANDLED_BYTES)
        self._empty = asyncio.Event()
        self._timer: asyncio.TimerHandle | None = None

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """The handler of `/ws`."""
        context = request.app[CONTEXT]
        config = context.config.server
        if not address.origin_allowed(request, config, config.allowOrigin):
            log.warning("refused a WebSocket from the foreign origin %s", request.headers.get("Origin"))
            raise web.HTTPForbidden(text="this origin is not allowed; see allowOrigin in config.json\n")
        socket = web.WebSocketResponse(
            max_msg_size=limits.WEBSOCKET_MESSAGE_BYTES,
            timeout=shared.WEBSOCKET_CLOSE_SECONDS,
            autoping=False,
            compress=False,
            writer_limit=limits.WEBSOCKET_WRITER_BYTES,
        )
        try:
            possible = socket.can_prepare(request)
        except ValueError:  # a key that is not even ASCII
            raise web.HTTPBadRequest from None
        if not possible:
            raise web.HTTPUpgradeRequired(text="this address speaks WebSocket only\n")
        await socket.prepare(request)
        transport = request.transport
        if transport is None:
            return socket
        peer = address.client_address(request)
        actor = context.turns.actor(origin(peer))
        connection = Connection(socket, transport, peer, actor)
        if isinstance(request.protocol, HttpProtocol):
            request.protocol.read_for(actor, self._unhandled, origin(peer))
            connection.unhandled = request.protocol.unhandled
        self.connections.add(connection)
        self._tick_later()
        try:
            await connection.run(context.new_client)
        finally:
            self.connections.discard(connection)
            if not self.connections:
                self._empty.set()
        return socket

    def _tick_later(self) -> None:
        if self._timer is None and self.connections:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(limits.WEBSOCKET_POLL_SECONDS, self._tick)

    def _tick(self) -> None:
        self._timer = None
        now = time.monotonic()
        for connection in list(self.connections):
            connection.poll(now)
        self._tick_later()

    async def close(self, text: str) -> None:
        """Close every connection, give clients a moment to take their last messages, then cut them."""
        for connection in self.connections:
            connection.close(WSCloseCode.GOING_AWAY, text)
        if self.connections:
            self._empty.clear()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(limits.SHUTDOWN_GOODBYE_SECONDS):
                    await self._empty.wait()
        for connection in list(self.connections):
            connection.drop("did not say goodbye")
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
