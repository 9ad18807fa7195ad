"""How a join is answered, and what happens when the world changes while it is being checked."""

import asyncio
import itertools
from typing import Any

import pytest
from conference_fakes import Peer, World

from galene_py.conference import limits


async def ready(world: World) -> Peer:
    peer = Peer(world)
    peer.send("handshake", version=["2"], id=peer.id)
    peer.inbox.clear()
    return peer


async def ask(world: World, peer: Peer, **fields: Any) -> dict[str, Any]:
    peer.send("join", kind="join", **{"group": "room", "username": "present-a", "password": "x", **fields})
    await world.idle()
    return peer.take("joined")[0]


async def test_answer_to_a_good_join() -> None:
    world = World()
    answer = await ask(world, await ready(world))
    assert answer.pop("resume")
    assert answer == {
        "type": "joined",
        "kind": "join",
        "group": "room",
        "username": "present-a",
        "permissions": ["message", "present"],
        "status": {"name": "room", "clientCount": 1, "canChangeChat": True},
        "rtcConfiguration": {"iceServers": []},
    }


@pytest.mark.parametrize(
    ("fields", "code", "text"),
    [
        ({"group": "nowhere"}, "unknown-group", "group does not exist"),
        ({"group": ""}, "unknown-group", "group does not exist"),
        (
            {"group": "broken"},
            "broken-group",
            "this group cannot be used: its description is broken",
        ),
        ({"password": "wrong"}, "not-authorised", "not authorised"),
        ({"username": None}, "not-authorised", "not authorised"),
        ({"username": None, "token": "anonymous"}, "need-username", "please say your name"),
        ({"data": {"x": "y" * limits.SIGNAL_DATA_BYTES}}, "bad-request", "too much data"),
    ],
)
async def test_answer_to_a_bad_join(fields: dict[str, Any], code: str, text: str) -> None:
    world = World()
    peer = await ready(world)
    answer = await ask(world, peer, **fields)
    assert (answer["kind"], answer.get("error"), answer["value"]) == ("fail", code, text)
    assert peer.closed is None
    assert (await ask(world, peer))["kind"] == "join"


async def test_redirected_group_says_where_to() -> None:
    world = World()
    world.registry.describe("room", redirect="https://elsewhere/")
    answer = await ask(world, await ready(world))
    assert (answer["kind"], answer["value"]) == ("redirect", "https://elsewhere/")
    assert world.registry.groups["room"].members == {}


async def test_somebody_elses_id_lets_nobody_in() -> None:
    world = World()
    first = await world.join("op-o")
    thief = await world.join("present-t", id=first.id)
    assert thief.one("joined", "fail")["value"] == "duplicate client id"
    thief.gone()
    first.send("chat", value="still here")
    assert first.take("chat")
    # In another group the same id is another person.
    other = await world.join("present-t", "other", id=first.id)
    assert other.take("joined", "join")


async def test_client_without_id_cannot_join() -> None:
    world = World()
    peer = await world.join(id="")
    assert peer.one("joined", "fail")["value"] == "this client did not say its id"


async def test_initial_data_is_told_to_others() -> None:
    world = World()
    first = await world.join()
    first.inbox.clear()
    await ask(world, await ready(world), data={"raisehand": True})
    assert first.one("user", "add")["data"] == {"raisehand": True}


async def test_exception_while_joining_is_a_refusal() -> None:
    world = World()

    async def fail() -> None:
        raise RuntimeError("disk on fire")

    world.registry.gate = fail
    answer = await ask(world, await ready(world))
    assert (answer["kind"], answer["value"]) == ("fail", "internal server error")


async def test_too_many_failed_joins_end_the_connection() -> None:
    world = World()
    peer = await ready(world)
    for _ in range(limits.FAILED_JOINS):
        assert (await ask(world, peer, password="wrong"))["kind"] == "fail"
    assert peer.closed is not None


class Gate:
    """Holds joins until opened."""

    def __init__(self, world: World) -> None:
        self.event = asyncio.Event()
        self.somebody_waits = asyncio.Event()
        self.waiting = 0
        world.registry.gate = self.wait

    async def wait(self) -> None:
        self.waiting += 1
        self.somebody_waits.set()
        await self.event.wait()

    async def reached(self) -> None:
        await self.somebody_waits.wait()


async def test_messages_sent_ahead_are_carried_out_after_the_join() -> None:
    world = World()
    gate, peer = Gate(world), await ready(world)
    peer.send("join", kind="join", group="room", username="present-a")
    peer.send("request", request={"": ["audio"]})
    peer.send("offer", id="s", label="camera", sdp="audio")
    peer.send("chat", value="hi")
    await gate.reached()
    assert peer.inbox == []
    gate.event.set()
    await world.idle()
    assert [message["type"] for message in peer.inbox] == ["joined", "user", "answer", "chat"]


async def test_client_that_goes_while_joining_leaves_nothing() -> None:
    world = World()
    gate, peer = Gate(world), await ready(world)
    peer.send("join", kind="join", group="room", username="present-a")
    await gate.reached()
    peer.gone()
    gate.event.set()
    await world.idle()
    assert peer.inbox == []
    assert world.registry.groups["room"].members == {}
    assert world.conference.debug_state() == {"clients": 0, "rooms": 0}


async def test_leave_sent_ahead_is_carried_out_after_the_join() -> None:
    world = World()
    gate, peer = Gate(world), await ready(world)
    peer.send("join", kind="join", group="room", username="present-a")
    peer.send("join", kind="leave", group="room")
    gate.event.set()
    await world.idle()
    assert [m["kind"] for m in peer.take("joined")] == ["join", "leave"]
    assert world.registry.groups["room"].members == {}


async def test_file_that_changes_during_the_check_counts() -> None:
    """The password was right for the old file; what is granted is what the new file says."""
    world = World()
    gate, peer = Gate(world), await ready(world)
    peer.send("join", kind="join", group="room", username="op-a")
    await gate.reached()
    world.registry.describe("room", comment="another")
    world.registry.levels["op-a"] = frozenset()
    gate.event.set()
    await world.idle()
    assert peer.one("joined", "join").get("permissions", []) == []
    assert gate.waiting == 2


async def test_group_locked_during_the_check_stays_closed() -> None:
    world = World()
    op = await world.join("op-o")
    gate, peer = Gate(world), await ready(world)
    peer.send("join", kind="join", group="room", username="present-a")
    await gate.reached()
    op.send("groupaction", kind="lock", value="too late")
    gate.event.set()
    await world.idle()
    assert peer.one("joined", "fail")["value"] == "too late"
    assert op.take("user", "add") == [] or peer.id not in world.registry.groups["room"].members


async def test_group_that_changes_all_the_time_is_given_up() -> None:
    world = World()
    peer = await ready(world)
    numbers = itertools.count()

    async def change() -> None:
        world.registry.describe("room", comment=str(next(numbers)))

    world.registry.gate = change
    answer = await ask(world, peer)
    assert answer["kind"] == "fail"
