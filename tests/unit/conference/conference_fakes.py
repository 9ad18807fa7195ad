"""Real groups without files; hand-written stand-ins for media, connections and time."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
from media_fakes import FakeMedia

from galene_py.budget.turns import Turns
from galene_py.conference.conference import Conference
from galene_py.conference.executor import Outcome
from galene_py.groups.admission import Admission, Credentials, UserGrant
from galene_py.groups.description import Description
from galene_py.groups.errors import GroupError, Refused, TokenError, UnknownGroup, Why
from galene_py.groups.live import Group
from galene_py.groups.registry import GroupRegistry
from galene_py.groups.store import Stored

OP = frozenset({"op", "present", "message", "caption", "token"})
PRESENT = frozenset({"present", "message"})
MESSAGE = frozenset({"message"})
OBSERVE: frozenset[str] = frozenset()
LEVELS = {
    "op": OP,
    "record": OP | {"record"},
    "present": PRESENT,
    "message": MESSAGE,
    "observe": OBSERVE,
    "caption": frozenset({"caption"}),
    "token": frozenset({"message", "token"}),
    "admin": frozenset({"admin"}),
}


class FakeTokens:
    def __init__(self) -> None:
        self.made: list[dict[str, object]] = []

    def make(
        self, group: Any, username: str, permissions: frozenset[str], value: object
    ) -> dict[str, object]:
        if not isinstance(value, dict):
            raise TokenError("error", "bad token value")
        token = {**value, "token": f"t{len(self.made)}", "issuedBy": username}
        self.made.append(token)
        return token

    def edit(self, group: Any, value: object) -> dict[str, object]:
        if not isinstance(value, dict):
            raise TokenError("error", "bad token value")
        return dict(value)

    def list(self, group: Any) -> list[dict[str, object]]:
        return self.made


class Registry(GroupRegistry):
    """Real groups without files. A user's name says what it may do, its password is 'secret' or absent."""

    def __init__(self, world: World, *names: str) -> None:
        nowhere = Path("/nowhere")
        super().__init__(nowhere, nowhere, clock=lambda: world.now, wall_clock=lambda: world.wall)
        self.tokens = FakeTokens()
        self.noted: list[dict[str, object]] = []
        self.audit = lambda event, **facts: self.noted.append({"event": event, **facts})
        self.levels: dict[str, frozenset[str] | None] = {}
        self.gate: Callable[[], Any] | None = None
        plain = Stored(Description(codecs=["vp8", "opus"]), '"0"', "")
        self.groups = {name: self._new(name, replace(plain, file=name)) for name in names}
        self._versions = itertools.count(1)

    def describe(self, name: str, **fields: Any) -> None:
        """As if the file said this now; nobody has noticed yet."""
        group = self.groups[name]
        description = msgspec.structs.replace(group.description, **fields)
        group.describe(Stored(description, f'"{next(self._versions)}"', name))

    def get(self, name: str) -> Group:
        if name == "broken":
            raise GroupError("broken")
        if name not in self.groups:
            raise UnknownGroup(name)
        return self.groups[name]

    async def authenticate(self, group: Group, credentials: Credentials) -> Admission:
        if self.gate is not None:
            await self.gate()
        if credentials.token == "anonymous" and credentials.username is None:
            raise Refused(Why.NEED_USERNAME, "please say your name")
        if credentials.username is None or credentials.password == "wrong":
            raise Refused(Why.NOT_AUTHORISED, "not authorised")
        name = credentials.username
        return self.reconsider(group, Admission(name, frozenset(), UserGrant(name)))

    def reconsider(self, group: Group, admission: Admission) -> Admission:
        name = admission.username
        level = self.levels.get(name, LEVELS.get(name.split("-")[0], PRESENT))
        if level is None:
            raise Refused(Why.REMOVED, "you are not in this group any more")
        return Admission(name, level, admission.grant)

    def changed(self, name: str) -> None:
        self.events.emit("changed", self.groups[name])


