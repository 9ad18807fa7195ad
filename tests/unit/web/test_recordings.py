"""`/recordings/GROUP/`: who gets what, and that nobody else learns anything."""

from __future__ import annotations

import base64
import json
import os
import time
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
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
from galene_py.groups.times import Timestamp
from galene_py.groups.tokens.stateful import Token
from galene_py.recording import locks
from galene_py.recording.films import FilmError, Running, State
from galene_py.recording.shelf import Shelf
from galene_py.web import api, limits
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


LIST = "galene-api/v0/.groups/{}/.recordings/"
THINGS = [
    "recordings/{}/" + FILE,
    "recordings/{}/" + NAME + ".json",
    "recordings/{}/absent.webm",
    LIST,
    LIST + NAME,
    LIST + "absent",
]


@pytest.mark.parametrize("thing", THINGS)
@pytest.mark.parametrize(
    "login",
    [
        {},
        basic("olga", "wrong"),
        basic("nobody", "guest"),
        basic("nobody", "x"),
        basic("ann", "present"),
        basic("bert", "op"),
        bearer("x"),
        bearer("eyJhbGciOiJub25lIn0.e30."),
        {"Authorization": "Digest x"},
    ],
    ids=["none", "wrong", "guest", "nobody", "present", "hashed", "token", "signed", "digest"],
)
async def test_others_cannot_tell_what_there_is(house: House, thing: str, login: dict[str, str]) -> None:
    answers = [await house.ask(thing.format(g), **login) for g in ("club", "other", "nowhere", "broken")]
    answers += [await house.ask(THINGS[3 if thing.startswith("galene") else 0].format("club"), **login)]
    for answer in answers:
        assert answer.status == 401
        assert answer.body == b"not authorised\n"
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.without_date() == answers[0].without_date()
    tried = "Digest" not in str(login) and login != {}
    assert len(house.slept) == (len(answers) if tried else 0)
    assert (await house.ask(thing.format("club"), "HEAD", **login)).status == 401


async def test_what_opens_one_group_opens_no_other(house: House) -> None:
    token, cookie = await house.sign_in("club")
    put(house.recordings / "club" / "below")
    (house.recordings / "other").mkdir()
    put(house.recordings / "other")
    for group in ("other", "club/below", "club%2fbelow"):
        for login in (bearer(token), {"Cookie": cookie}):
            assert (await house.ask(f"recordings/{group}/{FILE}", **login)).status in (401, 404)
        assert (await house.ask(LIST.format(group), **bearer(token))).status == 401
    assert (await house.ask(f"recordings/club/below/{FILE}", **basic(*OLGA))).status == 200


@pytest.mark.parametrize("who", [OLGA, ("bert", "slow")])
async def test_who_may_record_sees_the_recordings(house: House, who: tuple[str, str]) -> None:
    login = basic(*who)
    answer = await house.ask(f"recordings/club/{FILE}", **login)
    assert (answer.status, answer.body) == (200, BODY)
    assert answer.headers["Content-Type"] == "video/webm"
    assert answer.headers["Content-Disposition"] == "attachment"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'; frame-ancestors 'none'"
    assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert answer.headers["Cache-Control"] == "no-store"
    listed = await house.ask(LIST.format("club"), **login)
    (entry,) = decoded(listed)
    assert (entry["name"], entry["peopleCount"], entry["people"]) == (NAME, 2, ["Ada", "Ben"])
    assert decoded(await house.ask(LIST.format("club") + NAME, **login)) == entry
    assert (await house.ask("recordings/club/absent.webm", **login)).status == 404
    assert (await house.ask(LIST.format("club") + "absent", **login)).status == 404


