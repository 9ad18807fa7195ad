"""What operators do to people, and what that means for them."""

import pytest
from conference_fakes import World

from galene_py.conference import limits


async def test_granted_and_revoked_permissions_reach_everybody() -> None:
    world = World()
    op, user, third = await world.join("op-o"), await world.join("present-u"), await world.join("observe-t")
    for kind, expected in [
        ("op", ["message", "op", "present"]),
        ("unop", ["message", "present"]),
        ("unpresent", ["message"]),
        ("shutup", []),
        ("unshutup", ["message"]),
        ("present", ["message", "present"]),
    ]:
        for peer in (op, user, third):
            peer.inbox.clear()
        op.send("useraction", kind=kind, dest=user.id)
        change = user.one("joined", "change")
        assert (change["username"], change["group"]) == ("present-u", "room")
        assert change.get("permissions", []) == expected
        for peer in (op, user, third):
            told = peer.one("user", "change")
            assert (told["id"], told["username"]) == (user.id, "present-u")
            assert told.get("permissions", []) == expected


@pytest.mark.parametrize("recording", [True, False])
async def test_new_operator_may_record_where_recording_is_allowed(recording: bool) -> None:
    world = World()
    world.registry.describe("room", allow_recording=recording)
    op, user = await world.join("op-o"), await world.join("observe-u")
    op.send("useraction", kind="op", dest=user.id)
    assert user.client.permissions == ({"op", "record"} if recording else {"op"})
    op.send("useraction", kind="unop", dest=user.id)
    assert user.client.permissions == frozenset()


async def test_who_may_no_longer_present_stops_presenting() -> None:
    world = World()
    op, user = await world.join("op-o"), await world.join("present-u")
    op.send("request", request={"": ["audio"]})
    user.send("offer", id="a", label="camera", sdp="audio")
    user.send("offer", id="b", label="screenshare", sdp="audio")
    user.inbox.clear()
    op.inbox.clear()
    op.send("useraction", kind="unpresent", dest=user.id)
    assert {message["id"] for message in user.take("abort")} == {"a", "b"}
    assert user.one("usermessage", "error")["value"] == "permission denied"
    assert {message["id"] for message in op.take("close")} == {"a", "b"}
    assert world.media.open == []
    # The browser confirms by closing; that is harmless.
    user.send("close", id="a")
    user.send("offer", id="c", label="camera", sdp="audio")
    assert user.take("abort")
    assert world.media.open == []


async def test_identify_tells_the_operator_the_address_and_the_target_that_it_did() -> None:
    world = World()
    op, user = await world.join("op-o"), await world.join("present-u")
    op.send("useraction", kind="identify", dest=user.id)
    info = op.one("usermessage", "userinfo")
    assert info["privileged"]
    assert info["value"] == {"id": user.id, "username": "present-u", "address": f"10.0.0.1:{user.id}"}
    warning = user.one("usermessage", "warning")
    assert warning["privileged"]
    assert "op-o" in warning["value"]


async def test_kicked_is_told_by_whom_then_left_then_closed() -> None:
    world = World()
    op, user = await world.join("op-o"), await world.join("present-u")
    user.inbox.clear()
    op.send("useraction", kind="kick", dest=user.id, value="be nice")
    kicked, left = user.inbox
    assert kicked == {
        "type": "usermessage",
        "kind": "kicked",
        "id": op.id,
        "username": "op-o",
        "dest": user.id,
        "privileged": True,
        "value": "be nice",
    }
    assert (left["type"], left["kind"]) == ("joined", "leave")
    assert user.closed == (1000, "be nice")
    assert op.one("user", "delete")["id"] == user.id


async def test_nothing_that_a_kicked_client_sends_matters() -> None:
    world = World()
    op, user = await world.join("op-o"), await world.join("op-u")
    op.send("useraction", kind="kick", dest=user.id)
    op.inbox.clear()
    told = len(user.inbox)
    for name in ("chat", "useraction", "groupaction", "offer", "request", "join", "handshake", "ping"):
        user.client.receive(f'{{"type":"{name}","kind":"kick","id":"x","dest":"{op.id}"}}', world.now)
    user.client.poll(world.now + 100)
    user.gone()
    await world.idle()
    assert op.inbox == []
    assert len(user.inbox) == told


