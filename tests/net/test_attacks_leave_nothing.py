"""What an attacker's connection held goes when it ends, however it ends, by reference counts alone: with
people in the rooms the collector that finds circles may not run for hours, and the attack goes on.

The server runs here, the attackers in a thread, so that nothing of theirs is counted; but for the last test.
"""

from __future__ import annotations

import asyncio
import gc
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import suppress
from pathlib import Path

import aiohttp
import psutil
import pytest
from census import census, server_here, without_collector

from galene_py.app import Server
from kit.frames import UPGRADE, frame, handshake, text
from kit.server import OPEN_GROUP, StartServer, start_server

__all__ = ["start_server"]

ON_UVLOOP = True
AGAIN = 4
COUNTED = ("galene_py.", "aiohttp.", "builtins.traceback", "builtins.frame")


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Server]:
    async with server_here(tmp_path, "target", {**OPEN_GROUP, "auto-subgroups": True}) as server:
        yield server


@pytest.fixture
def no_collector() -> Iterator[None]:
    with without_collector():
        yield


def joined(**fields: object) -> bytes:
    return handshake() + text(type="join", kind="join", group="target", **fields)


def deaf(sock: socket.socket) -> None:
    """Read nothing, and go when the server has had time to notice."""
    with suppress(TimeoutError):
        sock.settimeout(0.3)
        while sock.send(frame(9, bytes(125)) * 100):
            pass


def hear(sock: socket.socket, what: bytes = b"") -> None:
    """Read until something was said, or the connection has ended."""
    heard = b""
    with suppress(ConnectionError):
        while (data := sock.recv(65536)) and not (what and what in heard + data):
            heard += data


def nothing(sock: socket.socket) -> None:
    """Go at once."""


WAYS: dict[str, tuple[bytes, Callable[[socket.socket], None]]] = {
    "a message of more than a megabyte": (UPGRADE + frame(1, b"[" * ((1 << 20) + 1)), hear),
    "a frame that is none": (UPGRADE + b"\xff" * 20, hear),
    "text that is no Unicode": (UPGRADE + frame(1, b"\xff\xfe"), hear),
    "much structure": (UPGRADE + frame(1, b'{"type":"pong","value":[' + b"[]," * 9_000) * 40, hear),
    "half a message": (UPGRADE + frame(1, bytes(50_000))[:20_000], nothing),
    "messages that are not handled yet": (UPGRADE + handshake() + text(type="pong") * 3000, nothing),
    "pings whose answers are not read": (UPGRADE, deaf),
    "a wrong password": (
        UPGRADE + joined(username="op", password="no"),
        lambda sock: hear(sock, b"not-authorised"),
    ),
    "no HTTP": (b"nonsense\r\n\r\n", hear),
    "half a request": (b"GET / HTTP/1.1\r\nHost: x\r\n", nothing),
    "requests in a row": (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n" * 200, nothing),
    "what is not there": (b"GET /nothing HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", hear),
    "what is elsewhere": (b"GET /admin HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", hear),
    "a method that there is not": (b"PUT / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", hear),
}


def attack(port: int, data: bytes, then: Callable[[socket.socket], None]) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=10) as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")  # ends by a reset
        with suppress(ConnectionError):
            sock.sendall(data)
            then(sock)


@pytest.mark.parametrize("way", WAYS)
async def test_however_a_connection_ends_nothing_of_it_stays(
    server: Server, no_collector: None, way: str
) -> None:
    data, then = WAYS[way]
    await asyncio.to_thread(attack, server.port, data, then)  # what stays after the first serves the others
    await asyncio.sleep(0)
    gc.collect()
    before = census(COUNTED)
    for _ in range(AGAIN):
        await asyncio.to_thread(attack, server.port, data, then)

    def left() -> dict[str, int]:
        return {
            name: more
            for name, more in (census(COUNTED) - before).items()
            if more >= AGAIN and name not in FEW
        }

    try:
        await until(lambda: not left())
    except TimeoutError:
        pytest.fail(f"left behind: {left()}")


FEW = (
    "aiohttp.web_urldispatcher.SystemRoute",
    "aiohttp.web_exceptions.HTTPNotFound",
    "aiohttp.web_exceptions.HTTPMethodNotAllowed",
)
"""A circle of aiohttp's own without anything of the connection, found by the collector while it is young."""


async def test_a_subgroup_goes_with_the_last_who_was_awaited(server: Server, no_collector: None) -> None:
    def visit(name: str) -> None:
        said = text(type="join", kind="join", group=f"target/{name}", username="x", password="")
        attack(server.port, UPGRADE + handshake() + said, lambda sock: hear(sock, b'"joined"'))

    await asyncio.to_thread(visit, "first")
    await until(lambda: not server.conference.debug_state()["clients"])
    before = census(COUNTED)["galene_py.groups.live.Group"]
    for number in range(AGAIN):
        await asyncio.to_thread(visit, str(number))
    await until(lambda: not server.conference.debug_state()["clients"])
    for number in range(AGAIN):
        server.registry.get(f"target/{number}").resumption.forget_lost()
    server.registry.get("target")
    server.registry.get("target")
    assert census(COUNTED)["galene_py.groups.live.Group"] <= before + 1


def attack_with_megabytes(port: int) -> None:
    data = UPGRADE + frame(1, b'{"type":"pong","value":[' + b"[]," * 349_000 + b"0]}")
    for _ in range(8):
        attack(port, data, hear)


async def test_memory_comes_back_though_somebody_stays(start_server: StartServer) -> None:
    served = start_server()
    process = psutil.Process(served.pid)
    async with aiohttp.ClientSession() as session, session.ws_connect(served.ws_url) as stays:
        await stays.send_str('{"type":"handshake","version":["2"],"id":"stays"}')
        await stays.send_str('{"type":"join","kind":"join","group":"demo","username":"stays","password":""}')
        while (await stays.receive_json())["type"] != "user":
            pass
        before = process.memory_info().rss
        await asyncio.gather(*(asyncio.to_thread(attack_with_megabytes, served.port) for _ in range(20)))
        await until(lambda: process.memory_info().rss < before + RETURNED_BYTES, 60)
        assert not stays.closed


RETURNED_BYTES = 24 << 20
"""Of the 160 MB that are sent, 20 of them at once, this much may stay: a first attack makes some room."""


async def until(condition: Callable[[], bool], seconds: float = 10) -> None:
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110  # of objects that go, nobody is told
            await asyncio.sleep(0.05)
