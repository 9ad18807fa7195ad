"""A server with nothing but the administration interface."""

from __future__ import annotations

import asyncio
import base64
import json
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from aiohttp import ClientSession, web
from yarl import URL

from galene_py.config import ServerConfig
from galene_py.groups.passwords import make_bcrypt
from galene_py.groups.registry import GroupRegistry
from galene_py.recording.shelf import Shelf
from galene_py.web import limits
from galene_py.web.api import add_routes
from galene_py.web.recordings.door import Door
from unit.groups.making_groups import Clock, no_delay, write_group


class BasicAuth(NamedTuple):
    """A name and a password."""

    username: str
    password: str

    def header(self) -> str:
        return "Basic " + base64.b64encode(f"{self.username}:{self.password}".encode()).decode()


ROOT = "/galene-api/v0/"
ADMIN = BasicAuth("root", "pw")
USERS: dict[str, dict[str, object]] = {
    "root": {"password": {"type": "bcrypt", "key": make_bcrypt("pw", 4).key}, "permissions": "admin"},
    "watcher": {"password": "pw", "permissions": "observe"},
    "broken": {"password": "pw", "permissions": "king"},
}
GROUP = {
    "displayName": "City Watch",
    "users": {
        "vimes": {"password": "sybil", "permissions": "op"},
        "wild": {"password": {"type": "wildcard"}, "permissions": "present"},
        "clerk": {"password": "ink", "permissions": "admin"},
        "a/b c": {"permissions": ["present", "x"]},
    },
    "wildcard-user": {"password": "1234", "permissions": "message"},
    "authKeys": [{"kty": "oct", "alg": "HS256", "k": "MTExMTExMTExMTExMTExMTExMTExMTExMTExMTExMTE"}],
}


class Backend:
    """A registry with its directories, and a configuration that tests may change."""

    def __init__(self, directory: Path, groups: Mapping[str, object] | None = None) -> None:
        self.groups = directory / "groups"
        self.groups.mkdir()
        (directory / "data").mkdir()
        self.recordings = directory / "recordings"
        self.recordings.mkdir()
        for name, contents in (groups if groups is not None else {"watch": GROUP}).items():
            write_group(self.groups, name, contents)  # type: ignore[arg-type]
        self.config = ServerConfig(users=USERS, writableGroups=True)
        self.slept: list[float] = []
        self.data = directory / "data"
        self.now = Clock(0.0)
        self.open_registry()
        self.server_state: dict[str, Any] = {}
        self.client_states: list[tuple[str, dict[str, Any]]] = []
        self.clock: Callable[[], float] = time.monotonic

    def open_registry(self, **options: Any) -> None:
        """Make the registry, anew if there is one."""
        self.registry = GroupRegistry(
            self.groups, self.data, server=lambda: self.config, sleep=self._sleep, **options
        )

    async def _sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        await no_delay(seconds)

    def app(self) -> web.Application:
        app = web.Application(client_max_size=limits.HTTP_BODY_BYTES)
        add_routes(
            app,
            self.registry,
            lambda: self.config,
            lambda: self.server_state,
            lambda: iter(self.client_states),
            Shelf(self.recordings),
            Door(self.registry, clock=lambda: self.clock()),
            clock=lambda: self.clock(),
        )
        return app

    def file(self, name: str) -> dict[str, Any]:
        loaded = json.loads((self.groups / f"{name}.json").read_bytes())
        assert isinstance(loaded, dict)
        return loaded


class Answer:
    """What came back."""

    def __init__(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
        self.status = status
        self.headers = headers
        self.body = body
        self.etag = headers.get("ETag", "")

    @property
    def text(self) -> str:
        return self.body.decode()

    def json(self) -> Any:
        return json.loads(self.body)


class Client:
    """Asks the interface, as the server's admin unless told otherwise."""

    def __init__(self, session: ClientSession, url: str) -> None:
        self.session = session
        self.url = url

    async def __call__(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        auth: BasicAuth | None = ADMIN,
        token: str = "",
        headers: Mapping[str, str] | None = None,
        type: str = "application/json",
    ) -> Answer:
        sent = dict(headers or {})
        if token:
            sent["Authorization"] = f"Bearer {token}"
        elif auth is not None:
            sent["Authorization"] = auth.header()
        data: bytes | None = None
        if body is not None:
            sent["Content-Type"] = type
            data = body if isinstance(body, bytes) else json.dumps(body).encode()
        address = URL(self.url + ROOT + path, encoded=True)
        async with self.session.request(
            method, address, data=data, headers=sent, skip_auto_headers=["Content-Type"]
        ) as response:
            return Answer(response.status, response.headers, await response.read())


class Thread:
    """The interface in a thread with its own event loop, for tools that are not asynchronous."""

    def __init__(self, backend: Backend) -> None:
        self.backend = backend
        self.url = ""
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Thread:
        self._thread.start()
        assert self._ready.wait(10)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self.backend.registry.close()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        runner = web.AppRunner(self.backend.app(), access_log=None)
        self._loop.run_until_complete(runner.setup())
        site = web.TCPSite(runner, "127.0.0.1", 0)
        self._loop.run_until_complete(site.start())
        self.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        self._ready.set()
        self._loop.run_forever()
        self._loop.run_until_complete(runner.cleanup())
        self._loop.close()
