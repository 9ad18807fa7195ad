"""`/ws`: carries messages between a WebSocket and the conference's client object.

Bounded both ways: messages of at most 1 MiB in, at most 100 waiting messages out and half a second for each
write; whoever exceeds that is dropped alone. An exception while one client's message is handled drops that
client and nobody else. Knows nothing of the messages' contents. Owns the set of open connections.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections import deque

from aiohttp import WSCloseCode, WSMsgType, web

from galene_py import limits as shared
from galene_py.web import address, limits
from galene_py.web.interfaces import CONTEXT, Client, ClientFactory

log = logging.getLogger(__name__)

_FAREWELLS = (0, WSCloseCode.OK, 1005)
"""Close codes of a client that wants to go, RFC 6455 §7.4.1: normal, and none at all. A page that is closed
says 1001, but so do proxies that restart."""
_REASON_BYTES = 120  # RFC 6455 §5.5: a control frame has at most 125 bytes, two are the status code


class Connection:
    """One open WebSocket."""

    def __init__(self, socket: web.WebSocketResponse, transport: asyncio.Transport, peer: str) -> None:
        self.address = peer
        self._socket = socket
        self._transport = transport
        self._queue: deque[bytes] = deque()
        self._wake = asyncio.Event()
        self._farewell: tuple[int, str] | None = None
        self._reason = ""
        self._left = False
        self._client: Client | None = None

    def send(self, message: bytes) -> bool:
        """Queue one message; False when the client is leaving. A full queue drops the client."""
        if self._reason or self._farewell is not None:
            return False
        if len(self._queue) >= limits.WEBSOCKET_QUEUE_MESSAGES:
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
            self._client = new_client(self.address, self.send, self.close)
            await self._read(self._client)
        except Exception as error:
            self._failed(error)
            await writer
        finally:
            writer.cancel()
            self._finish()
            await asyncio.gather(writer, return_exceptions=True)

    async def _read(self, client: Client) -> None:
        handled = 0
        while (message := await self._socket.receive()).type not in (WSMsgType.CLOSING, WSMsgType.CLOSED):
            if message.type in (WSMsgType.TEXT, WSMsgType.BINARY):
                if self._reason or self._farewell is not None:
                    continue
                client.receive(message.data, time.monotonic())
                handled += 1
                if handled % limits.WEBSOCKET_BURST_MESSAGES == 0:
                    await asyncio.sleep(0)
            elif message.type == WSMsgType.CLOSE:
                self._left = message.data in _FAREWELLS
                break
            elif message.type == WSMsgType.ERROR:
                self._reason = self._reason or f"WebSocket error: {self._socket.exception()}"
                break

    async def _write(self) -> None:
        try:
            while not self._reason:
                while self._queue:
                    async with asyncio.timeout(limits.WEBSOCKET_WRITE_SECONDS):
                        await self._socket.send_frame(self._queue.popleft(), WSMsgType.TEXT)
                if self._farewell is not None:
                    code, text = self._farewell
                    reason = text.encode()[:_REASON_BYTES].decode(errors="ignore").encode()
                    await self._socket.close(code=code, message=reason)
                    return
                self._wake.clear()
                await self._wake.wait()
        except TimeoutError:
            self.drop("did not take a message in time")
        except (ConnectionError, RuntimeError) as error:
            self._reason = self._reason or f"connection lost: {error}"
            self._transport.abort()

    def _failed(self, error: Exception) -> None:
        log.error("dropping the client at %s after an error", self.address or "?", exc_info=error)
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
            compress=False,
            writer_limit=1 << 14,
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
        connection = Connection(socket, transport, address.client_address(request))
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
