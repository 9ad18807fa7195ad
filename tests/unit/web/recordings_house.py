"""A server with recordings of one group, for tests of their page: who is who, and `house`, which asks."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp.test_utils import TestServer
from yarl import URL

from galene_py import resources
from galene_py.budget.turns import Turns
from galene_py.config import Configuration
from galene_py.groups.passwords import make_bcrypt
from galene_py.groups.registry import GroupRegistry
from galene_py.recording.films import FilmError, Running, State
from galene_py.recording.shelf import Shelf
from galene_py.web import api
from galene_py.web.app import build_app
from galene_py.web.context import WebContext
from galene_py.web.recordings import page
from galene_py.web.recordings.door import Door
from galene_py.web.static_files import StaticTree
from unit.groups.making_groups import Clock, no_delay, write_group
from unit.recording.test_shelf import NAME, put

FILE = f"{NAME}_Ada_camera.webm"
BODY = bytes(range(256)) * 40
CLUB: dict[str, Any] = {
    "allow-recording": True,
    "users": {
        "olga": {"password": "op", "permissions": "op"},
        "bert": {
            "password": {"type": "bcrypt", "key": make_bcrypt("slow", 4).key},
            "permissions": ["record"],
        },
        "ann": {"password": "present", "permissions": "present"},
    },
    "wildcard-user": {"password": "guest", "permissions": "present"},
}
OLGA = ("olga", "op")


def basic(name: str, password: str) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()}


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


@dataclass
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes
    cookies: str = ""

    def without_date(self) -> tuple[object, ...]:
        return self.status, {k: v for k, v in self.headers.items() if k != "Date"}, self.body


class FakeFilms:
    """Notes what is asked for; a group called `other` has no film made."""

    def __init__(self) -> None:
        self.states: dict[str, State] = {}

    def state(self, group: str, recording: str) -> State | None:
        return self.states.get(f"{group} {recording}")

    def start(self, group: str, recording: str) -> None:
        if group == "other":
            raise FilmError("nobody is to be seen")
        self.states[f"{group} {recording}"] = Running(0.5)

    def cancel(self, group: str, recording: str) -> None:
        self.states.pop(f"{group} {recording}", None)


class House:
    """A server with groups and recordings, and somebody who asks."""

    def __init__(self, directory: Path) -> None:
        self.groups, self.data, self.recordings = (directory / n for n in ("groups", "data", "recordings"))
        for path in (self.groups, self.data, self.recordings / "club" / "below"):
            path.mkdir(parents=True)
        for name in ("club", "other", "club/below"):
            write_group(self.groups, name, CLUB)
        (self.groups / "broken.json").write_text("{")
        put(self.recordings / "club")
        (self.club / FILE).write_bytes(BODY)
        self.clock = Clock(1000.0)
        self.slept: list[float] = []
        self.registry = GroupRegistry(self.groups, self.data, sleep=self.sleep)
        self.noted: list[Mapping[str, object]] = []
        self.registry.audit = lambda event, **facts: self.noted.append({"event": event, **facts})
        config = Configuration(self.data, clock=time.monotonic, wall_clock=time.time)
        context = WebContext(
            config=config,
            groups=self.registry,
            new_client=None,  # type: ignore[arg-type]
            turns=Turns(time.perf_counter, lambda *_: None, lambda *_: None),  # type: ignore[arg-type]
            static=StaticTree(resources.static_dir()),
            vendor_dirs=[],
        )
        self.app = build_app(context)
        shelf = Shelf(self.recordings)
        self.door = Door(self.registry, clock=self.clock)
        page.add_routes(self.app, shelf, self.door)
        self.films = FakeFilms()
        api.add_routes(
            self.app,
            self.registry,
            lambda: config.server,
            dict,
            lambda: iter(()),
            shelf,
            self.door,
            self.films,
        )
        self.url = ""
        self.http: aiohttp.ClientSession

    @property
    def club(self) -> Path:
        return self.recordings / "club"

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        await no_delay(seconds)

    async def ask(self, path: str, method: str = "GET", **headers: str) -> Answer:
        """`path` below the root, as it is."""
        sent = {name.replace("_", "-"): text for name, text in headers.items()}
        address = URL(f"{self.url}/{path}", encoded=True)
        async with self.http.request(method, address, headers=sent, allow_redirects=False) as response:
            cookies = response.headers.get("Set-Cookie", "")
            return Answer(response.status, response.headers, await response.read(), cookies)

    async def sign_in(self, group: str = "club", who: tuple[str, str] = OLGA) -> tuple[str, str]:
        """The session's token, and its cookie as a browser sends it."""
        answer = await self.ask(f"recordings/{group}/.session", "POST", **basic(*who))
        assert answer.status == 200, answer
        return decoded(answer)["token"], answer.cookies.partition(";")[0]


def decoded(answer: Answer) -> Any:
    return json.loads(answer.body)


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    house = House(tmp_path)
    server = TestServer(house.app)
    await server.start_server()
    house.url = str(server.make_url("")).rstrip("/")
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as house.http:
        yield house
    await server.close()
    house.registry.close()
