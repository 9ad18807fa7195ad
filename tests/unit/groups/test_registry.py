"""The registry: admission, and groups as they are looked up."""

import asyncio
import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from galene_py.config import ServerConfig
from galene_py.groups import limits
from galene_py.groups.errors import GroupError
from galene_py.groups.passwords import make_bcrypt
from galene_py.groups.registry import GroupRegistry
from unit.groups.city_watch import DATA, WATCH, enter, invite, refused, registry
from unit.groups.making_groups import Clock, Person, make_registry, write_group
from unit.groups.test_signed_tokens import make as make_jwt

__all__ = ["registry"]


# --- admission -------------------------------------------------------------------------------------


async def test_passwords(registry: GroupRegistry) -> None:
    vimes = await enter(registry, "city-watch", username="vimes", password="sybil")
    assert (vimes.username, "op" in vimes.permissions) == ("vimes", True)
    nobby = await enter(registry, "city-watch", username="nobby", password="1234")
    assert nobby.permissions == {"message"}
    anonymous = await enter(registry, "city-watch", username="", password="1234")
    assert anonymous.username == ""


@pytest.mark.parametrize(
    ("credentials", "code"),
    [
        ({"username": "vimes", "password": "1234"}, "not-authorised"),
        ({"username": "vimes"}, "not-authorised"),
        ({"username": "vimes", "password": ""}, "not-authorised"),
        ({"username": "nobby", "password": "sybil"}, "not-authorised"),
        ({"username": "nobby"}, "not-authorised"),
        ({"username": "../x", "password": "1234"}, "bad-username"),
        ({"username": "vimes ", "password": "1234"}, "duplicate-username"),
        ({"username": "ｖimes", "password": "1234"}, "duplicate-username"),
        ({"username": "vi\u200bmes", "password": "1234"}, "bad-username"),
        ({"password": "1234"}, "need-password"),
        ({}, "need-password"),
        ({"token": "unknown"}, "token-revoked"),
        ({"token": "a.b.c", "username": "vimes", "password": "sybil"}, "token-bad"),
        ({"token": "unknown", "username": "vimes", "password": "sybil"}, "token-revoked"),
    ],
)
async def test_wrong_credentials(registry: GroupRegistry, credentials: dict[str, str], code: str) -> None:
    error = await refused(registry, "city-watch", **credentials)
    assert error.code == code
    assert error.text
    assert not any(
        secret in error.text for secret in ("sybil", "1234", "unknown", "a.b.c") if secret != "unknown"
    )


async def test_wrong_name_and_wrong_password_read_the_same(registry: GroupRegistry) -> None:
    write_group(registry.store.root, "g", {"users": {"vimes": {"password": "sybil", "permissions": "op"}}})
    known = await refused(registry, "g", username="vimes", password="x")
    unknown = await refused(registry, "g", username="colon", password="x")
    assert known.text == unknown.text


async def test_realistic_files_work(tmp_path: Path) -> None:
    shutil.copytree(DATA / "groups", tmp_path / "groups")
    shutil.copytree(DATA / "data", tmp_path / "data")
    registry = make_registry(tmp_path)
    registry.rescan()

    async def may(name: str, **credentials: Any) -> frozenset[str]:
        return (await enter(registry, name, **credentials)).permissions

    present = {"present", "message"}
    assert await may("choir", username="anna", password="sybil") >= {"op", "token"}
    assert await may("choir", username="Bärbel Müller", password="Grüße an alle") == present
    assert await may("choir", username="raw", password="raw") == present | {"token"}
    assert await may("choir", username="x", password="sing along") == present
    assert (await enter(registry, "choir", token="mJ8v0TqWc2A")).username == "carol"
    assert (await refused(registry, "choir", token="longgone000")).text == "this invitation has expired"
    assert (await refused(registry, "choir", token="noend000000")).text == "this invitation has expired"
    assert (await refused(registry, "teaching/maths", token="Zx81_4-kPq0")).code == "need-username"
    assert await may("teaching/maths", token="Zx81_4-kPq0", username="eve") == present
    assert await may("open", username="any", password="thing") == present
    assert "record" in await may("lecture", username="prof", password="chalk")
    assert "token" in await may("practicals/7/b", username="x")
    assert "op" in await may("from-2020", username="jo", password="1234")
    assert await may("from-2020/sub", username="x", password="4321") == present
    assert await may("empty-name", username="", password="nobody") == {"message"}
    assert await may("odd-spelling", username="x", password="Aé") == present
    await refused(registry, "empty-name", username="keyless", password="")
    await refused(registry, "nobody", username="x", password="")
    assert list(registry.listing.names()) == [
        "choir",
        "odd-spelling",
        "old-choir",
        "open",
        "practicals",
    ]


