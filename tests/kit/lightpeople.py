"""People for tests and benches of the whole server: the protocol over a real WebSocket, media by `LoadPeer`.

They cost little: packets are protected before the clock starts, nothing is decoded, and what they receive is
left to the kernel to throw away.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import resource
import signal
import time
import uuid
from contextlib import AsyncExitStack
from typing import Any, Protocol

import aiohttp

from kit import loadpeer
from kit.loadpeer import OPUS, VP8, LoadPeer

PATIENCE_S = 20.0
FRAME_S = 1 / 30
SOUND_S = 0.02
PACKETS_PER_FRAME = 3
VIDEO_BYTES = 1050
CONSENT_S = 2.5
REPORT_S = 1.0
REMB = 100_000_000
SMALL_BUFFER = 4096
Json = dict[str, Any]


class Person:
    """One client of one group. Media goes to 127.0.0.1 at the port of the server."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse, port: int) -> None:
        self.socket = socket
        self.media = ("127.0.0.1", port)
        self.id = uuid.uuid4().hex
        self.up: LoadPeer | None = None
        self.down: list[tuple[LoadPeer, dict[str, int]]] = []
        self.stream = ""
        self.receive_buffer = SMALL_BUFFER

    async def send(self, **message: object) -> None:
        await self.socket.send_json(message)

    async def next(self, *kinds: str) -> Json:
        """The next message of one of these types; offers that come before it are answered."""
        async with asyncio.timeout(PATIENCE_S):
            while True:
                frame = await self.socket.receive()
                if frame.type != aiohttp.WSMsgType.TEXT:
                    raise ConnectionError(f"the WebSocket ended: {frame.type.name}")
                message: Json = json.loads(frame.data)
                if message["type"] == "ping":
                    await self.send(type="pong")
                if message["type"] in kinds:
                    return message
                if message["type"] == "offer":
                    await self.take(message)

    async def next_offer(self) -> Json:
        """The next offer, not answered."""
        async with asyncio.timeout(PATIENCE_S):
            while (message := json.loads((await self.socket.receive()).data))["type"] != "offer":
                pass
            return dict(message)

    async def join(self, group: str, name: str, *, wants: list[str] | None = None) -> None:
        await self.send(type="handshake", version=["2"], id=self.id)
        await self.send(type="join", kind="join", group=group, username=name, password="")
        joined = await self.next("joined")
        assert joined["kind"] == "join", joined
        await self.send(type="request", request={"": ["audio", "video"] if wants is None else wants})

    async def publish(self) -> None:
        """A camera: sound has SSRC 1, the picture SSRC 2."""
        self.up = LoadPeer()
        self.stream = uuid.uuid4().hex
        offer = self.up.offer(audio=1, video=2)
        await self.send(type="offer", id=self.stream, label="camera", source=self.id, sdp=offer)
        answer = await self.next("answer")
        await self.connect(self.up, answer["sdp"])

    async def take(self, offer: Json) -> LoadPeer:
        """Answer an offer and connect."""
        peer = LoadPeer(receive_buffer=self.receive_buffer)
        sdp, ssrcs = peer.answer(offer["sdp"])
        await self.send(type="answer", id=offer["id"], sdp=sdp)
        await self.connect(peer, offer["sdp"])
        self.down.append((peer, ssrcs))
        return peer

    async def connect(self, peer: LoadPeer, description: str) -> None:
        """Shake hands; blocks, for the server is another process."""
        peer.connect(description, self.media)

    async def receive(self, count: int) -> None:
        """Take offers until there are `count` streams."""
        while len(self.down) < count:
            await self.take(await self.next("offer"))

    def close(self) -> None:
        for peer in [self.up, *(peer for peer, _ in self.down)]:
            if peer is not None:
                peer.sock.close()


class Address(Protocol):
    """Where people go (`server.Server`)."""

    port: int

    @property
    def ws_url(self) -> str: ...


