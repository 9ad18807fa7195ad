"""Slow clients, dead clients, failing parts: one client's trouble stays its own."""

import json
from typing import Any

from conference_fakes import Peer, World

from galene_py.conference import limits
from galene_py.signalling import limits as signalling_limits


async def test_client_that_does_not_read_is_dropped_and_others_told() -> None:
    world = World()
    slow, first, second = await world.join(), await world.join(), await world.join()
    for peer in (first, second):
        peer.inbox.clear()
    slow.full = True
    first.send("chat", value="hello")
    assert slow.closed is not None
    for peer in (first, second):
        assert [message["type"] for message in peer.inbox] == ["chat", "user"]
    assert slow.id not in world.registry.groups["room"].members


async def test_many_dead_clients_at_once_are_all_dropped() -> None:
    world = World()
    speaker = await world.join()
    dead = [await world.join() for _ in range(150)]
    for peer in dead:
        peer.full = True
    speaker.inbox.clear()
    speaker.send("chat", value="anybody?")
    assert set(world.registry.groups["room"].members) == {speaker.id}
    assert len(speaker.take("user", "delete")) == len(dead)


async def test_join_to_a_full_room_comes_in_portions() -> None:
    world = World()
    op = await world.join("op-o")
    for _ in range(150):
        await world.join()
    for number in range(50):
        op.send("chat", value=str(number))
    peer = Peer(world)
    portions: list[int] = []
    peer.send("handshake", version=["2"], id=peer.id)
    peer.client.receive(
        json.dumps({"type": "join", "kind": "join", "group": "room", "username": "late"}), world.now
    )
    await world.conference.idle()
    op.client.receive(json.dumps({"type": "chat", "value": "after"}), world.now)
    while world.steps:
        before = len(peer.inbox)
        steps, world.steps[:] = list(world.steps), []
        for step in steps:
            step()
        portions.append(len(peer.inbox) - before)
    assert max(portions) <= limits.SEND_BUFFER_PORTION
    kinds = [message["type"] for message in peer.inbox[1:]]
    assert kinds == ["joined"] + ["chathistory"] * 50 + ["user"] * 152 + ["chat"]


async def test_kicked_in_the_middle_of_the_flood_still_gets_everything_in_order() -> None:
    world = World()
    op = await world.join("op-o")
    for _ in range(200):
        await world.join()
    peer = Peer(world)
    peer.send("handshake", version=["2"], id=peer.id)
    peer.client.receive(
        json.dumps({"type": "join", "kind": "join", "group": "room", "username": "late"}), world.now
    )
    await world.conference.idle()
    op.client.receive(json.dumps({"type": "useraction", "kind": "kick", "dest": peer.id}), world.now)
    assert peer.closed is None
    world.settle()
    assert [(message["type"], message.get("kind")) for message in peer.inbox[-2:]] == [
        ("usermessage", "kicked"),
        ("joined", "leave"),
    ]
    assert peer.closed is not None


async def test_exception_in_one_handler_drops_that_client_only(caplog: Any) -> None:
    world = World()
    first, second = await world.join(), await world.join()

    class Broken(dict[str, Any]):
        def get(self, *args: Any) -> Any:
            raise RuntimeError("bug")

    room = world.conference.room(world.registry.groups["room"])
    healthy, room.members = room.members, Broken(room.members)
    world.now += limits.FIRST_STEPS_SECONDS
    first.send("chat", value="x", dest=second.id)
    assert first.closed == (1011, "internal error")
    assert second.closed is None
    assert "bug" in caplog.text
    room.members = healthy


async def test_an_error_while_somebody_comes_in_is_a_refusal_in_words(caplog: Any) -> None:
    world = World()
    member = await world.join()
    group = world.registry.groups["room"]
    history, group.history = group.history, None  # type: ignore[assignment]
    peer = Peer(world)
    peer.send("handshake", version=["2"], id=peer.id)
    member.inbox.clear()
    for _ in range(2):
        await world.enter(peer, "present-late")
        refused = peer.inbox[-1]
        assert [refused[key] for key in ("type", "kind", "error", "value")] == [
            "joined",
            "fail",
            "internal-error",
            "internal server error",
        ]
    assert [message["type"] for message in peer.inbox] == ["handshake", "joined", "joined"]
    assert peer.closed is None
    assert member.inbox == []
    assert set(group.members) == {member.id}
    assert len(caplog.records) == 2
    group.history = history
    await world.enter(peer, "present-late")
    assert peer.inbox[1 + 2]["kind"] == "join"
    assert member.one("user", "add")["id"] == peer.id


