"""Nobody holds a connection for ever, and no origin holds them all."""

from __future__ import annotations

import asyncio
import os
import resource
import socket
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from galene_py.web import limits
from galene_py.web.crowd import Crowd
from unit.web.conftest import Site, eventually
from unit.web.test_listener import certificate, trusting

Start = Callable[..., Awaitable[Site]]
BIG = 4 << 20


async def never_reads(site: Site, request: bytes) -> socket.socket:
    """Ask, and leave the answer where it is."""
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    sock.setblocking(False)
    loop = asyncio.get_running_loop()
    await loop.sock_connect(sock, ("127.0.0.1", site.port))
    await loop.sock_sendall(sock, request)
    return sock


def get(path: str, more: str = "") -> bytes:
    return f"GET {path} HTTP/1.1\r\nHost: x\r\n{more}\r\n".encode()


def open_connections(site: Site) -> object:
    return site.deadlines.debug_state()["open"]


@pytest.mark.parametrize("more", ["", "Connection: close\r\n"])
async def test_answers_that_nobody_reads_end_their_connections(
    site: Site, monkeypatch: pytest.MonkeyPatch, more: str
) -> None:
    monkeypatch.setattr("galene_py.web.limits.HTTP_WRITE_SECONDS", 0.1)
    (site.static / "big.bin").write_bytes(os.urandom(BIG))
    socks = [await never_reads(site, get("/static/big.bin", more)) for _ in range(20)]
    await eventually(lambda: open_connections(site) == 20)
    await eventually(lambda: open_connections(site) == 0)
    for sock in socks:
        sock.close()


