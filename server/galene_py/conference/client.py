"""One connected client: its session, its connection and its place in a room.

Carries out what the session decided, and is the room's participant. Exceptions while a client is served
drop that client and nobody else.

Never interprets a message's contents, blocks, or sends to anybody but its own connection. Owner of the state:
the conference, until `closed` was called.
"""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import Callable, Coroutine, Mapping
from typing import Any, Protocol

from galene_py.budget.paid import Paid
from galene_py.budget.turns import Actor
from galene_py.conference import admission, dispatch, limits
from galene_py.conference.interfaces import Participant
from galene_py.conference.room import Room, Surroundings
from galene_py.conference.send_buffer import SendBuffer
from galene_py.groups.admission import Admission
from galene_py.groups.live import Group
from galene_py.groups.resumption import Departure
from galene_py.signalling import messages as m
from galene_py.signalling import session as s

log = logging.getLogger(__name__)


class ClientSurroundings(Surroundings, Protocol):
    """What a client needs of the conference (`conference.Conference`)."""

    soon: Callable[[Callable[[], None]], object]

    def register(self, client: Client) -> None:
        """A connection was made."""

    def unregister(self, client: Client) -> None:
        """A connection is gone."""

    def room(self, group: Group) -> Room:
        """Return the room of a group, a new one if nobody is there."""

    def spawn(self, work: Coroutine[object, object, None]) -> asyncio.Task[None]:
        """Run something that takes time; each client has at most one such thing."""