async def test_invitations(registry: GroupRegistry) -> None:
    invite(registry)
    assert (await refused(registry, "city-watch", token="t")).code == "need-username"
    assert (await enter(registry, "city-watch", token="t", username="nobby")).permissions == {"present"}
    assert (await enter(registry, "city-watch", token="t", username="")).username == ""
    for taken in ("vimes", "vimes ", "ｃarrot"):
        assert (await refused(registry, "city-watch", token="t", username=taken)).code == "duplicate-username"
    assert (await refused(registry, "city-watch", token="t", username="../x")).code == "bad-username"
    invite(registry, "named", username="angua", permissions=["present", "system"])
    named = await enter(registry, "city-watch", token="named", username="vimes")
    assert (named.username, named.permissions) == ("angua", {"present"})


async def test_signed_tokens(registry: GroupRegistry) -> None:
    admission = await enter(registry, "city-watch", token=make_jwt())
    assert (admission.username, admission.permissions) == ("vimes", {"present"})
    free = make_jwt(sub=None)
    assert (await enter(registry, "city-watch", token=free, username="nobby")).username == "nobby"
    assert (await enter(registry, "city-watch", token=free)).username == ""
    assert (await refused(registry, "city-watch", token=free, username="vimes")).code == "duplicate-username"
    assert (await refused(registry, "city-watch", token=make_jwt(sub="a/../b"))).code == "bad-username"


async def test_a_refusal_takes_a_multiple_of_the_delay(tmp_path: Path) -> None:
    clock, slept = Clock(100.0), []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    registry = make_registry(tmp_path, clock=clock, sleep=sleep)
    write_group(registry.store.root, "g", {"users": {"x": {"password": "y"}}})
    await refused(registry, "g", username="x", password="wrong")
    assert slept == [pytest.approx(limits.FAILED_LOGIN_SECONDS)]
    for passed, expected in ((0.0, 0.2), (0.05, 0.15), (0.2, 0.0), (0.31, 0.09), (-5.0, 0.2)):
        slept.clear()
        clock.now = 200.0 + passed
        await registry.failed_login(200.0)
        assert slept == [pytest.approx(expected, abs=1e-6)]


async def test_an_unknown_user_costs_what_a_known_one_costs(tmp_path: Path) -> None:
    """Compared by the work done, not by the clock: the same number of slow comparisons of the same cost."""
    registry = make_registry(tmp_path)
    hashed = json.loads(json.dumps({"type": "bcrypt", "key": make_bcrypt("x", 5).key}))
    users = {"known": {"password": hashed}, "plain": {"password": "p"}, "none": {}}
    write_group(registry.store.root, "g", {"users": users})
    work: list[int] = []
    matches = registry.hasher.matches

    def counting(stored: Any, attempt: str) -> Any:
        from galene_py.groups.passwords import cost

        work.append(cost(stored))
        return matches(stored, attempt)

    registry.hasher.matches = counting  # type: ignore[method-assign]
    totals = set()
    for name in ("known", "plain", "none", "unknown", ""):
        work.clear()
        await refused(registry, "g", username=name, password="wrong")
        totals.add(sum(work))
    assert len(totals) == 1
    assert totals.pop() > 0


async def test_a_hundred_logins_at_once_leave_the_loop_free(tmp_path: Path) -> None:
    registry = make_registry(tmp_path)
    hashed = {"type": "bcrypt", "key": make_bcrypt("x", 4).key}
    write_group(registry.store.root, "g", {"wildcard-user": {"password": hashed, "permissions": "present"}})
    logins = asyncio.gather(*(enter(registry, "g", username=f"u{n}", password="x") for n in range(100)))
    turns = 0
    while not logins.done():
        await asyncio.sleep(0)
        turns += 1
    assert len(await logins) == 100
    assert turns > 50
    registry.close()