async def test_a_slow_reader_gets_its_answer(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("galene_py.web.limits.HTTP_WRITE_SECONDS", 0.5)
    (site.static / "big.bin").write_bytes(os.urandom(BIG))
    sock = await never_reads(site, get("/static/big.bin", "Connection: close\r\n"))
    loop, got = asyncio.get_running_loop(), 0
    while data := await loop.sock_recv(sock, 1 << 16):
        got += len(data)
    assert got > BIG
    sock.close()


async def test_last_bytes_that_nobody_takes_are_given_up(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """The buffer is not full enough to stall the answer, and the connection is closed."""
    monkeypatch.setattr("galene_py.web.limits.HTTP_CLOSING_SECONDS", 0.05)
    (site.static / "some.bin").write_bytes(os.urandom(20_000))
    sock = await never_reads(
        site, get("/static/some.bin") * 200 + get("/static/some.bin", "Connection: close\r\n")
    )
    await eventually(lambda: open_connections(site) == 1)
    monkeypatch.setattr("galene_py.web.limits.HTTP_WRITE_SECONDS", 0.1)
    await eventually(lambda: open_connections(site) == 0)
    sock.close()


async def test_the_kernel_gives_up_a_window_that_stays_shut(
    start_site: Start, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """TLS, whose own buffers nobody can look into."""
    monkeypatch.setattr("galene_py.web.limits.UNREAD_SECONDS", 0.3)
    site = await start_site(certificate=certificate(tmp_path))
    (site.static / "big.bin").write_bytes(os.urandom(BIG))
    reader, writer = await asyncio.open_connection("127.0.0.1", site.port, ssl=trusting(), limit=4096)
    writer.write(get("/static/big.bin"))
    await reader.readline()
    await eventually(lambda: open_connections(site) == 1)
    await eventually(lambda: open_connections(site) == 0, 10)
    writer.transport.abort()


async def test_a_body_that_does_not_come_ends_its_connection(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("galene_py.web.limits.HTTP_BODY_SECONDS", 0.1)

    async def read_all(request: object) -> object:
        await request.read()  # type: ignore[attr-defined]
        raise AssertionError("there is no end to it")

    site.app.router._frozen = False  # type: ignore[attr-defined]
    site.app.router.add_post("/swallow", read_all)  # type: ignore[arg-type]
    answer = await site.raw(b"POST /swallow HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nsome")
    assert answer == b""


async def test_a_request_that_never_ends_is_given_up(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("galene_py.web.limits.HTTP_KEEPALIVE_SECONDS", 0.2)
    assert await site.raw(b"GET /static/main.js HTTP/1.1\r\nHost: ") == b""


# --- shares ----------------------------------------------------------------------------------------


class Held:
    """A socket as far as shares are concerned."""

    def __init__(self, number: int) -> None:
        self.number = number

    def fileno(self) -> int:
        return self.number


def test_one_origin_has_a_share_and_the_others_the_rest() -> None:
    crowd = Crowd(4000)
    mine = [Held(number) for number in range(crowd.share + 5)]
    admitted = [crowd.admits(one, f"2001:db8::{one.number:x}") for one in mine]  # type: ignore[arg-type]
    assert admitted == [True] * crowd.share + [False] * 5
    assert crowd.share == 4000 // limits.ORIGIN_CONNECTIONS_SHARE
    assert crowd.admits(Held(1), "2001:db8:0:1::1")  # type: ignore[arg-type]
    mine[0].number = -1
    assert crowd.admits(Held(2), "2001:db8::1"), "one was closed"  # type: ignore[arg-type]
    assert not crowd.admits(Held(3), "2001:db8::1")  # type: ignore[arg-type]


@pytest.mark.parametrize("address", ["127.0.0.1", "::1", ""])
def test_a_proxy_on_this_machine_has_no_share(address: str) -> None:
    crowd = Crowd(1000)
    assert all(crowd.admits(Held(1), address) for _ in range(5000))  # type: ignore[arg-type]


def test_what_is_remembered_of_connections_goes_with_them() -> None:
    crowd = Crowd(1000)
    for number in range(20 * crowd.share):
        assert crowd.admits(Held(-1), f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}")  # type: ignore[arg-type]
    assert crowd.debug_state() == {"origins": 0, "most": 0}


async def test_the_last_descriptors_are_not_for_connections(
    start_site: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("galene_py.limits.ACCEPT_PAUSE_SECONDS", 0.05)
    with next_descriptor() as number:
        pass
    site = await start_site(crowd=Crowd((number + 8) * 8 // 7))
    (site.static / "new.js").write_text("new")
    pairs = [await asyncio.open_connection("127.0.0.1", site.port) for _ in range(20)]
    await eventually(lambda: site.listener.debug_state()["refused"])
    for _, writer in pairs:
        writer.close()

    def freed() -> bool:
        with next_descriptor() as next_one:
            return next_one <= number + 3

    await eventually(freed)
    assert (await site.get_raw("/static/new.js"))[0] == 200


@contextmanager
def next_descriptor() -> Iterator[int]:
    number = os.dup(0)
    try:
        yield number
    finally:
        os.close(number)


@contextmanager
def no_descriptors() -> Iterator[None]:
    """As if all were in use."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with next_descriptor() as number:
        pass
    resource.setrlimit(resource.RLIMIT_NOFILE, (number, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.mark.parametrize("size", [10, 2 << 20])
async def test_without_descriptors_a_file_is_not_missing(site: Site, size: int) -> None:
    path = site.static / "there.bin"
    path.write_bytes(os.urandom(size))
    reader, writer = await asyncio.open_connection("127.0.0.1", site.port)

    async def ask() -> bytes:
        writer.write(get("/static/there.bin"))
        head = await reader.readuntil(b"\r\n\r\n")
        length = next(
            int(line.split()[1]) for line in head.lower().split(b"\r\n") if b"content-length" in line
        )
        await reader.readexactly(length)
        return head

    for cached in (False, size > limits.STATIC_MEMORY_BYTES):
        if cached:
            assert (await ask()).startswith(b"HTTP/1.1 200")
        version = site.context.static.version()
        with no_descriptors():
            site.context.static._next_scan = 0.0
            head = await ask()
            assert site.context.static.version() == version
        assert head.startswith(b"HTTP/1.1 503")
        assert b"\r\nRetry-After: " in head
        assert b"\r\nCache-Control: no-store" in head
    assert (await ask()).startswith(b"HTTP/1.1 200")
    writer.close()
