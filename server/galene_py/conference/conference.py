"""The conference: every connected client, and a room for every group with people in it.

Brings sessions, groups and media together. Turns a change of a group's file into what the people in the
group may do from now on.

Never speaks HTTP, touches packets or files, or assumes that all groups of the world are here: a group's room
exists only while somebody is in it. Owner of the state: `app.py` makes one; it owns clients and rooms.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine, Iterator, Mapping
from datetime import UTC, datetime

from galene_py.budget.turns import Actor, Turns
from galene_py.conference.client import Client
from galene_py.conference.executor import Offload, SerialExecutor, in_a_thread
from galene_py.conference.interfaces import Telling
from galene_py.conference.media import Media
from galene_py.conference.recorder import Recorder
from galene_py.conference.room import Room
from galene_py.conference.transaction import Transaction
from galene_py.groups.admission import Admission
from galene_py.groups.live import Group
from galene_py.groups.registry import GroupRegistry
from galene_py.signalling import messages as m
from galene_py.signalling.session import WS_GOING_AWAY


def _no_configuration() -> Mapping[str, object]:
    return {}


def _later(seconds: float, step: Callable[[], None]) -> object:
    return asyncio.get_running_loop().call_later(seconds, step)


def _nothing() -> None:
    pass


def _soon(step: Callable[[], None]) -> object:
    return asyncio.get_running_loop().call_soon(step)


class Conference:
    """All clients and rooms of one server process.

    registry: the groups. media: the forwarding unit. rtc_configuration: what browsers get as their
    RTCConfiguration, asked for at every join. recorder: None when this server does not record.
    turns: who may use the event loop's time when.
    clock, wall_clock: monotonic and wall time in seconds. soon: calls back in the loop's next turn.
    on_departure: called when a connection is gone.
    offload: runs what waits for the disk somewhere else.
    """

    def __init__(
        self,
        registry: GroupRegistry,
        media: Media,
        *,
        rtc_configuration: Callable[[], Mapping[str, object]] = _no_configuration,
        recorder: Recorder | None = None,
        turns: Turns | None = None,
        clock: Callable[[], float] = time.monotonic,
        wall_clock: Callable[[], float] = time.time,
        soon: Callable[[Callable[[], None]], object] = _soon,
        on_departure: Callable[[], None] = _nothing,
        offload: Offload = in_a_thread,
    ) -> None:
        self.registry = registry
        self.media = media
        self.rtc_configuration = rtc_configuration
        self.recorder = recorder
        self.clock = clock
        self.soon = soon
        self.turns = turns or Turns(clock, soon, _later)
        self._on_departure = on_departure
        self.transaction = Transaction()
        self.executor = SerialExecutor(offload)
        self._wall_clock = wall_clock
        self._clients: dict[Client, None] = {}
        self._rooms: dict[str, Room] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        registry.on_changed(self.group_changed)

    # --- for the web room --------------------------------------------------------------------------

    def new_client(
        self,
        address: str,
        send: Callable[[bytes], bool],
        on_close: Callable[[int, str], None] | None = None,
        actor: Actor | None = None,
    ) -> Client:
        """Return the client of a new connection; see Client for the arguments."""
        return Client(self, address, send, on_close, actor or self.turns.actor(address))

    def shutdown(self, message: str) -> None:
        """Tell every client that the server goes down, and drop it."""
        with self.transaction:
            for client in list(self._clients):
                client.send(
                    m.UserMessage(
                        kind="error", error="shutdown", dest=client.id, privileged=True, value=message
                    )
                )
                client.drop(WS_GOING_AWAY, message)

    @property
    def deserted(self) -> bool:
        """Whether nobody is connected."""
        return not self._clients

    def debug_state(self) -> dict[str, object]:
        """Return what is told of the server itself: connected clients, and groups with people in them."""
        return {"clients": len(self._clients), "rooms": len(self._rooms)}

    def debug_states(self) -> Iterator[tuple[str, dict[str, object]]]:
        """Yield the group, and the streams and tracks, of one client after the other, for the statistics.

        Between two of them people may come and go; these may be told of or not.
        """
        for client in list(self._clients):
            if client.room is not None:
                yield client.room.name, client.debug_state()
        for room in list(self._rooms.values()):
            for member in list(room.members.values()):
                if isinstance(member, Telling) and not isinstance(member, Client):
                    yield room.name, member.debug_state()

    # --- for clients and rooms ---------------------------------------------------------------------

    def register(self, client: Client) -> None:
        """A connection was made."""
        self._clients[client] = None

    def unregister(self, client: Client) -> None:
        """A connection is gone."""
        self._clients.pop(client, None)
        self._on_departure()

    def room(self, group: Group) -> Room:
        """Return the room of a group, a new one if nobody is there."""
        room = self._rooms.get(group.name)
        if room is None or (room.group is not group and not room.members):
            room = self._rooms[group.name] = Room(self, group)
        return room

    def room_emptied(self, room: Room) -> None:
        """Forget a room when nobody is in it."""
        if not room.members and self._rooms.get(room.name) is room:
            del self._rooms[room.name]

    def subgroups(self, parent: str) -> list[tuple[str, int]]:
        """Return the names and head counts of the groups with people below a group."""
        below = [room for name, room in self._rooms.items() if name.startswith(f"{parent}/")]
        return sorted((room.name, room.group.people()) for room in below if room.members)

    def status(self, group: Group, admission: Admission | None) -> dict[str, object]:
        """Return a group's status as far as a member with this admission may know it."""
        return self.registry.member_status(group, admission)

    def wall_time(self) -> datetime:
        """Return the time of day."""
        return datetime.fromtimestamp(self._wall_clock(), UTC)

    def spawn(self, work: Coroutine[object, object, None]) -> asyncio.Task[None]:
        """Run something that takes time; each client has at most one such thing."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def idle(self) -> None:
        """Wait until nothing that takes time is under way."""
        while self._tasks:
            await asyncio.gather(*self._tasks, return_exceptions=True)

    # --- for the registry --------------------------------------------------------------------------

    def group_changed(self, group: Group) -> None:
        """A group's file or a token changed: whoever may do more, less or nothing now is told so."""
        room = self._rooms.get(group.name)
        if room is not None and room.group is group:
            with self.transaction:
                self.transaction.later(
                    room.reconsider
                )  # whoever looked at the file must not pay for what follows
