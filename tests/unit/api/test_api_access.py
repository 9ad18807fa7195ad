"""Who may use the administration interface."""

import asyncio
import base64
import logging
import time
from concurrent.futures import Future
from contextlib import AsyncExitStack

import pytest
from msgspec.structs import replace

from galene_py.groups import limits as groups_limits
from galene_py.groups.hashing import Hasher
from galene_py.groups.login_turns import Asker
from galene_py.groups.passwords import StoredPassword, make_bcrypt
from galene_py.groups.times import Timestamp
from galene_py.groups.tokens.stateful import Token
from galene_py.web import limits
from unit.api.backend import ADMIN, GROUP, USERS, Backend, BasicAuth, Client
from unit.groups.making_groups import write_group
from unit.groups.test_signed_tokens import make as make_jwt
from unit.groups.test_signed_tokens import oct_key
from unit.web.conftest import eventually

THINGS = [
    ".stats",
    ".server",
    ".groups/",
    ".groups/watch",
    ".groups/watch/.users/",
    ".groups/watch/.users/vimes",
]
PRIVATE = [
    *THINGS,
    ".groups/nowhere",
    ".groups/watch/.tokens/",
    ".groups/.tokens/",
    ".groups/watch/.bogus",
    ".x",
]
LATER = Timestamp.at(time.time() + 1000)


@pytest.mark.parametrize("thing", THINGS)
async def test_an_admin_may_look(api: Client, thing: str) -> None:
    assert (await api("GET", thing)).status == 200


@pytest.mark.parametrize("thing", PRIVATE)
@pytest.mark.parametrize(
    "auth",
    [
        None,
        BasicAuth("root", "wrong"),
        BasicAuth("root", ""),
        BasicAuth("watcher", "pw"),
        BasicAuth("broken", "pw"),
        BasicAuth("nobody", "pw"),
        BasicAuth("vimes", "sybil"),
        BasicAuth("anybody", "1234"),
        BasicAuth("", ""),
    ],
)
async def test_others_learn_nothing(api: Client, thing: str, auth: BasicAuth | None) -> None:
    answer = await api("GET", thing, auth=auth)
    assert answer.status == 401
    assert answer.headers["WWW-Authenticate"].startswith("Basic")
    assert answer.text == "not authorised\n"


async def test_failures_are_delayed(api: Client, backend: Backend) -> None:
    await api("GET", ".groups/", auth=BasicAuth("root", "wrong"))
    assert len(backend.slept) == 1
    await api("GET", ".groups/", auth=None)
    assert len(backend.slept) == 1, "nothing was tried"
    await api("GET", ".groups/")
    assert len(backend.slept) == 1


@pytest.mark.parametrize(
    "header",
    ["", "Basic", "Basic !!!", "Basic cm9vdA==", "Bearer", "Bearer ", "Digest x", "Basic /w==", "cookie=1"],
)
async def test_malformed_credentials_are_none(api: Client, header: str) -> None:
    answer = await api("GET", ".groups/", auth=None, headers={"Authorization": header})
    assert answer.status == 401