async def test_operator_may_kick_itself() -> None:
    world = World()
    op = await world.join("op-o")
    op.send("useraction", kind="kick", dest=op.id)
    assert op.closed is not None
    assert world.registry.groups["room"].members == {}


async def test_kicked_person_may_come_back() -> None:
    world = World()
    op, user = await world.join("op-o"), await world.join("present-u")
    op.send("useraction", kind="kick", dest=user.id)
    again = await world.join("present-u")
    assert again.take("joined", "join")


async def test_data_is_merged_and_null_removes() -> None:
    world = World()
    user, other = await world.join("observe-u"), await world.join("observe-o")
    user.send("useraction", kind="setdata", dest=user.id, value={"raisehand": True, "x": [1]})
    assert other.one("user", "change")["data"] == {"raisehand": True, "x": [1]}
    user.send("useraction", kind="setdata", dest=user.id, value={"raisehand": None})
    assert other.one("user", "change")["data"] == {"x": [1]}
    late = await world.join("observe-l")
    assert next(u for u in late.take("user", "add") if u["id"] == user.id)["data"] == {"x": [1]}


@pytest.mark.parametrize("value", [None, "x", [1], {"x": "y" * limits.SIGNAL_DATA_BYTES}])
async def test_bad_data_is_refused(value: object) -> None:
    world = World()
    op, other = await world.join("op-u"), await world.join("observe-o")
    op.inbox.clear()
    other.inbox.clear()
    op.send("useraction", kind="setdata", dest=op.id, value=value)
    op.send("groupaction", kind="setdata", value=value)
    assert len(op.take("usermessage", "error")) == 2
    assert other.inbox == []


async def test_mute_is_a_message_that_says_whether_an_operator_sent_it() -> None:
    world = World()
    op, user = await world.join("op-o"), await world.join("present-u")
    op.send("usermessage", kind="mute", dest=None, value=None, noecho=True)
    assert user.one("usermessage", "mute")["privileged"] is True
    assert op.take("usermessage", "mute") == []
    user.send("usermessage", kind="mute", dest=op.id, privileged=True)
    assert "privileged" not in op.one("usermessage", "mute")


async def test_change_of_the_file_reaches_those_who_are_in() -> None:
    world = World()
    first, second = await world.join("present-a"), await world.join("present-b")
    second.send("request", request={"": ["audio"]})
    first.send("offer", id="s", label="camera", sdp="audio")
    first.inbox.clear()
    second.inbox.clear()
    world.registry.levels["present-a"] = frozenset({"message"})
    world.registry.changed("room")
    assert first.take("joined", "change")[0]["permissions"] == ["message"]
    assert first.take("abort")
    assert second.take("close")
    assert second.one("user", "change")["permissions"] == ["message"]


async def test_unchanged_entry_keeps_what_an_operator_granted() -> None:
    world = World()
    op, user = await world.join("op-o"), await world.join("present-u")
    op.send("useraction", kind="op", dest=user.id)
    world.registry.changed("room")
    assert "op" in user.client.permissions


async def test_changed_entry_ends_what_an_operator_granted() -> None:
    world = World()
    op, user = await world.join("op-o"), await world.join("present-u")
    op.send("useraction", kind="op", dest=user.id)
    world.registry.levels["present-u"] = frozenset()
    world.registry.changed("room")
    assert user.client.permissions == frozenset()


async def test_who_is_removed_from_the_file_is_put_out_and_told() -> None:
    world = World()
    first, second = await world.join("present-a"), await world.join("present-b")
    world.registry.levels["present-a"] = None
    world.registry.changed("room")
    assert "not in this group" in first.one("usermessage", "kicked")["value"]
    assert first.take("joined", "leave")
    assert first.closed is not None
    assert second.one("user", "delete")["id"] == first.id


async def test_change_of_another_group_changes_nothing_here() -> None:
    world = World()
    peer = await world.join("present-a")
    peer.inbox.clear()
    world.registry.levels["present-a"] = None
    world.registry.changed("other")
    assert peer.inbox == []


