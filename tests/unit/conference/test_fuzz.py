"""Whatever several people do in whatever order: nothing fails, nothing leaks, and everything adds up."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pytest
from conference_fakes import Peer, World
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from galene_py.signalling import messages as m
from galene_py.signalling import rules

TYPES = st.sampled_from(sorted(m.TYPES)) | st.just("telepathy")
KINDS = st.sampled_from(
    sorted({"", "join", "leave", "me", "renegotiate", *(kind for _, kind in rules.KINDS)})
)
NUMBER = st.integers(0, 4)
STREAMS = st.sampled_from(["s1", "s2", "s3", ""])
WANTS = st.sampled_from([None, [], ["audio"], ["video"], ["video-low"], ["audio", "video"], ["smell"]])
SDP = st.sampled_from(["audio", "video", "audio+video", "bad", "", "answer 1", "answer 2"])
VALUE = st.sampled_from(
    [None, "text", 0, [], {}, {"x": None}, {"id": "x", "userId": "c1"}, {"group": "room"}, [[[]]], True]
)
USERS = st.sampled_from(["op-1", "present-2", "observe-3", "record-4", "caption-5"])
GROUPS = st.sampled_from(["room", "room", "room", "other", "nowhere"])


class LoopWorld(World):
    """A world for tests that are no coroutines."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__()
        self.loop = loop

    def run(self, step: Callable[[], None]) -> None:
        async def within() -> None:
            step()

        if self.loop.is_running():
            step()
        else:
            self.loop.run_until_complete(within())


