"""A web application on a real listening socket, with real groups and hand-written clients behind it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import uvloop
from aiohttp import web

from galene_py.budget.turns import Actor, Turns
from galene_py.config import Configuration
from galene_py.groups.live import Group
from galene_py.groups.registry import GroupRegistry
from galene_py.web.app import WEBSOCKETS, build_app
from galene_py.web.context import Close, Send, WebContext
from galene_py.web.crowd import Crowd
from galene_py.web.deadlines import Deadlines
from galene_py.web.listener import AdoptTcp, Listener
from galene_py.web.sockets import HttpAddress, listen
from galene_py.web.static_files import StaticTree
from galene_py.web.tls import Certificate
from unit.groups.making_groups import write_group


def pytest_asyncio_loop_factories() -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    """The loop that the server runs on: its transports are not asyncio's."""
    return {"uvloop": uvloop.new_event_loop}


GROUPS: dict[str, dict[str, object]] = {
    "demo": {"displayName": "The <b>demo</b>", "description": "Try & see", "public": True},
    "a/b": {"authServer": "https://auth.example.org:444/login?x=1"},
    "old": {"redirect": "https://example.org/new/"},
    "ünï 100%": {"displayName": "ünï"},
    "broken": {"max-clients": "many"},
}


class Groups(GroupRegistry):
    """The real groups; remembers of which ones the public status was asked, and has one with a bug."""

    def __init__(self, groups_dir: Path, data_dir: Path) -> None:
        super().__init__(groups_dir, data_dir)
        self.asked: list[str] = []

    def look(self, name: str) -> Group:
        if name == "failing":
            raise RuntimeError("token=SECRET")
        return super().look(name)

    def public_status(self, name: str, base_url: str = "") -> dict[str, Any] | None:
        self.asked.append(name)
        return super().public_status(name, base_url)


def make_groups(directory: Path) -> Groups:
    (directory / "groups").mkdir()
    for name, contents in GROUPS.items():
        write_group(directory / "groups", name, contents)
    return Groups(directory / "groups", directory / "data")


class EchoClient:
    """Answers each message with itself; some words make it misbehave."""

    def __init__(self, address: str, send: Send, close: Close, actor: Actor) -> None:
        self.address, self.send, self.close, self.actor = address, send, close, actor
        self.ended: list[str] = []
        self.polled = 0
        self.left = False
        self.received: list[str | bytes] = []

    def receive(self, text: str | bytes, now: float) -> None:
        self.received.append(text)
        if text == "raise":
            raise RuntimeError("a bug")
        if text == "close":
            self.send(b"last")
            self.close(1008, "enough " + "é" * 100)
            return
        self.send(text.encode() if isinstance(text, str) else text)

    def poll(self, now: float) -> None:
        self.polled += 1

    def closed(self, reason: str, left: bool) -> None:
        self.ended.append(reason)
        self.left = left


class Site:
    """The running application and what the tests look at."""

    def __init__(self, tmp_path: Path) -> None:
        self.data = tmp_path / "data"
        self.static = tmp_path / "static"
        self.data.mkdir()
        (self.static / "css").mkdir(parents=True)
        worker = self.static / "filters" / "worker"
        worker.mkdir(parents=True)
        (self.static / "main.js").write_text("// " + "hello " * 100)
        (self.static / "css" / "main.css").write_text("body { margin: 0 }")
        (worker / "main.js").write_text("self.onmessage = null;")
        (tmp_path / "secret.txt").write_text("secret")
        self.groups = make_groups(tmp_path)
        self.clients: list[EchoClient] = []
        self.port = 0
        self.app: web.Application
        self.context: WebContext
        self.listener: Listener
        self.deadlines: Deadlines

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/"

    def new_client(self, address: str, send: Send, close: Close, actor: Actor) -> EchoClient:
        self.clients.append(EchoClient(address, send, close, actor))
        return self.clients[-1]

    async def raw(self, request: bytes, *, port: int | None = None) -> bytes:
        """Send bytes over TCP, return everything that comes until the server closes."""
        reader, writer = await asyncio.open_connection("127.0.0.1", port or self.port)
        writer.write(request)
        try:
            async with asyncio.timeout(5):
                return await reader.read()
        except ConnectionResetError:  # closed while bytes were unread
            return b""
        finally:
            writer.close()

    async def get_raw(self, path: str) -> tuple[int, bytes]:
        """GET a path exactly as written."""
        answer = await self.raw(f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
        head, _, body = answer.partition(b"\r\n\r\n")
        return int(head.split()[1]), body


StartSite = Callable[..., "asyncio.Future[Site]"]


@pytest.fixture
async def start_site(tmp_path: Path) -> AsyncIterator[Callable[..., object]]:
    """A function that starts a site: `await start_site(certificate=..., adopt_tcp=..., address=...)`."""
    cleanups: list[Callable[[], object]] = []
    site = Site(tmp_path)

    async def start(
        *,
        certificate: Certificate | None = None,
        adopt_tcp: AdoptTcp | None = None,
        address: HttpAddress | None = None,
        crowd: Crowd | None = None,
    ) -> Site:
        loop = asyncio.get_running_loop()
        config = Configuration(site.data, clock=lambda: time.monotonic() * 1e6, wall_clock=time.time)
        site.context = WebContext(
            config=config,
            groups=site.groups,
            new_client=site.new_client,
            turns=Turns(time.perf_counter, loop.call_soon, loop.call_later),
            static=StaticTree(site.static),
            vendor_dirs=[site.data / "vendor"],
            started=time.monotonic(),
        )
        site.deadlines = Deadlines(site.context.turns)
        site.app = build_app(site.context)
        runner = web.AppRunner(site.app, access_log=None, shutdown_timeout=1)
        await runner.setup()
        server = runner.server
        assert server is not None
        sockets = listen(address or HttpAddress(host="127.0.0.1"))
        if not (address and address.path):
            site.port = sockets[0].getsockname()[1]
        site.listener = Listener(
            sockets,
            lambda: site.deadlines.protocol(server, loop),
            certificate,
            adopt_tcp,
            crowd,
            turns=site.context.turns,
        )
        site.listener.start()

        async def stop() -> None:
            site.listener.close()
            await site.app[WEBSOCKETS].close("over")
            await runner.cleanup()
            site.groups.close()

        cleanups.append(stop)
        return site

    yield start
    for stop in cleanups:
        await stop()  # type: ignore[misc]


@pytest.fixture
async def site(start_site: Callable[[], object]) -> Site:
    return await start_site()  # type: ignore[no-any-return, misc]


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(auto_decompress=True) as session:
        yield session


async def eventually(condition: Callable[[], object], seconds: float = 5.0) -> None:
    """Wait until the condition holds."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it never happened"
        await asyncio.sleep(0.005)