async def test_a_session_has_a_token_for_the_page_and_a_cookie_for_files_only(house: House) -> None:
    token, cookie = await house.sign_in()
    answer = await house.ask("recordings/club/.session", "POST", **bearer(token))
    assert decoded(answer)["token"] == token
    assert decoded(answer)["username"] == "olga"
    assert answer.headers["Cache-Control"] == "no-store"
    attributes = {each.strip() for each in answer.cookies.split(";")[1:]}
    assert attributes == {"HttpOnly", "SameSite=Strict"}  # no Path: the directory's own, behind any proxy
    assert token not in cookie
    secure = await house.ask("recordings/club/.session", "POST", X_Forwarded_Proto="https", **bearer(token))
    assert "Secure" in secure.cookies

    file, listed = f"recordings/club/{FILE}", LIST.format("club")
    assert (await house.ask(file, Cookie=cookie)).body == BODY
    assert (await house.ask(file, Cookie=f"a=b; {cookie}; c=d")).body == BODY
    assert (await house.ask(file, **bearer(token))).body == BODY
    assert (await house.ask(listed, **bearer(token))).status == 200
    for path, method in ((listed, "GET"), (listed + NAME, "DELETE"), ("recordings/club/.session", "POST")):
        assert (await house.ask(path, method, Cookie=cookie)).status == 401
    value = cookie.partition("=")[2]
    assert (await house.ask(listed, **bearer(value))).status == 401
    assert (await house.ask(file, Cookie=cookie.replace(value, token))).status == 401
    assert (await house.ask(file, Cookie=cookie + "x")).status == 401

    over = await house.ask("recordings/club/.session", "DELETE", **bearer(token))
    assert over.status == 204
    assert "Max-Age=0" in over.cookies
    assert (await house.ask(file, Cookie=cookie)).status == 401
    assert (await house.ask(listed, **bearer(token))).status == 401


def changed(**users: object) -> dict[str, Any]:
    return {**CLUB, "users": {**CLUB["users"], **users}}


@pytest.mark.parametrize(
    "description",
    [
        changed(olga={"password": "another", "permissions": "op"}),
        changed(olga={"password": "op", "permissions": "present"}),
        {**CLUB, "users": {}},
        {**CLUB, "allow-recording": False},
        None,
    ],
    ids=["password", "permissions", "user", "recording", "group"],
)
async def test_a_session_ends_with_what_it_rests_on(house: House, description: object) -> None:
    token, cookie = await house.sign_in()
    if description is None:
        (house.groups / "club.json").unlink()
    else:
        write_group(house.groups, "club", description)
    assert (await house.ask(f"recordings/club/{FILE}", Cookie=cookie)).status == 401
    assert (await house.ask(LIST.format("club"), **bearer(token))).status == 401
    assert len(house.door.sessions) == 0


async def test_a_session_ends_after_its_time(house: House) -> None:
    _, cookie = await house.sign_in()
    house.clock.now += limits.RECORDING_SESSION_SECONDS - 1
    assert (await house.ask(f"recordings/club/{FILE}", Cookie=cookie)).status == 200
    house.clock.now += 1
    assert (await house.ask(f"recordings/club/{FILE}", Cookie=cookie)).status == 401


async def test_sessions_are_bounded_for_each_account(house: House) -> None:
    cookies = [(await house.sign_in())[1] for _ in range(limits.RECORDING_SESSIONS_EACH + 1)]
    other = (await house.sign_in(who=("bert", "slow")))[1]
    assert len(house.door.sessions) == limits.RECORDING_SESSIONS_EACH + 1
    answers = [await house.ask(f"recordings/club/{FILE}", Cookie=each) for each in [*cookies, other]]
    assert [answer.status for answer in answers] == [401] + [200] * (len(cookies))


async def test_an_invitation_that_lets_record_lets_look_until_it_ends(house: House) -> None:
    expires = Timestamp.at(time.time() + 100)
    invitation = Token(token="secret-invitation", group="club", permissions=("record",), expires=expires)
    house.registry.token_file.put(invitation, None)
    login = bearer(invitation.token)
    assert (await house.ask(f"recordings/club/{FILE}", **login)).body == BODY
    answer = await house.ask("recordings/club/.session", "POST", **login)
    left = datetime.fromisoformat(decoded(answer)["expires"]) - datetime.now(UTC)
    assert left <= timedelta(seconds=100)
    house.clock.now += 100
    cookie = answer.cookies.partition(";")[0]
    assert (await house.ask(f"recordings/club/{FILE}", Cookie=cookie)).status == 401


async def test_guessing_is_counted_as_any_attempt_to_log_in(house: House) -> None:
    for group in ("club", "nowhere"):
        await house.ask(f"recordings/{group}/{FILE}", **basic("olga", "wrong"))
        await house.ask(f"recordings/{group}/.session", "POST", **basic("olga", "wrong"))
    assert len(house.slept) == 4
    assert house.registry.login_turns.debug_state()["failing"] == 1
    refused = {
        "event": "refused",
        "why": "recordings",
        "group": "club",
        "user": "olga",
        "address": "127.0.0.1",
    }
    assert house.noted.count(refused) == 2


