"""With the real groups: files, passwords, tokens, and edits that reach the people who are in."""

from pathlib import Path
from typing import Any

import pytest
from real_world import RealWorld

USERS = {
    "olga": {"password": "o", "permissions": "op"},
    "pia": {"password": "p", "permissions": "present"},
}
ANYBODY = {"password": {"type": "wildcard"}, "permissions": "message"}


@pytest.fixture
def world(tmp_path: Path) -> RealWorld:
    world = RealWorld(tmp_path)
    world.write("room", users=USERS, **{"wildcard-user": ANYBODY, "allow-recording": True})
    return world


async def test_passwords_open_the_door_with_the_files_permissions(world: RealWorld) -> None:
    olga, pia, guest = [await world.come(n, password=n[0]) for n in ("olga", "pia", "guest")]
    joined = [peer.one("joined", "join")["permissions"] for peer in (olga, pia, guest)]
    assert joined == [
        ["caption", "message", "op", "present", "record", "token"],
        ["message", "present"],
        ["message"],
    ]
    wrong = await world.come("olga", password="x")
    assert wrong.one("joined", "fail").get("error") == "not-authorised"
    assert world.slept
    assert (await world.come("x", group="../room")).one("joined", "fail")
    assert (await world.come(None)).one("joined", "fail")


async def test_edit_of_the_file_reaches_people(world: RealWorld) -> None:
    olga, pia, guest = [await world.come(n, password=n[0]) for n in ("olga", "pia", "guest")]
    olga.send("useraction", kind="op", dest=guest.id)
    for peer in (olga, pia, guest):
        peer.inbox.clear()
    world.write("room", users={"olga": USERS["olga"]}, displayName="New", **{"wildcard-user": ANYBODY})
    assert "no longer" in pia.one("usermessage", "kicked")["value"]
    assert pia.closed is not None
    assert olga.take("joined", "change")[-1]["status"]["displayName"] == "New"
    # Recording was withdrawn from the operator; the guest's entry is what it was.
    assert "record" not in olga.client.permissions
    assert "op" in guest.client.permissions
    world.write("room", users={"olga": USERS["olga"]})
    assert guest.closed is not None
    (world.groups / "room.json").unlink()
    world.real.refresh("room")
    world.settle()
    assert olga.closed is not None


async def test_broken_edit_changes_nothing(world: RealWorld) -> None:
    pia = await world.come("pia", password="p")
    pia.inbox.clear()
    (world.groups / "room.json").write_text("{")
    world.real.refresh("room")
    assert pia.inbox == []
    assert (await world.come("olga", password="o")).take("joined", "join")


async def test_invitation_is_made_used_and_revoked(world: RealWorld) -> None:
    olga = await world.come("olga", password="o")
    value = {"group": "room", "permissions": ["present"], "expires": 3_600_000}
    olga.send("groupaction", kind="maketoken", value=value)
    token = olga.one("usermessage", "token")["value"]
    assert (token["issuedBy"], token["group"], token["permissions"]) == ("olga", "room", ["present"])

    nameless = await world.come(None, token=token["token"])
    assert nameless.one("joined", "fail")["error"] == "need-username"
    taken = await world.come("olga", token=token["token"])
    assert taken.one("joined", "fail")["error"] == "duplicate-username"
    guest = await world.come("zoe", token=token["token"])
    assert guest.one("joined", "join")["permissions"] == ["present"]

    olga.send("groupaction", kind="listtokens")
    assert [t["token"] for t in olga.one("usermessage", "tokenlist")["value"]] == [token["token"]]
    olga.send("groupaction", kind="edittoken", value={"token": token["token"], "expires": -1000})
    assert olga.take("usermessage", "token")
    world.conference.group_changed(world.real.get("room"))
    world.settle()
    assert "revoked" in guest.one("usermessage", "kicked")["value"]
    assert guest.closed is not None