class CountingHasher(Hasher):
    """Remembers which passwords it was asked to compare."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[str] = []

    def matches(self, stored: StoredPassword, attempt: str) -> Future[bool]:
        self.asked.append(attempt)
        return super().matches(stored, attempt)


@pytest.fixture
def hasher(backend: Backend) -> CountingHasher:
    """Counts the work of the registry that is asked."""
    counting = CountingHasher()
    backend.now.now = 1000.0
    backend.open_registry(hasher=counting, clock=backend.now)
    return counting


async def test_an_admin_who_asks_every_second_is_not_hashed_every_second(
    hasher: CountingHasher, api: Client, backend: Backend
) -> None:
    for number in range(5):
        assert (await api("GET", ".stats")).status == 200
        if number < groups_limits.KNOWN_LOGIN_FAILURES - 1:
            assert (await api("GET", ".stats", auth=BasicAuth("root", "px"))).status == 401
    assert hasher.asked.count("pw") == 1
    assert hasher.asked.count("px") == groups_limits.KNOWN_LOGIN_FAILURES - 1
    backend.now.now += groups_limits.KNOWN_LOGIN_SECONDS
    assert (await api("GET", ".stats")).status == 200
    assert hasher.asked.count("pw") == 2
    other = make_bcrypt("new", 4)
    for change in ({"permissions": "observe"}, {"password": {"type": "bcrypt", "key": other.key}}):
        backend.config = replace(backend.config, users={"root": USERS["root"] | change})
        assert (await api("GET", ".stats")).status == 401


async def test_a_busy_server_says_so_and_when_to_come_back(
    api: Client, backend: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    """401 would make an admin doubt the password."""
    monkeypatch.setattr("galene_py.groups.limits.LOGIN_PATIENCE_SECONDS", 0.02)
    turns = backend.registry.login_turns
    async with AsyncExitStack() as held:
        for number in range(backend.registry.hasher.workers):
            await held.enter_async_context(turns.turn(Asker(f"192.0.2.{number}", "g", "x"), 1.0))
        for path in (".groups/", ".groups/watch"):
            answer = await api("GET", path)
            assert (answer.status, answer.headers["Retry-After"]) == (503, str(limits.BUSY_RETRY_SECONDS))
    assert (await api("GET", ".groups/")).status == 200


async def test_requests_whose_askers_are_gone_are_not_hashed(
    hasher: CountingHasher, api: Client, backend: Backend
) -> None:
    turns = backend.registry.login_turns
    async with AsyncExitStack() as held:
        for number in range(hasher.workers):
            await held.enter_async_context(turns.turn(Asker(f"192.0.2.{number}", "g", "x"), 1.0))
        flood = [
            asyncio.create_task(api("GET", ".groups/", auth=BasicAuth("root", f"wrong{number}")))
            for number in range(20)
        ]
        await eventually(lambda: turns.debug_state()["waiting"] == 20)
        for request in flood:
            request.cancel()
        await asyncio.gather(*flood, return_exceptions=True)
        await api("GET", ".groups/", auth=None)  # by now the server has seen them go
    assert (await api("GET", ".groups/")).status == 200
    assert hasher.asked == ["pw"]
    await eventually(lambda: turns.debug_state()["waiting"] == 0)


async def test_cookies_and_queries_are_not_credentials(api: Client) -> None:
    basic = "Basic " + base64.b64encode(b"root:pw").decode()
    for headers in ({"Cookie": f"Authorization={basic}"}, {"X-Authorization": basic}):
        assert (await api("GET", ".groups/", auth=None, headers=headers)).status == 401


async def test_a_groups_admin_administers_that_group_only(api: Client, backend: Backend) -> None:
    write_group(backend.groups, "other", GROUP | {"users": {}})
    clerk = BasicAuth("clerk", "ink")
    assert (await api("GET", ".groups/watch", auth=clerk)).status == 200
    assert (await api("PUT", ".groups/watch/.users/new", {"permissions": "op"}, auth=clerk)).status == 201
    for thing in (".groups/", ".stats", ".server", ".groups/other", ".groups/.tokens/", ".groups/nowhere"):
        assert (await api("GET", thing, auth=clerk)).status == 401
    assert (await api("PUT", ".groups/nowhere", {}, auth=clerk)).status == 401


async def test_stateful_tokens_with_admin(api: Client, backend: Backend) -> None:
    tokens = backend.registry.token_file
    admin = ["admin"]
    for token in (
        Token(token="server", include_subgroups=True, permissions=admin, expires=LATER),
        Token(token="group", group="watch", permissions=admin, username="x", expires=LATER),
        Token(token="weak", group="watch", permissions=["op"], username="x", expires=LATER),
        Token(token="old", include_subgroups=True, permissions=admin, expires=Timestamp.at(1)),
        Token(token="flat", permissions=admin, expires=LATER),
    ):
        tokens.put(token, None)
    for name, server, group in (
        ("server", 200, 200),
        ("group", 401, 200),
        ("weak", 401, 401),
        ("old", 401, 401),
    ):
        assert (await api("GET", ".groups/", token=name)).status == server
        assert (await api("GET", ".groups/watch", token=name)).status == group
    assert (await api("GET", ".groups/", token="flat")).status == 401
    assert (await api("PUT", ".groups/new", {}, token="server")).status == 201
    assert (await api("GET", ".groups/watch", token="unknown")).status == 401


async def test_signed_tokens_with_admin(api: Client, backend: Backend) -> None:
    write_group(backend.groups, "city-watch", {"authKeys": [oct_key("HS256")]})
    assert (await api("GET", ".groups/city-watch", token=make_jwt(permissions=["admin"]))).status == 200
    assert (await api("GET", ".groups/city-watch", token=make_jwt(permissions=["op"]))).status == 401
    assert (await api("GET", ".groups/watch", token=make_jwt(permissions=["admin"]))).status == 401
    assert (await api("GET", ".groups/", token=make_jwt(permissions=["admin"]))).status == 401


async def test_users_change_their_own_password(api: Client, backend: Backend) -> None:
    async def change(user: str, new: bytes, auth: BasicAuth) -> int:
        path = f".groups/watch/.users/{user}/.password"
        return (await api("POST", path, new, auth=auth, type="text/plain")).status

    old, new = BasicAuth("vimes", "sybil"), BasicAuth("vimes", "new one")
    assert await change("vimes", b"new one", old) == 204
    assert backend.file("watch")["users"]["vimes"]["password"]["type"] == "bcrypt"
    assert await change("vimes", b"x", old) == 401
    for other in ("wild", "clerk", "nobody"):
        assert await change(other, b"x", new) == 401
    for thing in (".groups/watch", ".groups/watch/.users/vimes", ".groups/watch/.tokens/"):
        assert (await api("GET", thing, auth=new)).status == 401
    assert (await api("PUT", ".groups/watch/.users/vimes", {"permissions": "admin"}, auth=new)).status == 401


async def test_what_anybody_knows_proves_nothing(api: Client) -> None:
    for name, password in (("wild", "anything"), ("a%2Fb%20c", ""), ("nobody", "1234")):
        path = f".groups/watch/.users/{name}/.password"
        auth = BasicAuth("a/b c" if "%" in name else name, password)
        assert (await api("POST", path, b"x", auth=auth, type="text/plain")).status == 401
    for special in (".wildcard-user", ".empty-user"):
        path = f".groups/watch/{special}/.password"
        assert (await api("POST", path, b"x", auth=BasicAuth("", "1234"), type="text/plain")).status == 401


async def test_origins(api: Client, backend: Backend) -> None:
    async def status(origin: str, method: str = "GET", auth: BasicAuth | None = ADMIN) -> int:
        return (await api(method, ".groups/", auth=auth, headers={"Origin": origin})).status

    assert await status(api.url) == 200
    assert await status("https://evil.example.org") == 403
    assert await status("null") == 403
    assert await status("https://evil.example.org", "OPTIONS", None) == 403
    backend.config = replace(backend.config, allowAdminOrigin=["https://admin.example.org"])
    answer = await api("GET", ".groups/", headers={"Origin": "https://admin.example.org"})
    assert answer.status == 200
    assert answer.headers["Access-Control-Allow-Origin"] == "https://admin.example.org"
    assert answer.headers["Vary"] == "Origin"
    backend.config = replace(backend.config, allowAdminOrigin=[], allowOrigin=["https://admin.example.org"])
    assert await status("https://admin.example.org") == 403


async def test_a_browser_may_ask_first(api: Client) -> None:
    answer = await api("OPTIONS", ".groups/watch", auth=None, headers={"Origin": api.url})
    assert answer.status == 200
    assert answer.headers["Access-Control-Allow-Methods"] == "OPTIONS, HEAD, GET, PUT, DELETE"
    assert "If-Match" in answer.headers["Access-Control-Allow-Headers"]


async def test_nothing_is_written_without_writable_groups(api: Client, backend: Backend) -> None:
    backend.config = replace(backend.config, writableGroups=False)
    before = backend.file("watch")
    for method, path, body, type_ in (
        ("PUT", ".groups/watch", {}, "application/json"),
        ("PUT", ".groups/new", {}, "application/json"),
        ("DELETE", ".groups/watch", None, ""),
        ("PUT", ".groups/watch/.keys", {"keys": []}, "application/jwk-set+json"),
        ("DELETE", ".groups/watch/.keys", None, ""),
        ("PUT", ".groups/watch/.users/x", {}, "application/json"),
        ("DELETE", ".groups/watch/.users/vimes", None, ""),
        ("PUT", ".groups/watch/.users/vimes/.password", "x", "application/json"),
        ("POST", ".groups/watch/.users/vimes/.password", b"x", "text/plain"),
        ("DELETE", ".groups/watch/.wildcard-user/.password", None, ""),
    ):
        answer = await api(method, path, body, type=type_)
        assert (answer.status, "writableGroups" in answer.text) == (401, True)
    assert backend.file("watch") == before
    assert (await api("POST", ".groups/watch/.tokens/", {"permissions": []})).status == 201


async def test_changes_are_logged_without_secrets(
    api: Client, backend: Backend, caplog: pytest.LogCaptureFixture
) -> None:
    events: list[dict[str, object]] = []
    backend.registry.audit = lambda event, **facts: events.append({"event": event, **facts})
    with caplog.at_level(logging.INFO, "galene_py"):
        made = await api("POST", ".groups/watch/.tokens/", {"expires": LATER.text})
        token = made.headers["Location"]
        await api("DELETE", f".groups/watch/.tokens/{token}")
        await api("PUT", ".groups/watch/.users/vimes/.password", "geheim")
        await api("GET", ".groups/watch")
    lines = [record.getMessage() for record in caplog.records if record.levelno == logging.INFO]
    assert lines == [
        "POST by 'root': list of tokens, group 'watch'",
        "DELETE by 'root': token, group 'watch'",
        "PUT by 'root': password of a user 'vimes', group 'watch'",
    ]
    assert [(e["event"], e["action"], e["what"], e["user"]) for e in events] == [
        ("admin", "POST", "list of tokens", "root"),
        ("admin", "DELETE", "token", "root"),
        ("admin", "PUT", "password of a user", "root"),
    ]
    assert token not in repr(events)
    assert "geheim" not in repr(events)
    assert token not in caplog.text
    assert "geheim" not in caplog.text


async def test_browsers_ask_for_a_password_unless_a_script_sent_one(api: Client) -> None:
    """Galène's statistics page fetches without credentials; our pages show their own form."""
    script = {"Sec-Fetch-Dest": "empty"}
    plain = await api("GET", ".stats", auth=None, headers=script)
    assert plain.headers["WWW-Authenticate"].startswith("Basic")
    wrong = await api("GET", ".stats", auth=BasicAuth("root", "wrong"), headers=script)
    assert wrong.headers["WWW-Authenticate"].startswith("Bearer")