async def test_deleting_is_noted_and_never_done_to_what_is_written(house: House) -> None:
    login = basic(*OLGA)
    lock = locks.create(house.club, NAME)
    refused = await house.ask(LIST.format("club") + NAME, "DELETE", **login)
    assert (refused.status, refused.body) == (409, b"it is still being recorded: stop the recording first\n")
    assert (house.club / FILE).exists()
    os.close(lock)
    assert (await house.ask(LIST.format("club") + NAME, "DELETE", **login)).status == 204
    assert [path.name for path in house.club.iterdir()] == ["below"]
    assert (await house.ask(LIST.format("club") + NAME, "DELETE", **login)).status == 404
    assert {"what": "recording", "action": "DELETE", "target": NAME, "user": "olga"}.items() <= house.noted[
        -1
    ].items()


async def test_a_film_is_made_and_given_up_by_those_who_may_record(house: House) -> None:
    login, path = basic(*OLGA), LIST.format("club") + NAME

    async def film() -> object:
        return decoded(await house.ask(path, **login))["film"]

    assert await film() is None
    for method in ("PUT", "DELETE"):
        assert (await house.ask(f"{path}/.film", method)).status == 401
        assert (await house.ask(f"{path}x/.film", method, **login)).status == 404
    assert (await house.ask(f"{path}/.film", "PUT", **login)).status == 204
    assert await film() == {"state": "running", "progress": 0.5}
    (listed,) = decoded(await house.ask(LIST.format("club"), **login))
    assert listed["film"] == await film()
    assert (await house.ask(f"{path}/.film", "DELETE", **login)).status == 204
    assert await film() is None
    (house.recordings / "other").mkdir()
    put(house.recordings / "other")
    refused = await house.ask(LIST.format("other") + f"{NAME}/.film", "PUT", **login)
    assert (refused.status, refused.body) == (409, b"nobody is to be seen\n")
    await house.ask(f"{path}/.film", "PUT", **login)
    await house.ask(path, "DELETE", **login)
    assert house.films.states == {}


# --- bytes -----------------------------------------------------------------------------------------


async def test_a_player_can_seek(house: House) -> None:
    path, login = f"recordings/club/{FILE}", basic(*OLGA)
    one = await house.ask(path, Range="bytes=100-199", **login)
    assert (one.status, one.body) == (206, BODY[100:200])
    assert one.headers["Content-Range"] == f"bytes 100-199/{len(BODY)}"
    assert (await house.ask(path, Range="bytes=-5", **login)).body == BODY[-5:]
    none = await house.ask(path, Range=f"bytes={len(BODY)}-", **login)
    assert (none.status, none.headers["Content-Range"]) == (416, f"bytes */{len(BODY)}")
    several = await house.ask(path, Range="bytes=0-1,10-11", **login)
    kind, _, boundary = several.headers["Content-Type"].partition("; boundary=")
    assert (several.status, kind) == (206, "multipart/byteranges")
    parts = several.body.split(f"--{boundary}".encode())
    assert [part.partition(b"\r\n\r\n")[2] for part in parts[1:-1]] == [
        BODY[:2] + b"\r\n",
        BODY[10:12] + b"\r\n",
    ]
    assert f"Content-Range: bytes 10-11/{len(BODY)}".encode() in parts[2]
    assert parts[-1] == b"--\r\n"
    head = await house.ask(path, "HEAD", Range="bytes=0-1", **login)
    assert (head.status, head.headers["Content-Length"], head.body) == (200, str(len(BODY)), b"")
    assert head.headers["Accept-Ranges"] == "bytes"


async def test_what_is_known_is_not_sent_again_nor_parts_of_another_version(house: House) -> None:
    path, login = f"recordings/club/{FILE}", basic(*OLGA)
    tag = (await house.ask(path, "HEAD", **login)).headers["ETag"]
    same = await house.ask(path, If_None_Match=tag, **login)
    assert (same.status, same.body, same.headers["ETag"]) == (304, b"", tag)
    assert same.headers["Cache-Control"] == "no-store"
    assert (await house.ask(path, If_Match='"other"', **login)).status == 412
    assert (await house.ask(path, Range="bytes=0-1", If_Range=tag, **login)).body == BODY[:2]
    (house.club / FILE).write_bytes(BODY + b"more")
    assert (await house.ask(path, Range="bytes=0-1", If_Range=tag, **login)).body == BODY + b"more"


