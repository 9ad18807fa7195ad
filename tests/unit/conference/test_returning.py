"""Whoever lost the connection comes back where newcomers are refused; nobody else does in their name."""

from pathlib import Path
from typing import Any

import pytest
from conference_fakes import Peer
from real_world import RealWorld

from galene_py.groups import limits
from galene_py.signalling import limits as signalling_limits

ANYBODY = {"password": {"type": "wildcard"}, "permissions": "present"}
USERS = {
    "olga": {"password": "o", "permissions": "op"},
    "pia": {"password": "p", "permissions": "present"},
}
FILE: dict[str, Any] = {"users": USERS, "wildcard-user": ANYBODY}


class Meeting(RealWorld):
    """An operator, and what the others were told to come back with."""

    olga: Peer

    async def hold(self, username: str, **fields: Any) -> tuple[Peer, str]:
        """Come in; return also the secret."""
        peer = await self.come(username, **{"password": username[0], **fields})
        return peer, peer.one("joined", "join")["resume"]

    async def refused(self, username: str, **fields: Any) -> str:
        peer = await self.come(username, **{"password": username[0], **fields})
        return str(peer.one("joined", "fail")["error"])

    def names(self) -> list[str]:
        return sorted(member.username for member in self.real.get("room").members.values())


@pytest.fixture
async def meeting(tmp_path: Path) -> Meeting:
    world = Meeting(tmp_path)
    world.write("room", **FILE)
    world.olga = await world.come("olga", password="o")
    return world


def lock(world: Meeting) -> None:
    """Lock as an operator does who is in."""
    world.olga.send("groupaction", kind="lock")


async def test_lost_connection_comes_back_to_a_locked_group(meeting: Meeting) -> None:
    pia, secret = await meeting.hold("pia")
    lock(meeting)
    assert await meeting.refused("pia") == "group-locked"
    pia.gone()
    assert await meeting.refused("pia") == "group-locked", "her name and password are not enough"
    back, again = await meeting.hold("pia", resume=secret)
    assert again == secret, "the answer may be lost with the connection"
    back.gone()
    await meeting.hold("pia", resume=secret)


async def test_secret_is_told_to_its_owner_alone(meeting: Meeting) -> None:
    guest, _ = await meeting.hold("guest")
    pia, secret = await meeting.hold("pia", data={"raisehand": True})
    pia.send("useraction", kind="setdata", dest=pia.id, value={"x": 1})
    lock(meeting)
    assert secret not in str(guest.inbox)
    assert "resume" not in str(pia.inbox), "only with the first answer"
    assert secret not in str(list(meeting.conference.debug_states()))
    assert secret not in repr(meeting.real.get("room").resumption.find(secret, pia.client.admission))


@pytest.mark.parametrize("kind", ["left", "said goodbye", "kicked", "broke the protocol"])
async def test_who_went_otherwise_is_a_newcomer(meeting: Meeting, kind: str) -> None:
    pia, secret = await meeting.hold("pia")
    lock(meeting)
    if kind == "left":
        pia.send("join", kind="leave", group="room")
    elif kind == "said goodbye":
        pia.gone(left=True)
    elif kind == "kicked":
        pia.client.expel("out")
    else:
        pia.send("chat", value="I am olga", source="somebody else")
    pia.gone()
    assert await meeting.refused("pia", resume=secret) == "group-locked"


async def test_kicked_comes_back_under_no_secret_of_the_same_name(meeting: Meeting) -> None:
    lost, secret = await meeting.hold("guest")
    other, _ = await meeting.hold("guest")
    lock(meeting)
    lost.gone()
    meeting.olga.send("useraction", kind="kick", dest=other.id)
    assert await meeting.refused("guest", resume=secret) == "group-locked"


