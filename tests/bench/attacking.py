"""What attacks of `attacks*.py` have in common: from where, how long, how many connections at once."""

from __future__ import annotations

import asyncio
import random
import sys
import time
import uuid
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path

import aiohttp

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from kit.frames import UPGRADE, handshake
from kit.lightpeople import Json, Person

SOCKETS = 30
PREFIX, SERVER_6 = "2001:db8:1::", "2001:db8:2::1"
"""A /64 that is the attacker's, and the server's address beside it: where `bench_attacks` made them."""


class Attack:
    """Where and how long."""

    def __init__(self, port: int, seconds: float, sockets: int = SOCKETS, *, prefix: bool = False) -> None:
        """`prefix`: each connection comes from another address of one IPv6 /64."""
        self.port = port
        self.prefix = prefix
        self.host = SERVER_6 if prefix else "127.0.0.1"
        self.sockets = sockets
        self.ends = time.monotonic() + seconds
        self.url = f"http://[{self.host}]:{port}/" if prefix else f"http://{self.host}:{port}/"
        self.told: dict[str, int] = {}
        """what happened, for the bench's reader"""

    @property
    def going_on(self) -> bool:
        return time.monotonic() < self.ends

    async def over(self) -> None:
        """Wait for the end."""
        await asyncio.sleep(max(0.0, self.ends - time.monotonic()))

    def count(self, what: str) -> None:
        self.told[what] = self.told.get(what, 0) + 1

    async def many(self, one: Callable[[], Awaitable[None]], count: int = SOCKETS) -> None:
        """Do something on many connections at once, again and again; on no more than this attack may have."""

        async def repeat() -> None:
            while self.going_on:
                try:
                    async with asyncio.timeout(max(0.1, self.ends - time.monotonic())):
                        await one()
                except (OSError, TimeoutError, asyncio.IncompleteReadError, aiohttp.ClientError):
                    self.count("connections ended")
                    await asyncio.sleep(0.02)

        await asyncio.gather(*(repeat() for _ in range(min(count, self.sockets))))

    def source(self) -> tuple[str, int] | None:
        """Where the next connection comes from."""
        return (f"{PREFIX}{random.getrandbits(16):x}:{random.getrandbits(16):x}", 0) if self.prefix else None

    def session(self) -> aiohttp.ClientSession:
        """HTTP, and WebSockets of a library."""
        return aiohttp.ClientSession(connector=aiohttp.TCPConnector(local_addr=self.source(), limit=0))

    async def connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """Plain TCP."""
        return await asyncio.open_connection(self.host, self.port, limit=1 << 24, local_addr=self.source())

    async def raw(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """A WebSocket in bytes."""
        reader, writer = await self.connect()
        writer.write(UPGRADE)
        await reader.readuntil(b"\r\n\r\n")
        return reader, writer

    async def pour(self, data: bytes) -> None:
        """The same bytes on plain TCP for as long as the server takes them; what it says is thrown away."""
        reader, writer = await self.connect()

        async def read() -> None:
            while await reader.read(1 << 16):
                pass

        reading = asyncio.create_task(read())
        try:
            while self.going_on:
                writer.write(data)
                await writer.drain()
                self.count("sent")
        finally:
            reading.cancel()
            writer.transport.abort()

    async def flood(self, data: bytes, *, greet: bool = False) -> None:
        """The same bytes for as long as the server takes them."""
        _, writer = await self.raw()
        try:
            if greet:
                writer.write(handshake())
            while self.going_on:
                writer.write(data)
                await writer.drain()
                self.count("sent")
        finally:
            writer.transport.abort()

    async def person(self, session: aiohttp.ClientSession, group: str, *, wants: list[str]) -> Person:
        one = Person(await session.ws_connect(self.url + "ws", max_msg_size=0), self.port)
        await one.join(group, uuid.uuid4().hex[:6], wants=wants)
        return one


async def drain(one: Person, seen: Callable[[Json], None] = lambda message: None) -> None:
    """Read and forget."""
    with suppress(ConnectionError, TypeError, ValueError, aiohttp.ClientError):
        while True:
            seen(await one.socket.receive_json())