class Crowd(RuleBasedStateMachine):
    """Five connections, two groups, arbitrary messages, file edits, lost media and dying connections."""

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.world = LoopWorld(self.loop)
        self.world.registry.describe("room", allow_recording=True)
        self.peers = [self.loop.run_until_complete(self.connect(number)) for number in range(5)]

    def teardown(self) -> None:
        for peer in self.peers:
            peer.gone()
        self.loop.run_until_complete(self.world.idle())
        self.loop.close()
        assert self.world.media.open == []
        assert self.world.conference.debug_state() == {"clients": 0, "rooms": 0}
        assert all(not group.members for group in self.world.registry.groups.values())

    async def connect(self, number: int) -> Peer:
        group = "other" if number == 4 else "room"
        username = ["op-1", "present-2", "present-3", "observe-4", "op-5"][number]
        peer = await self.world.join(username, group)
        peer.send("request", request={"": ["audio", "video"]})
        return peer

    def idle(self) -> None:
        self.loop.run_until_complete(self.world.idle())

    @rule(number=NUMBER)
    def reconnect(self, number: int) -> None:
        self.peers[number].gone()
        self.peers[number] = self.loop.run_until_complete(self.connect(number))

    @rule(
        number=NUMBER,
        type=TYPES,
        kind=KINDS,
        dest=NUMBER,
        stream=STREAMS,
        replace=STREAMS,
        wants=WANTS,
        sdp=SDP,
        value=VALUE,
        group=GROUPS,
        user=USERS,
        wait=st.booleans(),
    )
    def message(self, number: int, type: str, **draw: Any) -> None:
        dest, stream, wants = self.peers[draw["dest"]].id, draw["stream"], draw["wants"]
        fields = {
            "kind": draw["kind"],
            "dest": dest,
            "id": stream,
            "replace": draw["replace"],
            "sdp": draw["sdp"],
            "value": draw["value"],
            "label": "camera",
            "candidate": {"candidate": "x"},
            "request": {"": wants} if type == "request" else wants,
            "group": draw["group"],
        }
        if type == "join":
            fields["username"] = draw["user"]
        self.peers[number].raw(json.dumps({"type": type, **fields}))
        if draw["wait"]:
            self.idle()

    @rule(number=NUMBER, stream=STREAMS, sdp=SDP, replace=STREAMS)
    def offer(self, number: int, stream: str, sdp: str, replace: str) -> None:
        self.peers[number].send("offer", id=stream, sdp=sdp, replace=replace, label="camera")

    @rule(number=NUMBER)
    def answer(self, number: int) -> None:
        for offer in self.peers[number].take("offer"):
            self.peers[number].send("answer", id=offer["id"], sdp=f"answer {offer['sdp'].split()[1]}")

    @rule(number=NUMBER, wants=WANTS, stream=STREAMS)
    def want(self, number: int, wants: Any, stream: str) -> None:
        self.peers[number].send("requestStream", id=stream, request=wants)

    @rule(number=NUMBER, data=st.binary(max_size=30))
    def garbage(self, number: int, data: bytes) -> None:
        self.peers[number].raw(data)

    @rule(number=NUMBER, full=st.booleans())
    def stop_reading(self, number: int, full: bool) -> None:
        self.peers[number].full = full

    @rule(seconds=st.sampled_from([1.0, 22.0, 44.0]))
    def wait(self, seconds: float) -> None:
        self.world.now += seconds
        for peer in self.peers:
            peer.client.poll(self.world.now)
        self.world.settle()

    @rule(user=USERS, level=st.sampled_from([None, frozenset(), frozenset({"op"}), frozenset({"present"})]))
    def edit(self, user: str, level: frozenset[str] | None) -> None:
        self.world.registry.levels[user] = level
        self.world.registry.changed("room")
        self.world.settle()

    @rule(autolock=st.booleans(), autokick=st.booleans())
    def describe(self, autolock: bool, autokick: bool) -> None:
        self.world.registry.describe("room", autolock=autolock, autokick=autokick)

    @precondition(lambda self: self.world.media.open)
    @rule(pick=NUMBER, down=st.booleans())
    def lose_media(self, pick: int, down: bool) -> None:
        published = self.world.media.open[pick % len(self.world.media.open)]
        if down and published.subscriptions:
            published.subscriptions[0].on_closed("lost")
        else:
            published.on_closed("lost")
        self.world.settle()

    @rule()
    def settle(self) -> None:
        self.idle()

    @invariant()
    def adds_up(self) -> None:
        members = {}
        for group in self.world.registry.groups.values():
            for member in group.members.values():
                assert member.room is not None
                assert member.room.group is group
                members[member] = group
        rooms = {peer.client.room for peer in self.peers if peer.client.room is not None}
        streams = [stream for room in rooms for stream in room.streams.streams.values()]
        assert sorted(map(id, self.world.media.open)) == sorted(id(stream.published) for stream in streams)
        for stream in streams:
            assert "present" in stream.owner.permissions
            assert stream.owner in members
            for receiver, subscription in stream.subscriptions.items():
                assert subscription.receiver.id == receiver
                assert members[subscription.receiver] is members[stream.owner]
                assert not subscription.subscribed.closed
            assert len(stream.published.subscriptions) == len(stream.subscriptions)
        for peer in self.peers:
            assert (peer.client in members) == (peer.client.room is not None)
            if peer.client.room is None:
                assert peer.client.permissions == frozenset()

    @invariant()
    def nobody_hears_another_group(self) -> None:
        inside = self.world.registry.groups["other"].members
        sources = {message.get("source") for peer in self.peers[4:] for message in peer.inbox}
        elsewhere = {p.id for p in self.peers if p.id in self.world.registry.groups["room"].members}
        if set(inside) == {self.peers[4].id} and not self.moved:
            assert not sources & elsewhere

    moved = False

    @rule(number=NUMBER, group=st.sampled_from(["room", "other"]), user=USERS)
    def move(self, number: int, group: str, user: str) -> None:
        self.moved = True
        peer = self.peers[number]
        for name in ("room", "other"):
            peer.send("join", kind="leave", group=name)
        peer.send("join", kind="join", group=group, username=user)


@pytest.fixture(autouse=True)
def no_errors_in_the_log(caplog: pytest.LogCaptureFixture) -> Any:
    yield
    assert [record.getMessage() for record in caplog.get_records("call") if record.levelname == "ERROR"] == []


Crowd.TestCase.settings = settings(
    max_examples=60,
    stateful_step_count=40,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
TestCrowd = Crowd.TestCase
