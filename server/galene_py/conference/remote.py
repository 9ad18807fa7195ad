"""A participant without a WebSocket: whoever speaks HTTP only and sends or receives one stream (WHIP, WHEP).

It is admitted, listed and moderated like everybody else. Of what a room tells its members it hears what
concerns its own stream, and nothing else. What it sends or receives is the business of its two kinds
(`remote_sender`, `remote_viewer`).

Never speaks HTTP, and never comes back by itself after it was put out. Owner of the state: the endpoint that
let it in, until `on_end` was called.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from galene_py.conference import admission
from galene_py.conference.conference import Conference
from galene_py.conference.interfaces import Participant
from galene_py.conference.room import Room
from galene_py.groups.admission import Admission
from galene_py.groups.resumption import Departure
from galene_py.signalling import messages as m

NOT_PERMITTED = "not-permitted"
"""The code of a refusal that is ours alone: the credentials are good, for something else."""


class Refusal(Exception):
    """It may not enter. `code` is for programs, as in `joined` of kind `fail`; the text is for people."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code


class Remote:
    """A member of a room whose media is described over HTTP; without media itself.

    on_end: called once with the reason when its membership ends without `leave`: it was put out, its
    permission was taken away, or its media connection died.
    """

    def __init__(
        self,
        conference: Conference,
        room: Room,
        admitted: Admission,
        address: str,
        on_end: Callable[[str], None],
    ) -> None:
        self.id = secrets.token_hex(16)
        self.username = admitted.username
        self.address = address
        self.permissions = admitted.permissions
        self.data: Mapping[str, Any] = {}
        self.admission: Admission | None = admitted
        self._conference = conference
        self._room = room
        self._on_end = on_end
        self._over = False

    # --- for the endpoint --------------------------------------------------------------------------

    def poll(self) -> None:
        """Look at the time; call about once a second."""
        with self._conference.transaction:
            self._room.streams.poll(self)
            self._room.poll()

    def leave(self) -> None:
        """End what it sends and receives, and go."""
        if not self._over:
            self._over = True
            with self._conference.transaction:
                self._stop()
                self._room.leave(self, Departure.LEFT)

    def debug_state(self) -> dict[str, object]:
        """Return what the statistics page shows."""
        streams = self._room.streams.debug_state(self)
        return {"id": self.id, "username": self.username, "session": {"state": "joined"}, **streams}

    # --- the participant ---------------------------------------------------------------------------

    def send(self, message: m.Message) -> None:
        """Take what concerns its own stream: nothing, for who has none."""

    def send_encoded(self, data: bytes) -> None:
        """What everybody is told: nothing for somebody who only sends or receives."""

    def change_permissions(self, permissions: frozenset[str]) -> None:
        """Allow exactly this from now on."""
        self.permissions = permissions

    def change_data(self, data: Mapping[str, Any]) -> None:
        """Replace what it says about itself."""
        self.data = data

    def supersede(self) -> None:
        """Nobody has its secret, so nobody takes its place."""

    def expel(self, message: str, by: Participant | None = None, code: str = "") -> None:
        """Put it out."""
        self._end(message or "you have been kicked out")

    def _stop(self) -> None:
        """End the media that the room does not end by itself."""

    def _end(self, reason: str) -> None:
        if not self._over:
            self._over = True
            self._conference.transaction.later(lambda: self._go(reason))

    def _go(self, reason: str) -> None:
        self._stop()
        self._room.leave(self, Departure.PUT_OUT)
        self._on_end(reason)


R = TypeVar("R", bound=Remote)


async def admit(
    make: type[R],
    conference: Conference,
    join: m.Join,
    address: str,
    *,
    needs: str,
    on_end: Callable[[str], None],
) -> R:
    """Check the credentials in `join`, and enter the group as one of `make`. Raises Refusal.

    needs: a permission without which there is no use in entering; empty: none.
    """
    outcome = await admission.ask(conference.registry, secrets.token_hex(16), address, join)
    if isinstance(outcome, m.Joined):
        raise Refusal(outcome.error or outcome.kind, str(outcome.value or ""))
    assert outcome is not None
    if needs and needs not in outcome.admission.permissions:
        raise Refusal(NOT_PERMITTED, f"this user or token lacks the permission {needs!r}")
    with conference.transaction:
        room = conference.room(outcome.group)
        remote = make(conference, room, outcome.admission, address, on_end)
        try:
            room.enter(remote)
        except admission.REFUSALS as error:
            conference.room_emptied(room)
            refused = admission.refusal(join, error)
            raise Refusal(refused.error, str(refused.value or "")) from None
    return remote
