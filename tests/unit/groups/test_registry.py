"""The registry: admission, reconsideration, and changes that reach the people in a group."""

import asyncio
import json
import os
import shutil
import time
from pathlib import Path
from typing import Any

import pytest

from galene_py import limits
from galene_py.groups.admission import Admission, Credentials
from galene_py.groups.errors import GroupError, Refused, UnknownGroup
from galene_py.groups.live import Group
from galene_py.groups.passwords import make_bcrypt
from galene_py.groups.registry import GroupRegistry
from galene_py.groups.times import Timestamp
from galene_py.groups.tokens.stateful import Token
from unit.groups.helpers import Clock, Person, make_registry, write_group
from unit.groups.test_signed_tokens import make as make_jwt
from unit.groups.test_signed_tokens import oct_key

DATA = Path(__file__).parents[2] / "data" / "groups"
WATCH = {
    "users": {
        "vimes": {"password": "sybil", "permissions": "op"},
        "carrot": {"password": "hat", "permissions": "present"},
    },
    "wildcard-user": {"password": "1234", "permissions": "message"},
    "authKeys": [oct_key("HS256")],
}


@pytest.fixture
def registry(tmp_path: Path) -> GroupRegistry:
    registry = make_registry(tmp_path)
    write_group(registry.store.root, "city-watch", WATCH)
    return registry


async def enter(registry: GroupRegistry, name: str, **credentials: Any) -> Admission:
    return await registry.authenticate(registry.get(name), Credentials(**credentials))


async def refused(registry: GroupRegistry, name: str, **credentials: Any) -> Refused:
    with pytest.raises(Refused) as error:
        await enter(registry, name, **credentials)
    return error.value