async def test_secret_serves_nobody_else(meeting: Meeting) -> None:
    pia, secret = await meeting.hold("pia")
    guest, guests = await meeting.hold("guest")
    lock(meeting)
    for peer in (pia, guest):
        peer.gone()
    assert await meeting.refused("guest", resume=secret) == "group-locked"
    assert await meeting.refused("pia", resume=guests) == "group-locked"
    assert await meeting.refused("pia", resume=pia.id) == "group-locked", "ids are known to everybody"
    assert await meeting.refused("pia", resume=secret, password="x") == "not-authorised"
    await meeting.hold("pia", resume=secret)


async def test_changed_password_and_removed_user_count(meeting: Meeting) -> None:
    pia, secret = await meeting.hold("pia")
    lock(meeting)
    pia.gone()
    meeting.write("room", users={**USERS, "pia": {"password": "new", "permissions": "present"}})
    assert await meeting.refused("pia", resume=secret) == "not-authorised"
    meeting.write("room", **{**FILE, "users": {"olga": USERS["olga"]}})
    assert await meeting.refused("pia", resume=secret) == "group-locked", "a guest of the same name"
    meeting.write("room", **FILE)
    await meeting.hold("pia", resume=secret)


async def test_group_that_was_deleted_waits_for_nobody(meeting: Meeting) -> None:
    pia, secret = await meeting.hold("pia")
    pia.gone()
    (meeting.groups / "room.json").unlink()
    meeting.real.refresh("room")
    meeting.write("room", **FILE, autolock=True)
    assert await meeting.refused("pia", resume=secret) == "group-locked"


async def test_time_is_bounded(meeting: Meeting) -> None:
    pia, secret = await meeting.hold("pia")
    lock(meeting)
    pia.gone()
    meeting.now += limits.RETURN_SECONDS
    again, _ = await meeting.hold("pia", resume=secret)
    again.gone()
    meeting.now += limits.RETURN_SECONDS + 1
    assert await meeting.refused("pia", resume=secret) == "group-locked"


@pytest.mark.parametrize("step", [-3600, 3600])
async def test_a_step_of_the_wall_clock_ends_nothing(meeting: Meeting, step: int) -> None:
    guest, _ = await meeting.hold("guest")
    pia, secret = await meeting.hold("pia")
    meeting.olga.send("chat", value="said before")
    lock(meeting)
    pia.gone()
    meeting.wall += step
    for peer in (meeting.olga, guest):
        peer.client.poll(meeting.now)
    back, _ = await meeting.hold("pia", resume=secret)
    assert [message["value"] for message in back.take("chathistory")] == ["said before"]
    assert not any(peer.closed or peer.take("ping") for peer in (meeting.olga, guest, back))
    meeting.now += limits.RETURN_SECONDS - 1
    back.gone()
    meeting.wall -= 2 * step
    await meeting.hold("pia", resume=secret)


async def test_number_is_bounded(meeting: Meeting, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "RETURN_PLACES", 2)
    people = [await meeting.hold(name) for name in ("ann", "ben", "cleo")]
    lock(meeting)
    for peer, _ in people:
        peer.gone()
    assert await meeting.refused("ann", resume=people[0][1]) == "group-locked"
    await meeting.hold("cleo", resume=people[2][1])


async def test_lock_by_an_operator_keeps_out_who_was_not_there(meeting: Meeting) -> None:
    pia, secret = await meeting.hold("pia")
    ann, anns = await meeting.hold("ann")
    pia.gone()
    lock(meeting)
    assert await meeting.refused("pia", resume=secret) == "group-locked"
    ann.gone()
    lock(meeting)  # another word to those who wait is no other door
    await meeting.hold("ann", resume=anns)


async def test_lock_by_itself_keeps_out_nobody_who_was_there(tmp_path: Path) -> None:
    world = Meeting(tmp_path)
    world.write("room", **FILE, autolock=True)
    olga, _ = await world.hold("olga")
    olga.send("groupaction", kind="unlock")
    pia, secret = await world.hold("pia")
    for peer in (pia, olga):
        peer.gone()
    assert await world.refused("guest") == "group-locked"
    await world.hold("pia", resume=secret)