async def test_an_error_in_the_first_steps_ends_in_words_and_not_in_a_lost_connection(caplog: Any) -> None:
    world = World()
    member, newcomer = await world.join(), await world.join()
    room = world.conference.room(world.registry.groups["room"])

    def fail(*args: Any) -> None:
        raise RuntimeError("bug")

    room.streams.request = fail  # type: ignore[method-assign]
    newcomer.send("request", request={"": ["audio"]})
    assert [message["kind"] for message in newcomer.inbox[-2:]] == ["leave", "fail"]
    assert newcomer.inbox[-1]["error"] == "internal-error"
    assert newcomer.closed is None
    assert member.one("user", "delete")["id"] == newcomer.id
    world.now += limits.FIRST_STEPS_SECONDS
    member.send("request", request={"": ["audio"]})
    assert member.closed == (1011, "internal error")


async def test_failing_media_does_not_keep_people_in(caplog: Any) -> None:
    world = World()
    first, second = await world.join(), await world.join()
    first.send("offer", id="s", label="camera", sdp="audio")

    def fail() -> None:
        raise RuntimeError("engine bug")

    world.media.published[0].close = fail  # type: ignore[method-assign]
    first.gone()
    assert set(world.registry.groups["room"].members) == {second.id}
    assert second.one("user", "delete")["id"] == first.id
    assert "engine bug" in caplog.text


async def test_silent_client_is_dropped_by_the_clock() -> None:
    world = World()
    first, second = await world.join(), await world.join()
    for _ in range(int(signalling_limits.SIGNAL_DEAD_SECONDS)):
        world.now += 1.0
        second.send("pong")
        for peer in (first, second):
            if peer.closed is None:
                peer.client.poll(world.now)
                world.settle()
    assert first.closed is not None
    assert first.take("ping")
    assert second.one("user", "delete")["id"] == first.id


async def test_shutdown_tells_everybody_and_closes() -> None:
    world = World()
    peers = [await world.join(), await world.join("op-x", "other")]
    stranger = Peer(world)
    peers[0].send("offer", id="s", label="camera", sdp="audio")
    world.conference.shutdown("the server is going down")
    world.settle()
    for peer in [*peers, stranger]:
        message = peer.inbox[-1]
        assert (message["kind"], message["value"]) == ("error", "the server is going down")
        assert peer.closed == (1001, "the server is going down")
    assert world.media.open == []
    assert world.conference.debug_state()["rooms"] == 0


async def test_empty_rooms_are_forgotten() -> None:
    world = World()
    first, second = await world.join(), await world.join("present-x", "other")
    second.send("offer", id="s", label="camera", sdp="audio")
    first.send("offer", id="s", label="camera", sdp="audio")
    assert [name for name, _ in world.conference.debug_states()] == ["room", "other"]
    assert world.conference.debug_state() == {"clients": 2, "rooms": 2}
    first.gone()
    first.client.closed("again")
    ((name, client),) = world.conference.debug_states()
    assert (name, client["id"], client["up"][0]["id"]) == ("other", second.id, "s")  # type: ignore[index]
    second.gone()
    assert world.conference.debug_state() == {"clients": 0, "rooms": 0}


async def test_people_may_come_and_go_between_two_steps_of_the_statistics() -> None:
    world = World()
    first, second = await world.join(), await world.join("op-x")
    states = world.conference.debug_states()
    assert next(states)[1]["id"] == first.id
    third = await world.join("present-y")
    second.gone()
    assert list(states) == []
    assert [state["id"] for _, state in world.conference.debug_states()] == [first.id, third.id]


async def test_old_room_does_not_hear_of_the_new_one() -> None:
    world = World()
    first = await world.join()
    first.send("join", kind="leave", group="room")
    await world.enter(first, "present-a", "other")
    first.inbox.clear()
    second = await world.join()
    second.send("chat", value="hello")
    assert first.inbox == []