# --- what is told of groups --------------------------------------------------------------------------


async def test_a_status_costs_no_directory_scan(
    registry: GroupRegistry, monkeypatch: pytest.MonkeyPatch
) -> None:
    registry.rescan()

    def forbidden(*_: object) -> None:
        raise AssertionError("a directory was scanned")

    monkeypatch.setattr(os, "scandir", forbidden)
    assert registry.status("city-watch")["name"] == "city-watch"
    assert await public(registry) == []
    write_group(registry.store.root, "new", {"public": True})
    registry.refresh("new")
    registry._next_scan = 0.0
    assert await public(registry) == ["new"], "who wrote it has told"


async def public(registry: GroupRegistry) -> list[str]:
    await registry.notice()
    return list(registry.listing.names())


def test_status(registry: GroupRegistry) -> None:
    fields = {"displayName": "N", "description": "D", "authServer": "https://a/", "authPortal": "https://p/"}
    write_group(registry.store.root, "a b/ü", fields)
    group = registry.get("a b/ü")
    group.add(Person("x"))
    outside = {
        "name": "a b/ü",
        "location": "https://h:1/sub/group/a%20b/%C3%BC/",
        "endpoint": "wss://h:1/sub/ws",
        **fields,
    }
    assert registry.status(group, "https://h:1/sub/") == outside
    assert registry.status(group, "http://h")["endpoint"] == "ws://h/ws"
    group.locked = "no"
    assert registry.member_status(group) == {
        "name": "a b/ü",
        **fields,
        "locked": True,
        "clientCount": 1,
        "canChangeChat": True,
    }
    write_group(registry.store.root, "p", {"public": True})
    assert registry.status("p") == {"name": "p", "clientCount": 0}
    write_group(
        registry.store.root, "r", {"public": True, "redirect": "https://x/", "authServer": "https://a/"}
    )
    assert registry.status("r", "https://h/") == {"name": "r", "redirect": "https://x/"}


@pytest.mark.parametrize("writable", [True, False])
async def test_who_has_a_password_of_their_own_may_change_it(tmp_path: Path, writable: bool) -> None:
    registry = make_registry(tmp_path, server=lambda: ServerConfig(writableGroups=writable))
    write_group(registry.store.root, "city-watch", WATCH)
    group = registry.get("city-watch")
    own = await enter(registry, "city-watch", username="vimes", password="sybil")
    shared = await enter(registry, "city-watch", username="nobby", password="1234")
    invited = await enter(registry, "city-watch", username="x", token=invite(registry).token)
    may = ["canChangePassword" in registry.member_status(group, who) for who in (own, shared, invited, None)]
    assert may == [writable, False, False, False]


async def test_the_public_list_follows_the_files(registry: GroupRegistry) -> None:
    clock = Clock(0.0)
    registry._clock = clock
    registry.rescan()
    assert await public(registry) == []
    write_group(registry.store.root, "b", {"public": True})
    write_group(registry.store.root, "a", {"public": True, "auto-subgroups": True})
    clock.now = 10.0
    assert await public(registry) == ["a", "b"]
    registry.get("a/sub")
    assert await public(registry) == ["a", "b"]
    write_group(registry.store.root, "a", {"public": False})
    registry.refresh("a")
    assert await public(registry) == ["b"]
    assert registry.public_status("b") == {"name": "b", "clientCount": 0}
    before = registry.listing.version
    registry.get("b").add(Person("x"))
    assert registry.listing.version != before
    assert registry.public_status("b") == {"name": "b", "clientCount": 1}
    os.unlink(registry.store.root / "b.json")
    clock.now = 20.0
    assert await public(registry) == []
    assert registry.public_status("b") is None


def test_a_missing_directory_is_an_error_at_start(tmp_path: Path) -> None:
    registry = make_registry(tmp_path)
    os.rmdir(registry.store.root)
    with pytest.raises(GroupError, match="groups"):
        registry.rescan()