async def test_closed_group_goes_on_for_who_was_in(meeting: Meeting) -> None:
    pia, secret = await meeting.hold("pia")
    meeting.write("room", **FILE, expires="2001-01-01T00:00:00Z")
    pia.gone()
    assert await meeting.refused("pia") == "group-closed"
    await meeting.hold("pia", resume=secret)


async def test_no_operator_no_meeting(tmp_path: Path) -> None:
    world = Meeting(tmp_path)
    world.write("room", **FILE, autokick=True)
    olga, _ = await world.hold("olga")
    pia, secret = await world.hold("pia")
    pia.gone()
    olga.gone(left=True)
    assert await world.refused("pia", resume=secret) == "no-operator"
    await world.hold("olga")
    await world.hold("pia", resume=secret)


def wait(world: Meeting, seconds: float, *peers: Peer) -> None:
    """Time passes for these connections."""
    world.now += seconds
    for peer in peers:
        peer.send("pong")
        peer.client.poll(world.now)
        world.settle()


@pytest.fixture
async def supervised(tmp_path: Path) -> Meeting:
    """The group ends without operators."""
    world = Meeting(tmp_path)
    world.write("room", **FILE, autokick=True)
    return world


@pytest.mark.parametrize("returns", [True, False])
async def test_lost_operator_is_waited_for(supervised: Meeting, returns: bool) -> None:
    olga, secret = await supervised.hold("olga")
    pia, _ = await supervised.hold("pia")
    olga.gone()
    wait(supervised, limits.OPERATOR_RETURN_SECONDS - 1, pia)
    assert pia.closed is None
    assert await supervised.refused("guest") == "no-operator", "nobody comes in whom none could put out"
    if returns:
        await supervised.hold("olga", resume=secret)
    wait(supervised, 1, pia)
    assert (pia.closed is None) == returns
    assert ("no operators" in str(pia.take("usermessage", "kicked"))) != returns
    wait(supervised, limits.OPERATOR_RETURN_SECONDS, pia)
    assert (pia.closed is None) == returns


async def test_meeting_whose_connections_were_all_lost_goes_on(supervised: Meeting) -> None:
    """Also if others are back before the operator, but not for long without one."""
    olga, _ = await supervised.hold("olga")
    pia, secret = await supervised.hold("pia")
    olga.gone()
    pia.gone()
    back, _ = await supervised.hold("pia", resume=secret)
    wait(supervised, limits.OPERATOR_RETURN_SECONDS, back)
    assert back.closed is not None
    assert await supervised.refused("pia", resume=secret) == "no-operator"


async def test_no_operator_is_waited_for_who_is_none_any_more(supervised: Meeting) -> None:
    olga, _ = await supervised.hold("olga")
    pia, _ = await supervised.hold("pia")
    guest, _ = await supervised.hold("guest")
    olga.send("useraction", kind="op", dest=pia.id)
    olga.send("useraction", kind="unop", dest=olga.id)
    assert guest.closed is None
    olga.gone()
    pia.send("useraction", kind="unop", dest=pia.id)
    assert guest.closed is not None


async def test_operator_who_is_lost_is_waited_for_when_another_leaves(supervised: Meeting) -> None:
    olga, secret = await supervised.hold("olga")
    other, _ = await supervised.hold("olga")
    pia, _ = await supervised.hold("pia")
    olga.gone()
    other.gone(left=True)
    assert pia.closed is None
    await supervised.hold("olga", resume=secret)
    wait(supervised, limits.OPERATOR_RETURN_SECONDS, pia)
    assert pia.closed is None


async def test_place_that_somebody_else_has_is_taken(tmp_path: Path) -> None:
    world = Meeting(tmp_path)
    world.write("room", **FILE, **{"max-clients": 1})
    pia, secret = await world.hold("pia")
    pia.gone()
    guest, _ = await world.hold("guest")
    assert await world.refused("pia", resume=secret) == "group-full"
    guest.gone(left=True)
    await world.hold("pia", resume=secret)


