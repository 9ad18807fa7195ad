"""Attacks of one address on a server, each for some seconds and with a bounded number of connections.

python tests/bench/attacks.py NAME PORT SECONDS
"""

from __future__ import annotations

import asyncio
import json
import os
import socket
import sys
import time
import uuid
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from pathlib import Path
from typing import Any

import aiohttp

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from kit.lightpeople import Json, Person

SOCKETS = 30
UPGRADE = (
    b"GET /ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
)
HANDSHAKE = b'{"type":"handshake","version":["2"],"id":"%s"}'


class Attack:
    """Where and how long."""

    def __init__(self, port: int, seconds: float, sockets: int = SOCKETS) -> None:
        self.port = port
        self.sockets = sockets
        self.ends = time.monotonic() + seconds
        self.url = f"http://127.0.0.1:{port}/"
        self.told: dict[str, int] = {}
        """what happened, for the bench's reader"""

    @property
    def going_on(self) -> bool:
        return time.monotonic() < self.ends

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

    async def raw(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port, limit=1 << 24)
        writer.write(UPGRADE)
        await reader.readuntil(b"\r\n\r\n")
        return reader, writer

    async def flood(self, data: bytes, *, handshake: bool = False) -> None:
        """The same bytes for as long as the server takes them."""
        _, writer = await self.raw()
        try:
            if handshake:
                writer.write(frame(1, HANDSHAKE % os.urandom(8).hex().encode()))
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


def frame(opcode: int, payload: bytes = b"", *, last: bool = True) -> bytes:
    """One masked frame, RFC 6455 §5.2; the mask is zero."""
    size = len(payload)
    if size < 126:
        length = bytes([0x80 | size])
    elif size < 1 << 16:
        length = bytes([0x80 | 126]) + size.to_bytes(2)
    else:
        length = bytes([0x80 | 127]) + size.to_bytes(8)
    return bytes([last << 7 | opcode]) + length + bytes(4) + payload


def text(**message: object) -> bytes:
    return frame(1, json.dumps(message).encode())


async def drain(one: Person, seen: Callable[[Json], None] = lambda message: None) -> None:
    """Read and forget."""
    with suppress(ConnectionError, TypeError, ValueError, aiohttp.ClientError):
        while True:
            seen(await one.socket.receive_json())


# --- before joining --------------------------------------------------------------------------------


async def brackets(attack: Attack) -> None:
    """A megabyte of empty lists, before the handshake."""
    value = b'{"type":"pong","value":[' + b",".join([b"[]"] * 349_000) + b"]}"
    await attack.many(lambda: attack.flood(frame(1, value)))


async def brackets_later(attack: Attack) -> None:
    """As complex as a stranger's message may be, after the handshake."""
    value = b'{"type":"pong","value":[' + b",".join([b"[]"] * 490) + b"]}"
    await attack.many(lambda: attack.flood(frame(1, value) * 16, handshake=True))


async def quotes(attack: Attack) -> None:
    """Texts that are hard to tell from structure."""
    value = b'{"type":"pong","value":"' + b'\\",[' * 7_000 + b'"}'
    await attack.many(lambda: attack.flood(frame(1, value), handshake=True))


async def fragments(attack: Attack) -> None:
    """A message that never ends, in empty pieces."""
    await attack.many(lambda: attack.flood(frame(1, last=False) + frame(0, last=False) * 50_000))


async def pings(attack: Attack) -> None:
    """Pings, whose answers nobody reads."""
    await attack.many(lambda: attack.flood(frame(9, b"x" * 125) * 2_000, handshake=True))


async def binary(attack: Attack) -> None:
    """Binary frames of 200 kB."""
    await attack.many(lambda: attack.flood(frame(2, b"[" * 200_000), handshake=True))


async def small(attack: Attack) -> None:
    """As many small messages as a connection may send."""
    await attack.many(lambda: attack.flood(text(type="pong") * 500, handshake=True))


async def aborted_joins(attack: Attack) -> None:
    """Into another subgroup each, and gone without a word; then its status."""

    async def one() -> None:
        name = f"target/{uuid.uuid4().hex}"
        reader, writer = await attack.raw()
        writer.write(frame(1, HANDSHAKE % name.encode()))
        writer.write(text(type="join", kind="join", group=name, username="x", password=""))
        await reader.readuntil(b'"joined"')
        writer.transport.abort()
        attack.count("joins")
        async with aiohttp.ClientSession() as session, session.get(f"{attack.url}group/{name}/.status"):
            pass

    await attack.many(one, 8)


async def landing(attack: Attack) -> None:
    """The landing page and its list, while the number of people in a public group changes."""

    async def one() -> None:
        async with aiohttp.ClientSession() as session:
            for path in ("", "public-groups.json"):
                async with session.get(attack.url + path) as response:
                    await response.read()
            (await attack.person(session, "target", wants=[])).socket._writer.transport.abort()
            attack.count("pages")

    await attack.many(one, 4)


# --- by a member -----------------------------------------------------------------------------------


