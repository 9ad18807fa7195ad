"""A headless participant: Galène's protocol over a real WebSocket, media by aiortc over real WebRTC."""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

import aiohttp
from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.contrib.media import MediaBlackhole
from aiortc.mediastreams import AudioStreamTrack, MediaStreamTrack, VideoStreamTrack

PATIENCE_S = 15
Json = dict[str, Any]


class Participant:
    """One client of one group. `messages` keeps everything received; `wait` awaits a condition on it."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.socket = socket
        self.id = uuid.uuid4().hex
        self.messages: list[Json] = []
        self.arrived = asyncio.Condition()
        self.published: dict[str, RTCPeerConnection] = {}
        self.received: dict[str, RTCPeerConnection] = {}
        self.tracks: dict[str, list[MediaStreamTrack]] = {}
        self.sinks: list[MediaBlackhole] = []
        self.consume: Callable[[MediaStreamTrack], None] | None = None
        self.reader = asyncio.create_task(self.read())

    async def send(self, **message: object) -> None:
        await self.socket.send_json(message)

    async def read(self) -> None:
        async for frame in self.socket:
            if frame.type != aiohttp.WSMsgType.TEXT:
                continue
            message = json.loads(frame.data)
            await self.handle(message)
            async with self.arrived:
                self.messages.append(message)
                self.arrived.notify_all()
        async with self.arrived:
            self.messages.append({"type": "closed"})
            self.arrived.notify_all()

    async def handle(self, message: Json) -> None:
        if message["type"] == "ping":
            await self.send(type="pong")
        elif message["type"] == "offer":
            await self.answer(message)
        elif message["type"] == "answer":
            connection = self.published[message["id"]]
            await connection.setRemoteDescription(RTCSessionDescription(message["sdp"], "answer"))
        elif message["type"] == "close":
            closed = self.received.pop(message["id"], None)
            if closed is not None:
                await closed.close()

    async def wait(self, type: str, patience: float = PATIENCE_S, **fields: object) -> Json:
        """The first message received, ever, of this type and with these fields."""

        def found() -> Json | None:
            for message in self.messages:
                if message["type"] == type and all(message.get(k) == v for k, v in fields.items()):
                    return message
            return None

        async with self.arrived:
            await asyncio.wait_for(self.arrived.wait_for(lambda: found() is not None), patience)
        message = found()
        assert message is not None
        return message

    async def join(self, group: str, username: str, password: str = "", request: Json | None = None) -> Json:
        await self.send(type="handshake", version=["2"], id=self.id)
        await self.send(type="join", kind="join", group=group, username=username, password=password)
        joined = await self.wait("joined")
        if joined["kind"] == "join":
            await self.send(type="request", request={"": ["audio", "video"]} if request is None else request)
        return joined

    async def publish(self, label: str = "camera", audio: bool = True, video: bool = True) -> str:
        """Send synthetic media; the stream's id, once the server has answered."""
        connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        tracks: list[MediaStreamTrack] = []
        if audio:
            tracks.append(AudioStreamTrack())
        if video:
            tracks.append(VideoStreamTrack())
        for track in tracks:
            connection.addTransceiver(track, direction="sendonly")
        await connection.setLocalDescription(await connection.createOffer())
        stream = uuid.uuid4().hex
        self.published[stream] = connection
        description = connection.localDescription
        await self.send(type="offer", id=stream, label=label, source=self.id, sdp=description.sdp)
        await self.wait("answer", id=stream)
        return stream

    async def answer(self, offer: Json) -> None:
        stream = offer["id"]
        connection = self.received.get(stream)
        if connection is None:
            connection = self.received[stream] = RTCPeerConnection(RTCConfiguration(iceServers=[]))
            arrived = self.tracks.setdefault(stream, [])

            @connection.on("track")
            def on_track(track: MediaStreamTrack) -> None:
                arrived.append(track)
                if self.consume is not None:
                    self.consume(track)

        await connection.setRemoteDescription(RTCSessionDescription(offer["sdp"], "offer"))
        await connection.setLocalDescription(await connection.createAnswer())
        await self.send(type="answer", id=stream, sdp=connection.localDescription.sdp)

    async def close(self) -> None:
        for connection in [*self.published.values(), *self.received.values()]:
            with suppress(ConnectionError):
                await connection.close()
        await self.socket.close()
        await self.reader


@asynccontextmanager
async def participant(websocket: str) -> AsyncIterator[Participant]:
    """A client connected to a server's ``ws://…/ws``; not yet joined."""
    async with aiohttp.ClientSession() as session, session.ws_connect(websocket, ssl=False) as socket:
        one = Participant(socket)
        try:
            yield one
        finally:
            await one.close()
