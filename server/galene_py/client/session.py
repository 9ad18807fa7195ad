"""One connection to a server: the protocol over a WebSocket, as a client speaks it. Knows nothing of media.

    async with connect(http, endpoint, listen=print) as session:
        joined = await session.join("chess", Credentials("Ada"))
        await session.ended            # why: the connection was lost, or we were put out

Everything the server says goes to `listen`, in order, after the session has looked at it; what answers a
question of ours also ends the waiting for it. Owner of the state: whoever connected.
"""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, TypeVar

import aiohttp

from galene_py.client import limits
from galene_py.client.errors import ClientError, LostError, RefusedError, StreamError
from galene_py.signalling import messages as m

log = logging.getLogger(__name__)

T = TypeVar("T")

Listen = Callable[[m.Message], None]


@dataclass(frozen=True, slots=True)
class Credentials:
    """Who asks: a name with a password, or a token, which may bring a name."""

    username: str = ""
    password: str = field(default="", repr=False)
    token: str = field(default="", repr=False)


class Session:
    """Made by `connect`. Methods raise LostError when the connection is gone."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse, listen: Listen) -> None:
        self.id = uuid.uuid4().hex
        self.group = ""
        """That we are in."""
        self.username = ""
        self.permissions: frozenset[str] = frozenset()
        self.rtc_configuration: Mapping[str, object] = {}
        """As browsers take it; of the last `joined`."""
        self.ended: asyncio.Future[ClientError] = asyncio.get_running_loop().create_future()
        """Resolves with the reason when the connection is gone: LostError, or RefusedError after a kick."""
        self._socket = socket
        self._listen = listen
        self._joining: asyncio.Future[m.Joined] | None = None
        self._answers: dict[str, asyncio.Future[str]] = {}
        self._complaint = ""
        self._kicked: RefusedError | None = None
        self._reader = asyncio.create_task(self._read())

    # --- asking ------------------------------------------------------------------------------------

    async def join(
        self,
        group: str,
        credentials: Credentials,
        *,
        data: Mapping[str, object] | None = None,
        resume: str = "",
    ) -> m.Joined:
        """Enter a group. `data`: what to say of oneself; `resume`: the secret of an earlier `Joined`, to take
        one's place again. Raises RefusedError."""
        self._joining = asyncio.get_running_loop().create_future()
        await self.send(
            m.Join(
                kind="join",
                group=group,
                username=None if credentials.token and not credentials.username else credentials.username,
                password=None if credentials.token else credentials.password,
                token=credentials.token,
                resume=resume,
                data=dict(data) if data else None,
            )
        )
        joined = await self._reply(self._joining, "the server does not answer")
        if joined.kind == "redirect":
            raise RefusedError("redirect", f"this group is elsewhere: {joined.value}")
        if joined.kind != "join":
            raise RefusedError(joined.error, str(joined.value or joined.error))
        return joined

    async def request(self, wants: Mapping[str, Sequence[str]]) -> None:
        """Say what is wanted by label ('' for others): of 'audio', 'video', 'video-low'."""
        await self.send(m.Request(request={label: tuple(kinds) for label, kinds in wants.items()}))

    async def publish(self, stream: str, offer: str, *, label: str = "camera", replace: str = "") -> str:
        """Offer a stream under an id of our choice, or describe it anew; the answer. Raises StreamError."""
        future = self._answers[stream] = asyncio.get_running_loop().create_future()
        self._complaint = ""
        try:
            await self.send(
                m.Offer(
                    id=stream, label=label, replace=replace, source=self.id, username=self.username, sdp=offer
                )
            )
            return await self._reply(future, "the server does not answer the offer")
        finally:
            self._answers.pop(stream, None)

    async def close_stream(self, stream: str) -> None:
        """End a stream of ours."""
        await self.send(m.Close(id=stream))

    async def answer(self, stream: str, sdp: str) -> None:
        """Take a stream that was offered, or its new description."""
        await self.send(m.Answer(id=stream, sdp=sdp))

    async def abort(self, stream: str) -> None:
        """Do not take a stream that was offered."""
        await self.send(m.Abort(id=stream))

    async def send(self, message: m.Message) -> None:
        """Send any message."""
        try:
            await self._socket.send_str(m.encode(message).decode())
        except (ConnectionError, aiohttp.ClientError) as error:
            raise LostError(f"the connection was lost: {error}") from None

    async def leave(self) -> None:
        """Leave the group and close the connection. Harmless when closed."""
        with suppress(ConnectionError, aiohttp.ClientError):
            if self.group:
                await self._socket.send_str(m.encode(m.Join(kind="leave", group=self.group)).decode())
        await self._socket.close()
        await asyncio.wait([self._reader])

    # --- inside ------------------------------------------------------------------------------------

    async def _reply(self, future: asyncio.Future[T], late: str) -> T:
        waiting: list[asyncio.Future[Any]] = [future, self.ended]
        await asyncio.wait(waiting, timeout=limits.REPLY_SECONDS, return_when=asyncio.FIRST_COMPLETED)
        if future.done():
            return future.result()
        if self.ended.done():
            raise self.ended.result()
        raise LostError(late)

    async def _read(self) -> None:
        reason: ClientError = LostError("the server closed the connection")
        try:
            async with asyncio.timeout(None) as silence:
                while True:
                    silence.reschedule(asyncio.get_running_loop().time() + limits.SERVER_SILENCE_SECONDS)
                    frame = await self._next()
                    if frame is None:
                        break
                    await self._received(m.decode(frame))
        except TimeoutError:
            reason = LostError("the server is silent")
        except m.ProtocolError as error:
            reason = LostError(f"the server speaks another protocol: {error}")
        except LostError as error:
            reason = error
        except Exception:
            log.exception("a message of the server could not be handled")
            reason = LostError("an error of ours")
        finally:
            if not self.ended.done():
                self.ended.set_result(self._kicked or reason)
            await self._socket.close()

    async def _next(self) -> str | None:
        """The next text; None: the connection is closed. Asks whether anybody is there when it is quiet."""
        while True:
            try:
                frame = await self._socket.receive(limits.PING_SECONDS)
            except TimeoutError:
                await self.send(m.Ping())
                continue
            if frame.type is aiohttp.WSMsgType.TEXT:
                return str(frame.data)
            if frame.type is not aiohttp.WSMsgType.BINARY:
                return None

    async def _received(self, message: m.Message) -> None:
        match message:
            case m.Ping():
                await self.send(m.Pong())
                return
            case m.Joined():
                self._joined(message)
            case m.Answer(id=stream) if stream in self._answers:
                _resolve(self._answers[stream], message.sdp)
            case m.Abort(id=stream) if stream in self._answers:
                # The reason follows in a message of its own, or came before.
                text = str(message.value or self._complaint or "the server refuses this stream")
                _fail(self._answers[stream], StreamError(text))
            case m.UserMessage(kind="kicked"):
                self._kicked = RefusedError(message.error or "kicked", str(message.value or "kicked out"))
            case m.UserMessage(kind="error"):
                self._complaint = str(message.value or "")
        self._listen(message)

    def _joined(self, message: m.Joined) -> None:
        if message.kind in ("join", "change"):
            self.group = message.group
            self.permissions = frozenset(message.permissions)
            self.username = message.username or ""
            if message.rtc_configuration is not None:
                self.rtc_configuration = message.rtc_configuration
        elif message.kind == "leave":
            self.permissions, self.username, self.group = frozenset(), "", ""
        if self._joining is not None and message.kind != "change":
            _resolve(self._joining, message)


@asynccontextmanager
async def connect(
    http: aiohttp.ClientSession, endpoint: str, *, listen: Listen = lambda message: None
) -> AsyncIterator[Session]:
    """Connect to `endpoint` (ws:// or wss://) and shake hands. Raises LostError, RefusedError."""
    try:
        socket = await http.ws_connect(
            endpoint, timeout=aiohttp.ClientWSTimeout(ws_close=2.0), max_msg_size=limits.CLIENT_MESSAGE_BYTES
        )
    except (aiohttp.ClientError, OSError, TimeoutError) as error:
        raise LostError(f"cannot reach {endpoint}: {error or 'no answer'}") from None
    session = Session(socket, listen)
    try:
        await session.send(m.Handshake(version=(m.VERSION,), id=session.id))
        yield session
    finally:
        await session.leave()


def _resolve(future: asyncio.Future[T], value: T) -> None:
    if not future.done():
        future.set_result(value)


def _fail(future: asyncio.Future[str], error: Exception) -> None:
    if not future.done():
        future.set_exception(error)