async def gather(
    stack: AsyncExitStack,
    session: aiohttp.ClientSession,
    server: Address,
    cameras: int,
    watchers: int,
    *,
    mutual: bool,
    group: str = "meeting",
) -> list[Person]:
    """People in a group, all connected: those with cameras, then those who watch them all.
    `mutual`: those with cameras see each other. They leave with the stack."""
    people = []
    for number in range(cameras + watchers):
        ws = await stack.enter_async_context(session.ws_connect(server.ws_url))
        one = Person(ws, server.port)
        stack.callback(one.close)
        await one.join(group, f"person {number}", wants=None if mutual or number >= cameras else [])
        people.append(one)
    for sender in people[:cameras]:
        await sender.publish()
        for one in people if mutual else people[cameras:]:  # at once: nobody waits for ever to be answered
            await one.receive(len(one.down) + (one is not sender))
    return people


def allow_many_sockets() -> None:
    """Everybody has a socket for each stream."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


class Camera:
    """The packets of one camera, protected in advance: `frames[n]` and `sounds[n]`, one after the other."""

    def __init__(self, peer: LoadPeer, seconds: float) -> None:
        self.sock = peer.sock
        self.consent = peer.consent
        self.frames: list[list[bytes]] = []
        sequence = 0
        for number in range(int(seconds / FRAME_S)):
            frame = []
            for index in range(PACKETS_PER_FRAME):
                key = number % 60 == 0  # nobody listens to requests for keyframes here
                payload = loadpeer.vp8_payload(number & 0x7FFF, VIDEO_BYTES, start=index == 0, key=key)
                last = index == PACKETS_PER_FRAME - 1
                frame.append(loadpeer.rtp(2, sequence, number * 3000, VP8, "1", payload, last))
                sequence += 1
            self.frames.append(peer.protected(frame))
        sounds = [
            loadpeer.rtp(1, n, n * 960, OPUS, "0", os.urandom(96), False)
            for n in range(int(seconds / SOUND_S))
        ]
        self.sounds = peer.protected(sounds)


def run_meeting(people: list[Person], seconds: float) -> int:
    """Fork a process in which everybody sends, reports and stays alive for `seconds`; returns its id."""
    cameras = [Camera(person.up, seconds) for person in people if person.up is not None]
    reports = []
    for person in people:
        for peer, ssrcs in person.down:
            ready = [
                loadpeer.receiver_report(7, ssrcs["video"], 90 * second, REMB)
                for second in range(int(seconds) + 2)
            ]
            reports.append((peer, peer.protected_rtcp(ready)))
    child = os.fork()
    if child:
        return child
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    try:
        _send(cameras, reports, seconds)
    finally:
        os._exit(0)


def _send(cameras: list[Camera], reports: list[tuple[LoadPeer, list[bytes]]], seconds: float) -> None:
    began = time.monotonic()
    parent = os.getppid()
    sounds = [0.0 + SOUND_S * index / len(cameras) for index in range(len(cameras))]
    frames = [0.0 + FRAME_S * index / len(cameras) for index in range(len(cameras))]
    counts = [[0, 0] for _ in cameras]
    reported = consented = 0
    while (now := time.monotonic() - began) < seconds and os.getppid() == parent:
        for index, camera in enumerate(cameras):
            if now >= sounds[index] and counts[index][0] < len(camera.sounds):
                _quietly(camera.sock, camera.sounds[counts[index][0]])
                counts[index][0] += 1
                sounds[index] += SOUND_S
            if now >= frames[index] and counts[index][1] < len(camera.frames):
                for packet in camera.frames[counts[index][1]]:
                    _quietly(camera.sock, packet)
                counts[index][1] += 1
                frames[index] += FRAME_S
        # Reports and checks one by one, evenly spread.
        while reported < now / REPORT_S * len(reports):
            peer, ready = reports[reported % len(reports)]
            _quietly(peer.sock, ready[reported // len(reports)])
            reported += 1
        while consented < now / CONSENT_S * (len(reports) + len(cameras)):
            at = consented % (len(reports) + len(cameras))
            if at < len(reports):
                _quietly(reports[at][0].sock, reports[at][0].consent)
            else:
                _quietly(cameras[at - len(reports)].sock, cameras[at - len(reports)].consent)
            consented += 1
        time.sleep(0.001)


def _quietly(sock: Any, data: bytes) -> None:
    with contextlib.suppress(OSError):  # a full buffer, as on any network
        sock.send(data)