async def test_whose_invitation_was_prolonged_stays_when_it_runs_out(world: RealWorld) -> None:
    olga = await world.come("olga", password="o")
    value = {"group": "room", "permissions": ["present"], "expires": 3_600_000}
    olga.send("groupaction", kind="maketoken", value=value)
    token = olga.one("usermessage", "token")["value"]["token"]
    guest = await world.come("zoe", token=token)
    olga.send("groupaction", kind="edittoken", value={"token": token, "expires": 7_200_000})
    world.conference.group_changed(world.real.get("room"))
    world.wall += 8000
    world.write("room", users=USERS, displayName="New", **{"wildcard-user": ANYBODY})
    assert guest.take("joined", "change")[-1]["status"]["displayName"] == "New"
    assert guest.closed is None


async def test_nobody_gives_away_what_they_lack(world: RealWorld) -> None:
    world.write("room", users=USERS, **{"unrestricted-tokens": True})
    pia = await world.come("pia", password="p")
    value = {"group": "room", "permissions": ["op"], "expires": 3_600_000}
    pia.send("groupaction", kind="maketoken", value=value)
    assert pia.one("usermessage", "token")["error"] == "not-authorised"
    pia.send("groupaction", kind="maketoken", value={**value, "group": "other", "permissions": []})
    assert pia.one("usermessage", "token")["error"] == "error"


async def test_history_grows_old(world: RealWorld) -> None:
    olga = await world.come("olga", password="o")
    olga.send("chat", value="hello")
    assert (await world.come("guest")).take("chathistory")
    world.now += 14400 + 1
    assert not (await world.come("guest")).take("chathistory")


@pytest.mark.parametrize(
    ("fields", "code", "text"),
    [
        ({"max-clients": 1}, "group-full", "too many users"),
        ({"not-before": "2100-01-01T00:00:00Z"}, "group-not-open", "this group is not open yet"),
        ({"expires": "2020-01-01T00:00:00Z"}, "group-closed", "this group is closed"),
    ],
)
async def test_refusals_have_words_and_operators_pass(
    world: RealWorld, fields: dict[str, Any], code: str, text: str
) -> None:
    world.write("room", users=USERS, **fields)
    assert (await world.come("olga", password="o")).take("joined", "join")
    pia = await world.come("pia", password="p")
    failed = pia.one("joined", "fail")
    assert (failed["error"], failed["value"]) == (code, text)
    assert (await world.come("olga", password="o")).take("joined", "join")


async def test_words_of_an_operator_for_a_lock_are_told_from_ours(world: RealWorld) -> None:
    olga = await world.come("olga", password="o")
    for value, code in (None, "group-locked"), ("back at three", "group-locked-with-words"):
        olga.send("groupaction", kind="lock", value=value)
        failed = (await world.come("pia", password="p")).one("joined", "fail")
        assert failed["error"] == code


async def test_autolocked_group_opens_for_operators_and_locks_again(world: RealWorld) -> None:
    world.write("room", users=USERS, autolock=True)
    assert (await world.come("pia", password="p")).one("joined", "fail")["value"] == "this group is locked"
    olga = await world.come("olga", password="o")
    olga.send("groupaction", kind="unlock")
    pia = await world.come("pia", password="p")
    assert pia.take("joined", "join")
    olga.gone()
    assert pia.take("joined", "change")[-1]["status"]["locked"] is True


async def test_autokick_needs_an_operator(world: RealWorld) -> None:
    world.write("room", users=USERS, autokick=True)
    assert "no operators" in (await world.come("pia", password="p")).one("joined", "fail")["value"]
    olga = await world.come("olga", password="o")
    pia = await world.come("pia", password="p")
    assert pia.take("joined", "join")
    olga.gone(left=True)
    assert pia.closed is not None


async def test_file_that_turns_autokick_on_empties_a_room_without_operators(world: RealWorld) -> None:
    pia = await world.come("pia", password="p")
    world.write("room", users=USERS, autokick=True)
    assert pia.closed is not None


async def test_subgroups_are_made_on_demand(world: RealWorld) -> None:
    world.write("school", users=USERS, **{"auto-subgroups": True, "wildcard-user": ANYBODY})
    olga = await world.come("olga", "school", password="o")
    await world.come("guest", "school/a")
    olga.send("groupaction", kind="subgroups")
    assert olga.one("chat")["value"] == "school/a (1 client)\n"