async def test_players_are_sent_pieces_and_everybody_else_all(house: House) -> None:
    size = limits.PIECE_BYTES + 1000
    os.truncate(house.club / FILE, size)
    path, login = f"recordings/club/{FILE}", basic(*OLGA)
    piece = await house.ask(f"{path}?play", Range="bytes=10-", **login)
    assert len(piece.body) == limits.PIECE_BYTES
    assert piece.headers["Content-Range"] == f"bytes 10-{limits.PIECE_BYTES + 9}/{size}"
    rest = await house.ask(f"{path}?play", Range=f"bytes={limits.PIECE_BYTES + 10}-", **login)
    assert len(rest.body) == 990
    assert len((await house.ask(path, Range="bytes=10-", **login)).body) == size - 10
    assert len((await house.ask(f"{path}?play", **login)).body) == size


@pytest.mark.parametrize("ending", ["webm", "mkv", "mp4", "json"])
async def test_types_are_those_of_the_endings(house: House, ending: str) -> None:
    (house.club / f"{NAME}.{ending}").write_bytes(b"x")
    answer = await house.ask(f"recordings/club/{NAME}.{ending}", **basic(*OLGA))
    kinds = {"mkv": "video/x-matroska", "json": "application/json"}
    assert answer.headers["Content-Type"] == kinds.get(ending, f"video/{ending}")


@pytest.mark.parametrize(
    "tail",
    [
        "../secret.webm",
        "%2e%2e/secret.webm",
        "..%2fsecret.webm",
        "club/..%2f..%2fsecret.webm",
        "club/../secret.webm",
        "club/%2e%2e/secret.webm",
        "club/below%2fsecret.webm",
        "club/..%5csecret.webm",
        "club//secret.webm",
        "club/link.webm",
        "club/linked/secret.webm",
        "club/.hidden.webm",
        "club/nul%00.webm",
        "club/%ff.webm",
        "club/%c0%ae%c0%ae/secret.webm",
        "club/" + "a" * 5000 + ".webm",
        f"club/{FILE}.part",
        f"club/.{NAME}.lock",
    ],
)
async def test_names_lead_nowhere_else(house: House, tail: str) -> None:
    for directory in (house.recordings, house.club / "below", house.recordings.parent):
        (directory / "secret.webm").write_bytes(b"secret")
    (house.club / ".hidden.webm").write_bytes(b"secret")
    (house.club / f"{FILE}.part").write_bytes(b"secret")
    (house.club / f".{NAME}.lock").write_bytes(b"secret")
    (house.club / "link.webm").symlink_to(house.recordings / "secret.webm")
    (house.club / "linked").symlink_to(house.recordings)
    for login in ({}, basic(*OLGA)):
        answer = await house.ask(f"recordings/{tail}", **login)
        assert answer.status in (308, 400, 401, 404, 414)
        assert b"secret" not in answer.body


# --- the page --------------------------------------------------------------------------------------


async def test_the_page_is_the_same_whatever_group_there_is(house: House) -> None:
    there, absent = [await house.ask(f"recordings/{name}/") for name in ("club", "nowhere")]
    assert there.status == 200
    assert there.without_date() == absent.without_date()
    assert there.headers["Cache-Control"] == "no-store"
    policy = there.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self'")
    assert "frame-ancestors 'none'" in policy
    assert b'css/recordings.css"' in there.body
    assert (await house.ask("recordings/club/below/", "HEAD")).status == 200
    moved = await house.ask("recordings/club")
    assert (moved.status, moved.headers["Location"]) == (308, "./club/")
    assert (await house.ask("recordings/")).status == 404


@pytest.mark.parametrize("method", ["PUT", "PATCH", "OPTIONS", "POST", "DELETE"])
async def test_pages_and_files_are_only_read(house: House, method: str) -> None:
    for path in ("recordings/club/", f"recordings/club/{FILE}"):
        answer = await house.ask(path, method, **basic(*OLGA))
        assert (answer.status, answer.headers["Allow"]) == (405, "GET,HEAD")
    assert (house.club / FILE).exists()


async def test_browsers_ask_people_for_a_password_and_players_do_not(house: House) -> None:
    path = f"recordings/club/{FILE}"
    for sent, scheme in (
        ({}, "Basic"),
        ({"Sec_Fetch_Dest": "document"}, "Basic"),
        ({"Sec_Fetch_Dest": "video"}, "Bearer"),
    ):
        assert (await house.ask(path, **sent)).headers["WWW-Authenticate"].startswith(scheme)