async def private_flood(attack: Attack) -> None:
    """Private messages of 64 kB to somebody on a line of 2 Mbit/s, who must stay."""
    async with aiohttp.ClientSession() as session:
        sender = await attack.person(session, "target", wants=[])
        sock = socket.socket()
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 16_384)
        sock.setblocking(False)
        loop = asyncio.get_running_loop()
        await loop.sock_connect(sock, ("127.0.0.1", attack.port))
        await loop.sock_sendall(sock, UPGRADE)
        await loop.sock_sendall(sock, frame(1, HANDSHAKE % b"slow"))
        await loop.sock_sendall(
            sock, text(type="join", kind="join", group="target", username="slow", password="")
        )
        reading = asyncio.create_task(drain(sender))
        await asyncio.sleep(0.3)
        received = 0

        async def read_slowly() -> None:
            nonlocal received
            while attack.going_on:
                data = await loop.sock_recv(sock, 12_500)
                if not data:
                    attack.count("THE LISTENER WAS THROWN OUT")
                    return
                received += len(data)
                await asyncio.sleep(0.05)

        slow = asyncio.create_task(read_slowly())
        with suppress(ConnectionError, aiohttp.ClientError):
            while attack.going_on:
                await sender.send(type="usermessage", kind="x", dest="slow", value="x" * 64_000)
                attack.count("sent")
                await asyncio.sleep(0.003)
        await slow
        attack.told["kB that the listener read"] = received // 1000
        sock.close()
        reading.cancel()


async def toggling(attack: Attack) -> None:
    """`requestStream` on and off, with the longest answers that are taken."""
    async with aiohttp.ClientSession() as session:
        speaker = await attack.person(session, "target", wants=[])
        await speaker.publish()
        reading = asyncio.create_task(drain(speaker))

        async def one() -> None:
            from kit.loadpeer import LoadPeer

            watcher = await attack.person(session, "target", wants=["audio", "video"])
            offer = await watcher.next_offer()
            first, _ = LoadPeer().answer(offer["sdp"])
            try:
                while attack.going_on:
                    answer = first
                    answer += ("a=x-" + "y" * 60 + "\r\n") * ((120_000 - len(answer)) // 66)
                    await watcher.send(type="answer", id=offer["id"], sdp=answer)
                    for kinds in (["audio"], ["audio", "video"]):
                        await watcher.send(type="requestStream", id=offer["id"], request=kinds)
                    attack.count("cycles")
                    offer = await watcher.next_offer()
            finally:
                watcher.close()
                await watcher.socket.close()

        await attack.many(one, 5)
        reading.cancel()
        speaker.close()


async def offers(attack: Attack) -> None:
    """A hundred offers at once, again and again, in a room of thirty."""
    from kit.loadpeer import LoadPeer

    async with aiohttp.ClientSession() as session:
        people = [await attack.person(session, "target", wants=["audio", "video"]) for _ in range(30)]
        reading = [asyncio.create_task(drain(one)) for one in people]
        sdp = LoadPeer().offer(audio=1, video=2)

        async def one() -> None:
            sender = await attack.person(session, "target", wants=[])
            emptying = asyncio.create_task(drain(sender))
            for number in range(100):
                await sender.send(type="offer", id=uuid.uuid4().hex, label="camera", sdp=sdp)
                if number % 16 == 15:
                    await sender.send(type="close", id="x")
            attack.count("hundreds")
            await asyncio.sleep(1.0)
            emptying.cancel()
            await sender.socket.close()

        await attack.many(one, 2)
        for task in reading:
            task.cancel()


async def chatting(attack: Attack) -> None:
    """Four messages of 60 kB in each of hundreds of subgroups."""
    async with aiohttp.ClientSession() as session:
        stay = []

        async def one() -> None:
            person = await attack.person(session, f"target/{uuid.uuid4().hex}", wants=[])
            for _ in range(4):
                await person.send(type="chat", value="x" * 60_000)
            stay.append(asyncio.create_task(drain(person)))
            attack.count("subgroups")
            if len(stay) > 250:
                stay.pop(0).cancel()
                await asyncio.sleep(0.05)

        await attack.many(one, 8)


async def never_reading(attack: Attack) -> None:
    """A hundred members who never read, and one who talks."""
    deaf = []
    for number in range(100):
        reader, writer = await attack.raw()
        writer.transport.pause_reading()  # type: ignore[attr-defined]
        writer.write(frame(1, HANDSHAKE % f"deaf{number}".encode()))
        writer.write(text(type="join", kind="join", group="target", username="deaf", password=""))
        deaf.append((reader, writer))
    async with aiohttp.ClientSession() as session:
        talker = await attack.person(session, "target", wants=[])
        reading = asyncio.create_task(drain(talker))
        with suppress(ConnectionError, aiohttp.ClientError):
            while attack.going_on:
                await talker.send(type="chat", value="x" * 30_000)
                await asyncio.sleep(0.02)
        reading.cancel()
    for _, writer in deaf:
        writer.transport.abort()


ATTACKS: dict[str, Callable[[Attack], Coroutine[Any, Any, None]]] = {
    attack.__name__: attack
    for attack in (
        brackets, brackets_later, quotes, fragments, pings, binary, small, aborted_joins, landing,
        private_flood, toggling, offers, chatting, never_reading,
    )
}  # fmt: skip


def main() -> None:
    os.nice(5)  # an attacker has a machine of its own
    attack = Attack(int(sys.argv[2]), float(sys.argv[3]), int(sys.argv[4]))
    asyncio.run(ATTACKS[sys.argv[1]](attack))
    print(json.dumps(attack.told))


if __name__ == "__main__":
    main()