def invite(registry: GroupRegistry, name: str = "t", **fields: Any) -> Token:
    defaults = {
        "group": "city-watch",
        "permissions": ["present"],
        "expires": Timestamp.at(time.time() + 1000),
    }
    token = Token(token=name, **(defaults | fields))
    old = registry.token_file.find(name)
    registry.token_file.put(token, old.etag if old else None)
    return token


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
    assert [s["name"] for s in registry.public()] == [
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

    async def counting(stored: Any, attempt: str) -> bool:
        from galene_py.groups.passwords import cost

        work.append(cost(stored))
        return await matches(stored, attempt)

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


# --- groups ----------------------------------------------------------------------------------------


def test_unknown_and_broken_groups(registry: GroupRegistry) -> None:
    for name in ("nowhere", "../city-watch", "city-watch/sub", ""):
        with pytest.raises(UnknownGroup):
            registry.get(name)
    write_group(registry.store.root, "bad", "{")
    with pytest.raises(GroupError):
        registry.get("bad")


def test_the_same_group_as_long_as_anybody_holds_it(
    registry: GroupRegistry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("galene_py.limits.GROUPS_IDLE", 4)
    write_group(registry.store.root, "auto", {"auto-subgroups": True})
    group = registry.get("city-watch")
    held = registry.get("auto/held")
    held.add(Person("a"))
    for number in range(50):
        registry.get(f"auto/{number}")
    assert registry.get("city-watch") is group
    assert registry.get("auto/held") is held
    assert len(registry.debug_state()["groups"]) == 1  # type: ignore[arg-type]
    assert registry.debug_state()["kept"] <= 6  # type: ignore[operator]


def test_a_status_costs_no_directory_scan(registry: GroupRegistry, monkeypatch: pytest.MonkeyPatch) -> None:
    registry.rescan()

    def forbidden(*_: object) -> None:
        raise AssertionError("a directory was scanned")

    monkeypatch.setattr(os, "scandir", forbidden)
    assert registry.status("city-watch")["name"] == "city-watch"


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
    assert registry.member_status(group) == {"name": "a b/ü", **fields, "locked": True, "clientCount": 1}
    write_group(registry.store.root, "p", {"public": True})
    assert registry.status("p") == {"name": "p", "clientCount": 0}
    write_group(
        registry.store.root, "r", {"public": True, "redirect": "https://x/", "authServer": "https://a/"}
    )
    assert registry.status("r", "https://h/") == {"name": "r", "redirect": "https://x/"}


def test_the_public_list_follows_the_files(registry: GroupRegistry) -> None:
    clock = Clock(0.0)
    registry._clock = clock
    registry.rescan()
    assert registry.public() == []
    write_group(registry.store.root, "b", {"public": True})
    write_group(registry.store.root, "a", {"public": True, "auto-subgroups": True})
    clock.now = 10.0
    assert [s["name"] for s in registry.public()] == ["a", "b"]
    registry.get("a/sub")
    assert [s["name"] for s in registry.public()] == ["a", "b"]
    write_group(registry.store.root, "a", {"public": False})
    registry.refresh("a")
    assert [s["name"] for s in registry.public()] == ["b"]
    os.unlink(registry.store.root / "b.json")
    assert registry.public() == []


def test_a_missing_directory_is_an_error_at_start(tmp_path: Path) -> None:
    registry = make_registry(tmp_path)
    os.rmdir(registry.store.root)
    with pytest.raises(GroupError, match="groups"):
        registry.rescan()


# --- changes reach people --------------------------------------------------------------------------


class Listener:
    """Remembers which groups changed."""

    def __init__(self, registry: GroupRegistry) -> None:
        self.heard: list[str] = []
        registry.on_changed(lambda group: self.heard.append(group.name))

    def take(self) -> list[str]:
        heard, self.heard = self.heard, []
        return heard


async def admitted(registry: GroupRegistry, group: Group, **credentials: Any) -> Person:
    admission = await registry.authenticate(group, Credentials(**credentials))
    person = Person(admission.username, admission.permissions, admission.username, admission=admission)
    group.add(person)
    return person


def rewrite(registry: GroupRegistry, **changes: Any) -> None:
    write_group(registry.store.root, "city-watch", WATCH | changes)
    registry.refresh("city-watch")


async def test_changed_permissions_and_removed_users(registry: GroupRegistry) -> None:
    group, listener = registry.get("city-watch"), Listener(registry)
    vimes = await admitted(registry, group, username="vimes", password="sybil")
    nobby = await admitted(registry, group, username="nobby", password="1234")
    assert vimes.admission
    assert nobby.admission
    assert registry.reconsider(group, vimes.admission) == vimes.admission
    rewrite(registry, users={"vimes": {"password": "sybil", "permissions": "message"}})
    assert listener.take() == ["city-watch"]
    assert registry.reconsider(group, vimes.admission).permissions == {"message"}
    rewrite(registry, users={})
    with pytest.raises(Refused, match="no longer"):
        registry.reconsider(group, vimes.admission)
    assert registry.reconsider(group, nobby.admission).permissions == {"message"}
    rewrite(registry, **{"wildcard-user": None})
    with pytest.raises(Refused):
        registry.reconsider(group, nobby.admission)


async def test_nothing_is_heard_when_nothing_changed(registry: GroupRegistry) -> None:
    listener = Listener(registry)
    registry.get("city-watch")
    rewrite(registry)
    os.utime(registry.store.root / "city-watch.json", (5, 5))
    registry.get("city-watch")
    assert listener.take() == []


async def test_a_subgroup_hears_of_its_parent(registry: GroupRegistry) -> None:
    write_group(registry.store.root, "p", {"auto-subgroups": True})
    subgroup, listener = registry.get("p/a"), Listener(registry)
    write_group(registry.store.root, "p", {"auto-subgroups": True, "autokick": True})
    registry.refresh("p")
    assert listener.take() == ["p/a"]
    assert subgroup.description.autokick


async def test_a_deleted_group_lets_nobody_stay_and_can_come_back(registry: GroupRegistry) -> None:
    group, listener = registry.get("city-watch"), Listener(registry)
    vimes = await admitted(registry, group, username="vimes", password="sybil")
    assert vimes.admission
    os.unlink(registry.store.root / "city-watch.json")
    registry.refresh("city-watch")
    registry.refresh("city-watch")
    assert listener.take() == ["city-watch"]
    with pytest.raises(Refused, match="does not exist"):
        registry.reconsider(group, vimes.admission)
    with pytest.raises(UnknownGroup):
        registry.get("city-watch")
    rewrite(registry)
    assert listener.take() == ["city-watch"]
    assert registry.reconsider(group, vimes.admission)


async def test_a_broken_file_changes_nothing_for_anybody(registry: GroupRegistry) -> None:
    group, listener = registry.get("city-watch"), Listener(registry)
    vimes = await admitted(registry, group, username="vimes", password="sybil")
    assert vimes.admission
    write_group(registry.store.root, "city-watch", "{")
    registry.refresh("city-watch")
    assert listener.take() == []
    assert registry.reconsider(group, vimes.admission) == vimes.admission
    assert (await enter(registry, "city-watch", username="vimes", password="sybil")).username == "vimes"


async def test_revoked_invitations_count_no_more_but_those_that_ran_out_let_people_stay(
    registry: GroupRegistry,
) -> None:
    group = registry.get("city-watch")
    token = invite(registry)
    nobby = await admitted(registry, group, token="t", username="nobby")
    assert nobby.admission
    invite(registry, permissions=["message"])
    assert registry.reconsider(group, nobby.admission).permissions == {"message"}
    invite(registry, expires=Timestamp.at(time.time() - 1))
    with pytest.raises(Refused, match="revoked"):
        registry.reconsider(group, nobby.admission)
    found = registry.token_file.find("t")
    assert found
    registry.token_file.delete("t", found.etag)
    with pytest.raises(Refused, match="revoked"):
        registry.reconsider(group, nobby.admission)
    invite(registry, expires=token.expires)
    registry.admissions._wall_clock = lambda: time.time() + 10_000
    assert registry.reconsider(group, nobby.admission), "it ran out, nobody revoked it"


async def test_a_key_that_is_gone_vouches_for_nobody(registry: GroupRegistry) -> None:
    group = registry.get("city-watch")
    vimes = await admitted(registry, group, token=make_jwt())
    assert vimes.admission
    assert registry.reconsider(group, vimes.admission) == vimes.admission
    rewrite(registry, authKeys=[oct_key("HS256", secret=b"9" * 32)])
    with pytest.raises(Refused):
        registry.reconsider(group, vimes.admission)


async def test_running_registry_notices_files_and_tokens(
    registry: GroupRegistry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("galene_py.limits.GROUP_CHECK_SECONDS", 0.01)
    monkeypatch.setattr("galene_py.limits.GROUP_SCAN_SECONDS", 0.01)
    await registry.start()
    try:
        group, heard = registry.get("city-watch"), asyncio.Queue[str]()
        registry.on_changed(lambda changed: heard.put_nowait(changed.name))
        invite(registry)
        await admitted(registry, group, token="t", username="nobby")
        write_group(registry.store.root, "city-watch", WATCH | {"displayName": "new"})
        while group.description.display_name != "new":
            assert await asyncio.wait_for(heard.get(), 5) == "city-watch"
        other = make_registry(registry.store.root.parent)
        invite(other, permissions=["message"])
        assert await asyncio.wait_for(heard.get(), 5) == "city-watch"
        other.close()
    finally:
        registry.close()


async def test_secrets_are_not_printed(registry: GroupRegistry) -> None:
    invite(registry, "very-secret-token")
    admission = await enter(registry, "city-watch", token="very-secret-token", username="x")
    assert "very-secret" not in repr(admission)