class Peer:
    """A client's program: sends dictionaries, keeps what it was sent."""

    counter = itertools.count(1)

    def __init__(self, world: World, id: str | None = None) -> None:
        self.world = world
        self.id = f"c{next(self.counter)}" if id is None else id
        self.username: str | None = None
        self.inbox: list[dict[str, Any]] = []
        self.closed: tuple[int, str] | None = None
        self.full = False
        self.client = world.conference.new_client(f"10.0.0.1:{self.id}", self._take, self._close)

    def _take(self, data: bytes) -> bool:
        if self.full:
            return False
        assert self.closed is None, "nothing may be sent after the close"
        self.inbox.append(json.loads(data))
        return True

    def _close(self, code: int, text: str) -> None:
        assert self.closed is None, "closed twice"
        self.closed = (code, text)

    def raw(self, data: str | bytes) -> None:
        if self.closed is None:
            self.world.run(lambda: self.client.receive(data, self.world.now))
            self.world.settle()

    def send(self, type: str, **fields: Any) -> None:
        self.raw(json.dumps({"type": type, **fields}))

    def take(self, type: str | None = None, kind: str | None = None) -> list[dict[str, Any]]:
        """Return and forget the messages of a type and kind, or all."""
        found = [
            message
            for message in self.inbox
            if type in (None, message["type"]) and kind in (None, message.get("kind", ""))
        ]
        self.inbox = [message for message in self.inbox if not any(message is one for one in found)]
        return found

    def one(self, type: str, kind: str | None = None) -> dict[str, Any]:
        (message,) = self.take(type, kind)
        return message

    def gone(self, left: bool = False) -> None:
        self.client.closed("test", left)
        self.world.settle()


def _attempt(job: Callable[[], Any]) -> tuple[Any, Exception | None]:
    try:
        return job(), None
    except Exception as error:
        return None, error


def _outcome(result: Any, error: Exception | None) -> Any:
    if error is not None:
        raise error
    return result


class World:
    """A conference with fake surroundings; time moves when told to."""

    def __init__(self, *groups: str) -> None:
        self.now = 1000.0
        self.wall = 1_800_000_000.0
        self.registry = Registry(self, *(groups or ("room", "other")))
        self.media = FakeMedia()
        self.steps: list[Callable[[], None]] = []
        self.disk: list[Callable[[], None]] | None = None
        self.conference = Conference(
            self.registry,
            self.media,
            clock=lambda: self.now,
            wall_clock=lambda: self.wall,
            soon=self.steps.append,
            turns=Turns(lambda: self.now, self.steps.append, lambda seconds, step: self.steps.append(step)),
            rtc_configuration=lambda: {"iceServers": []},
            offload=self.offload,
        )

    def offload(self, job: Callable[[], Any], done: Callable[[Outcome], None]) -> None:
        """Do at once what a server does elsewhere, or, if the disk is slow, when `disk` is told to."""
        if self.disk is None:
            done(partial(_outcome, *_attempt(job)))
        else:
            self.disk.append(lambda: done(partial(_outcome, *_attempt(job))))

    def run(self, step: Callable[[], None]) -> None:
        """Call something where a running event loop is needed."""
        step()

    def settle(self) -> None:
        while self.steps:
            self.steps.pop(0)()

    async def idle(self) -> None:
        """Wait until no join is being checked."""
        await self.conference.idle()
        self.settle()

    async def join(self, username: str = "present", group: str = "room", id: str | None = None) -> Peer:
        peer = Peer(self, id)
        peer.send("handshake", version=["2"], id=peer.id)
        await self.enter(peer, username, group)
        return peer

    async def enter(self, peer: Peer, username: str, group: str = "room") -> None:
        peer.send("join", kind="join", group=group, username=username, password="secret")
        await self.idle()
        peer.username = username


def answer(peer: Peer) -> None:
    """Answer the offer that is waiting, as a browser does."""
    for offer in peer.take("offer"):
        peer.send("answer", id=offer["id"], sdp=f"answer {offer['sdp'].split()[1]}")


async def pair(request: dict[str, list[str]] | None = None) -> tuple[World, Peer, Peer]:
    world = World()
    sender, receiver = await world.join("present-s"), await world.join("observe-r")
    receiver.send("request", request=request or {"": ["audio", "video"]})
    sender.inbox.clear()
    receiver.inbox.clear()
    return world, sender, receiver