# --- groups without operators --------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["leaves", "vanishes", "is kicked", "is demoted"])
async def test_autolock_locks_when_the_last_operator_goes(how: str) -> None:
    world = World()
    group = world.registry.groups["room"]
    world.registry.describe("room", autolock=True)
    op = await world.join("op-o")
    op.send("groupaction", kind="unlock")
    user = await world.join("present-u")
    user.inbox.clear()
    go(op, how)
    assert group.locked
    assert user.take("joined", "change")[-1]["status"]["locked"] is True
    late = await world.join("present-l")
    assert late.one("joined", "fail")["value"] == "this group is locked"


@pytest.mark.parametrize("how", ["leaves", "is kicked", "is demoted"])
async def test_autokick_empties_the_room_when_the_last_operator_goes(how: str) -> None:
    world = World()
    world.registry.describe("room", autokick=True)
    op = await world.join("op-o")
    users = [await world.join(f"present-{number}") for number in range(200)]
    go(op, how)
    assert world.registry.groups["room"].members == {}
    assert all("no operators" in user.one("usermessage", "kicked")["value"] for user in users)
    assert all(user.closed for user in users)


async def test_another_operator_is_enough() -> None:
    world = World()
    group = world.registry.groups["room"]
    world.registry.describe("room", autolock=True, autokick=True)
    op, _ = await world.join("op-o"), await world.join("op-p")
    op.send("groupaction", kind="unlock")
    user = await world.join("present-u")
    op.gone()
    assert group.locked is None
    assert user.closed is None


def go(op: object, how: str) -> None:
    match how:
        case "leaves":
            op.send("join", kind="leave", group="room")  # type: ignore[attr-defined]
        case "vanishes":
            op.gone()  # type: ignore[attr-defined]
        case "is kicked":
            op.send("useraction", kind="kick", dest=op.id)  # type: ignore[attr-defined]
        case "is demoted":
            op.send("useraction", kind="unop", dest=op.id)  # type: ignore[attr-defined]


# --- permission removed while acting -------------------------------------------------------------------


@pytest.mark.parametrize("how", ["demoted", "kicked", "removed from the file", "demoted in the file"])
async def test_who_is_no_operator_any_more_acts_no_more(how: str) -> None:
    """What was sent before the change counts, what comes after it does not, however close they are."""
    world = World()
    group = world.registry.groups["room"]
    op, former, user = await world.join("op-o"), await world.join("op-f"), await world.join("present-u")
    former.send("groupaction", kind="lock", value="mine")
    match how:
        case "demoted":
            op.send("useraction", kind="unop", dest=former.id)
        case "kicked":
            op.send("useraction", kind="kick", dest=former.id)
        case "removed from the file":
            world.registry.levels["op-f"] = None
            world.registry.changed("room")
        case "demoted in the file":
            world.registry.levels["op-f"] = frozenset({"present", "message"})
            world.registry.changed("room")
    for kind in ("kick", "op", "unpresent"):
        former.client.receive(f'{{"type":"useraction","kind":"{kind}","dest":"{user.id}"}}', world.now)
    former.client.receive('{"type":"groupaction","kind":"unlock"}', world.now)
    world.settle()
    assert group.locked == "mine"
    assert user.closed is None
    assert user.client.permissions == {"present", "message"}


async def test_two_operators_who_demote_each_other_are_both_right_once() -> None:
    world = World()
    first, second = await world.join("op-a"), await world.join("op-b")
    first.send("useraction", kind="unop", dest=second.id)
    second.send("useraction", kind="unop", dest=first.id)
    assert "op" in first.client.permissions
    assert "op" not in second.client.permissions


async def test_target_that_leaves_before_the_action_is_absent() -> None:
    world = World()
    op, user = await world.join("op-o"), await world.join("present-u")
    user.send("join", kind="leave", group="room")
    op.inbox.clear()
    op.send("useraction", kind="op", dest=user.id)
    assert op.one("usermessage", "error")["error"] == "unknown-user"
    assert user.client.permissions == frozenset()
    await world.enter(user, "present-u", "other")
    op.send("useraction", kind="op", dest=user.id)
    assert user.client.permissions == {"present", "message"}