async def test_connection_that_is_not_known_to_be_lost_makes_room(tmp_path: Path) -> None:
    world = Meeting(tmp_path)
    world.write("room", **FILE, **{"max-clients": 2})
    guest, _ = await world.hold("guest")
    ghost, secret = await world.hold("pia")
    ghost.send("offer", id="camera", label="camera", sdp="audio+video")
    guest.inbox.clear()
    back, _ = await world.hold("pia", resume=secret)
    told = [(message["kind"], message["id"]) for message in guest.take("user")]
    assert told == [("delete", ghost.id), ("add", back.id)]
    assert world.names() == ["guest", "pia"]
    assert world.media.open == []
    assert ghost.closed is not None
    ghost.gone()
    assert world.names() == ["guest", "pia"]
    back.gone()
    await world.hold("pia", resume=secret)


async def test_newer_connection_may_bear_the_same_id(meeting: Meeting) -> None:
    ghost, secret = await meeting.hold("pia")
    back = Peer(meeting, ghost.id)
    back.send("handshake", version=["2"], id=ghost.id)
    back.send("join", kind="join", group="room", username="pia", password="p", resume=secret)
    await meeting.idle()
    assert back.one("joined", "join")
    ghost.gone()
    assert meeting.real.get("room").members[ghost.id] is back.client


@pytest.mark.parametrize("rule", ["autolock", "autokick"])
async def test_operator_who_comes_back_over_a_ghost_was_never_away(tmp_path: Path, rule: str) -> None:
    world = Meeting(tmp_path)
    world.write("room", **FILE, **{rule: True})
    olga, secret = await world.hold("olga")
    olga.send("groupaction", kind="unlock")
    pia, _ = await world.hold("pia")
    await world.hold("olga", resume=secret)
    assert pia.closed is None
    assert world.real.get("room").locked is None
    assert world.names() == ["olga", "pia"]


@pytest.mark.parametrize("noticed", [True, False])
async def test_what_operators_decided_outlasts_the_connection(meeting: Meeting, noticed: bool) -> None:
    pia, secret = await meeting.hold("pia")
    for kind in ("op", "shutup"):
        meeting.olga.send("useraction", kind=kind, dest=pia.id)
    if noticed:
        pia.gone()
    back, _ = await meeting.hold("pia", resume=secret)
    assert back.client.permissions == {"op", "present"}
    assert {"op", "present"} in [set(told["permissions"]) for told in meeting.olga.take("user", "add")]
    back.gone()
    newcomer, _ = await meeting.hold("pia")
    assert newcomer.client.permissions == {"message", "present"}
    newcomer.gone(left=True)
    users = {**USERS, "pia": {"password": "p", "permissions": "message"}}
    meeting.write("room", **{**FILE, "users": users})
    late, _ = await meeting.hold("pia", resume=secret)
    assert late.client.permissions == {"message"}, "the file has spoken since"


async def test_silent_or_choked_client_is_lost(meeting: Meeting) -> None:
    pia, secret = await meeting.hold("pia")
    guest, guests = await meeting.hold("guest")
    lock(meeting)
    guest.full = True
    guest.send("chat", value="x")
    assert guest.closed is not None
    meeting.now += signalling_limits.SIGNAL_DEAD_SECONDS
    pia.client.poll(meeting.now)
    assert pia.closed is not None
    await meeting.hold("pia", resume=secret)
    await meeting.hold("guest", resume=guests)


async def test_group_is_not_forgotten_while_somebody_may_come_back(tmp_path: Path) -> None:
    world = Meeting(tmp_path)
    world.write("room", **FILE, autolock=True)
    olga, _ = await world.hold("olga")
    olga.send("groupaction", kind="unlock")
    pia, _ = await world.hold("pia")
    olga.gone(left=True)
    pia.gone()
    group = world.real.get("room")
    assert not group.idle()
    world.now += limits.RETURN_SECONDS + 1
    assert group.idle()