class Client:
    """A client of the protocol.

    address: where it comes from, as operators may be told. send: queues one encoded message on the
    connection, False if that is going away. on_close: closes the connection with a WebSocket code and a
    reason once everything queued has been sent. actor: pays for what the server does for this client.
    """

    def __init__(
        self,
        conference: ClientSurroundings,
        address: str,
        send: Callable[[bytes], bool],
        on_close: Callable[[int, str], None] | None,
        actor: Actor,
    ) -> None:
        self.address = address
        self.permissions: frozenset[str] = frozenset()
        self.data: Mapping[str, Any] = {}
        self.room: Room | None = None
        self.admission: Admission | None = None
        self.close_requested: tuple[int, str] | None = None
        self._on_close = on_close
        self._conference = conference
        self._actor = actor
        self._session = s.Session(lambda: self.permissions, conference.clock())
        self._send_buffer = SendBuffer(send, conference.soon, self._send_failed)
        self._joining: asyncio.Task[None] | None = None
        self._failed_joins = 0
        self._entered = -math.inf
        conference.register(self)

    # --- called by the connection ------------------------------------------------------------------

    def receive(self, text: str | bytes, now: float) -> None:
        """Take one WebSocket message. `now`: monotonic seconds."""
        with self._conference.transaction:
            self._guarded(lambda: self._session.receive(text, now), now)

    def poll(self, now: float) -> None:
        """Look at the timers; call about once a second."""
        with self._conference.transaction:
            self._guarded(lambda: self._session.poll(now), now)
            if self.room is not None:
                self.room.streams.poll(self)
                self.room.poll()

    def closed(self, reason: str, left: bool = False) -> None:
        """The connection is gone; left: the client closed it on purpose."""
        self._send_buffer.discard()
        with self._conference.transaction:
            self._go(reason, Departure.LEFT if left else Departure.LOST)

    # --- the participant ---------------------------------------------------------------------------

    @property
    def id(self) -> str:
        """The id from the handshake."""
        return self._session.id

    @property
    def username(self) -> str:
        """The name under which it was admitted."""
        return self._session.username

    def send(self, message: m.Message) -> None:
        """Send one message; a client that cannot take it is dropped at the end of the transaction."""
        self.send_encoded(m.encode(message))

    def send_encoded(self, data: bytes) -> None:
        """Send one message that is encoded already."""
        self._conference.turns.spend(limits.SEND_SECONDS)
        self._send_buffer.put(data)

    def change_permissions(self, permissions: frozenset[str]) -> None:
        """Allow exactly this from now on."""
        self.permissions = permissions

    def change_data(self, data: Mapping[str, Any]) -> None:
        """Replace what it says about itself."""
        self.data = data

    def expel(self, message: str, by: Participant | None = None, code: str = "") -> None:
        """Put it out of its group and close its connection."""
        self.send(
            m.UserMessage(
                kind="kicked",
                error=code,
                id=by.id if by else "",
                username=by.username if by else None,
                dest=self.id,
                privileged=True,
                value=message or "you have been kicked out",
            )
        )
        self.leave(Departure.PUT_OUT)
        self.drop(s.WS_NORMAL, message or "kicked out")

    def supersede(self) -> None:
        """Close the connection: the same person is in by another one, which has the place."""
        self.leave()
        self.drop(s.WS_NORMAL, "replaced by a newer connection")

    # --- called by the conference ------------------------------------------------------------------

    def leave(self, how: Departure = Departure.LEFT) -> None:
        """Leave the group, if any."""
        room, self.room = self.room, None
        if room is not None:
            room.leave(self, how)
        self.permissions = frozenset()
        self.data = {}
        self.admission = None
        self._session.left()

    def drop(self, code: int, text: str, how: Departure = Departure.LEFT) -> None:
        """Leave, then have the connection closed once it has sent what waits."""
        if self.close_requested is not None:
            return
        self.close_requested = (code, text)
        self._conference.transaction.later(lambda: self._go(text, how))
        self._send_buffer.finish(self._close_connection)

    def debug_state(self) -> dict[str, object]:
        """Return what the statistics page shows."""
        streams = self.room.streams.debug_state(self) if self.room else {}
        return {
            "id": self.id,
            "username": self.username,
            "session": self._session.debug_state(),
            "queue": self._send_buffer.debug_state(),
            **streams,
        }

    # --- inside ------------------------------------------------------------------------------------

    def _guarded(self, step: Callable[[], list[s.Action]], now: float) -> None:
        """Carry out a step of the session and what follows from it."""
        try:
            self._perform(step())
            while self.close_requested is None and (actions := self._session.resume(now)):
                self._perform(actions)
        except Exception:
            log.exception("an error while the client at %s was served", self.address or "?")
            self._failed()

    def _failed(self) -> None:
        """Tell whoever has just come in that it cannot be served: dropped, it would come back for ever."""
        room = self.room
        if room is not None and self._conference.clock() - self._entered < limits.FIRST_STEPS_SECONDS:
            try:
                self.leave()
                self._failed_joins += 1
                self.send(admission.failed(room.name))
                return
            except Exception:
                log.exception("an error while the client at %s was put out", self.address or "?")
        self.drop(s.WS_INTERNAL_ERROR, "internal error", Departure.LOST)

    def _perform(self, actions: list[s.Action]) -> None:
        for action in actions:
            match action:
                case s.Send(message):
                    self.send(message)
                case s.Drop(code, text, lost):
                    self.drop(code, text, Departure.LOST if lost else Departure.LEFT)
                case s.Deliver(m.Join() as message):
                    self._join(message)
                case s.Deliver(message):
                    if self.room is not None:
                        dispatch.deliver(self.room, self, message)

    def _join(self, message: m.Join) -> None:
        if message.kind == "leave":
            self.leave()
        else:
            self._joining = self._conference.spawn(self._admit(message))

    async def _admit(self, message: m.Join) -> None:
        """Check the credentials, which may take a while, then let the client in or tell it why not."""
        asking = admission.ask(self._conference.registry, self.id, self.address, message)
        outcome = await Paid(asking, self._actor.spend, self._conference.clock)
        self._joining = None
        self._actor.run(lambda: self._answer_join(message, outcome))

    def _answer_join(self, message: m.Join, outcome: admission.JoinOutcome) -> None:
        with self._conference.transaction:
            self._guarded(lambda: self._admitted(message, outcome), self._conference.clock())

    def _admitted(self, message: m.Join, outcome: admission.JoinOutcome) -> list[s.Action]:
        if self._session.state is not s.State.JOINING:
            return []
        if isinstance(outcome, admission.Granted):
            outcome = self._enter(message, outcome)
        if outcome is not None:
            self._session.not_joined()
            self._failed_joins += 1
            self.send(outcome)
        if self._failed_joins >= limits.FAILED_JOINS:
            self.drop(s.WS_POLICY, "too many failed attempts to join")
        return []

    def _enter(self, message: m.Join, granted: admission.Granted) -> m.Joined | None:
        """Enter the room; return the refusal, if it comes to that."""
        self.admission, self.permissions = granted.admission, granted.admission.permissions
        self.data = dict(message.data or {})
        self._session.joined(message.group, granted.admission.username)
        room = self._conference.room(granted.group)
        try:
            room.enter(self, message.resume)
        except Exception as error:
            self._session.left()
            self.permissions, self.admission, self.data = frozenset(), None, {}
            self._conference.room_emptied(room)
            if isinstance(error, admission.REFUSALS):
                return admission.refusal(message, error)
            log.exception("entering %s failed", room.name)
            return admission.failed(message.group, message.username)
        self.room, self._entered = room, self._conference.clock()
        return None

    def _send_failed(self, reason: str) -> None:
        self._conference.transaction.later(lambda: self.drop(s.WS_POLICY, reason, Departure.LOST))

    def _close_connection(self) -> None:
        if self._on_close is not None and self.close_requested is not None:
            self._on_close(*self.close_requested)

    def _go(self, reason: str, how: Departure) -> None:
        self._session.close()
        if self._joining is not None:
            self._joining.cancel()
            self._joining = None
        self.leave(how)
        self._conference.unregister(self)
