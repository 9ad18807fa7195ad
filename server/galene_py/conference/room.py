"""A room: the people in one live group, what they are told of one another, and their streams.

Order of what a newcomer is told: `joined`, the chat history, itself, the others; then, once it asks, offers.
Whoever leaves is told `close` for what it received, then `joined` of kind `leave`; the others `user delete`.
Whoever comes back before its lost connection was noticed takes its own place: the others see it leave first.

Never checks who may do what (the session did), authenticates, or waits for anything. Owner of the state: the
conference has one room for each group with people in it; who is a member, the lock, the data and the history
belong to the group (`groups.live`).
"""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime
from typing import Protocol

import msgspec

from galene_py.budget.traffic import Traffic
from galene_py.budget.turns import Turns
from galene_py.conference import outgoing, trail
from galene_py.conference.admission import note_refusal
from galene_py.conference.executor import SerialExecutor
from galene_py.conference.interfaces import Participant
from galene_py.conference.media import Media
from galene_py.conference.recorder import Recorder
from galene_py.conference.streams import Distribution
from galene_py.conference.transaction import Transaction
from galene_py.groups.admission import Admission
from galene_py.groups.errors import Refused, Why
from galene_py.groups.live import NO_OPERATOR, Group
from galene_py.groups.registry import GroupRegistry
from galene_py.groups.resumption import Departure, Place
from galene_py.signalling import messages as m

log = logging.getLogger(__name__)


class Surroundings(Protocol):
    """What a room, and what is done in it, needs of the conference (`conference.Conference`)."""

    registry: GroupRegistry
    media: Media
    recorder: Recorder | None
    transaction: Transaction
    executor: SerialExecutor
    turns: Turns
    clock: Callable[[], float]
    rtc_configuration: Callable[[], Mapping[str, object]]

    def wall_time(self) -> datetime:
        """Return the time of day."""

    def status(self, group: Group, admission: Admission | None) -> dict[str, object]:
        """Return a group's status as far as a member with this admission may know it."""

    def subgroups(self, parent: str) -> list[tuple[str, int]]:
        """Return the names and head counts of the groups with people below a group."""

    def room_emptied(self, room: Room) -> None:
        """Forget a room when nobody is in it."""


class Room:
    """The conference's view of one live group."""

    def __init__(self, conference: Surroundings, group: Group) -> None:
        self.conference = conference
        self.group = group
        self.members: dict[str, Participant] = {}
        self.traffic = Traffic(conference.clock())
        self.streams = Distribution(
            conference.media, conference.transaction, conference.clock, conference.turns.put_off
        )
        self._settling = False
        self._ends = math.inf
        """When the group ends unless an operator whose connection was lost has come back, by our clock."""

    @property
    def name(self) -> str:
        """The group's name."""
        return self.group.name

    # --- coming and going --------------------------------------------------------------------------

    def enter(self, newcomer: Participant, resume: str = "") -> None:
        """Let somebody in; raises groups.Refused when the group is locked, full or closed.

        resume: the secret by which somebody proves to have been in before; empty for others.
        """
        place = self.group.resumption.find(resume, newcomer.admission)
        ghost = self.members.get(place.holder) if place is not None else None
        if place is not None:
            self._restore(newcomer, place, ghost)
        try:
            # Whoever is in and lost the connection is not put out by what befalls a neighbour.
            if place is None:
                self._check_bans(newcomer)
            self.group.add(newcomer, place)
        except Refused as error:
            note_refusal(self.conference.registry, self.name, newcomer.username, newcomer.address, error.code)
            raise
        try:
            if newcomer.admission is not None:
                resume = self.group.resumption.hold(newcomer.id, newcomer.admission, place)
            if ghost is not None:
                self._take_out(ghost)
                ghost.supersede()
            self._receive(newcomer, resume)
        except Exception:
            self._undo(newcomer)
            raise
        log.info("%r %s %s", newcomer.username, "joined" if place is None else "came back to", self.name)
        audit = self.conference.registry.audit
        audit("login", group=self.name, **trail.arrival(newcomer, place is not None))
        if place is not None:
            self.settle()

    def _check_bans(self, newcomer: Participant) -> None:
        bans, file = self.conference.registry.bans, self.group.stored.file
        bans.check(self.name, file, newcomer.address, newcomer.admission)

    def _restore(self, newcomer: Participant, place: Place, ghost: Participant | None) -> None:
        """What operators granted and took away outlasts the connection, unless the file has changed since."""
        if newcomer.admission is not None and newcomer.admission.permissions == place.admission.permissions:
            newcomer.change_permissions(place.permissions if ghost is None else ghost.permissions)

    def _receive(self, newcomer: Participant, resume: str) -> None:
        """Tell everybody; nobody hears anything before all of it could be said."""
        others = list(self.members.values())
        joined = msgspec.structs.replace(self.joined_message(newcomer, "join"), resume=resume)
        arrival = m.encode(outgoing.user(newcomer, "add"))
        welcome = [
            m.encode(joined),
            *(m.encode(outgoing.history(e)) for e in self.group.history.list()),
            arrival,
        ]
        welcome += [m.encode(outgoing.user(other, "add")) for other in others]
        self.members[newcomer.id] = newcomer
        self.streams.add(newcomer)
        for message in welcome:
            newcomer.send_encoded(message)
        for other in others:
            other.send_encoded(arrival)

    def _undo(self, newcomer: Participant) -> None:
        """An error kept somebody from coming in: leave nothing of it behind."""
        if self.members.get(newcomer.id) is newcomer:
            with suppress(Exception):  # the first error is the one to tell of
                self.streams.remove(newcomer)
            del self.members[newcomer.id]
        self.group.remove(newcomer)
        self.group.resumption.depart(newcomer.id, Departure.LEFT, frozenset())

    def leave(self, leaver: Participant, how: Departure = Departure.LEFT) -> None:
        """Take somebody out and tell everybody; nothing if it is not in."""
        if self.members.get(leaver.id) is not leaver:
            return
        self.group.resumption.depart(leaver.id, how, leaver.permissions)
        self._take_out(leaver)
        log.info("%r left %s", leaver.username, self.name)
        audit = self.conference.registry.audit
        audit("left", group=self.name, user=leaver.username, address=leaver.address, how=how.name.lower())
        self.settle()
        self.conference.room_emptied(self)

    def _take_out(self, leaver: Participant) -> None:
        self.streams.remove(leaver)
        del self.members[leaver.id]
        self.traffic.forget(leaver.id)
        self.group.remove(leaver)
        leaver.send(m.Joined(kind="leave", group=self.name, username=leaver.username))
        self.tell(m.User(kind="delete", id=leaver.id, username=leaver.username))

    def find(self, client_id: str) -> Participant | None:
        """Return the member with that id."""
        return self.members.get(client_id)

    def poll(self) -> None:
        """Look at the time; call about once a second, for each member."""
        if self.conference.clock() >= self._ends:
            self._ends = math.inf
            self.conference.transaction.later(self.settle)

    # --- telling -----------------------------------------------------------------------------------

    def tell(self, message: m.Message, but: Participant | None = None) -> None:
        """Send a message to every member, or to every one but `but`."""
        data = m.encode(message)
        for member in list(self.members.values()):
            if member is not but:
                member.send_encoded(data)

    def status_changed(self) -> None:
        """The lock, the data or the description changed: everybody gets the new status."""
        for member in list(self.members.values()):
            member.send(self.joined_message(member, "change"))

    def joined_message(self, member: Participant, kind: str) -> m.Joined:
        """Return what tells a member of its standing in the group."""
        return m.Joined(
            kind=kind,
            group=self.name,
            username=member.username,
            permissions=tuple(sorted(member.permissions)),
            status=self.conference.status(self.group, member.admission),
            data=dict(self.group.data) or None,
            rtc_configuration=dict(self.conference.rtc_configuration()),
        )

    # --- changing ----------------------------------------------------------------------------------

    def set_permissions(self, member: Participant, permissions: frozenset[str]) -> None:
        """Give a member exactly these permissions, and let everybody know."""
        if self.members.get(member.id) is not member:
            return
        member.change_permissions(permissions)
        member.send(self.joined_message(member, "change"))
        if "present" not in permissions and (ended := self.streams.end_all(member)):
            for stream_id in ended:
                member.send(m.Abort(id=stream_id))
            member.send(outgoing.error(member, "permission denied", "present-revoked"))
        self.member_changed(member)
        self.settle()

    def member_changed(self, member: Participant) -> None:
        """Tell everybody what a member may do and says about itself."""
        self.tell(outgoing.user(member, "change"))

    def reconsider(self) -> None:
        """The group's file or a token changed: apply what it means for everybody who is in."""
        for member in list(self.members.values()):
            if member.admission is not None:
                self._reconsider(member, member.admission)
        self.status_changed()
        self.settle()

    def _reconsider(self, member: Participant, admission: Admission) -> None:
        try:
            now = self.conference.registry.reconsider(self.group, admission)
        except Refused as error:
            member.expel(error.text, None, error.code)
            return
        member.admission = now
        if now.permissions != admission.permissions:
            # What operators granted or took away in the meantime ends: the file has spoken since.
            self.set_permissions(member, now.permissions)

    def settle(self) -> None:
        """Apply the rules for a group without operators."""
        description = self.group.description
        self._ends = math.inf
        if self._settling or any("op" in member.permissions for member in self.members.values()):
            return
        self._settling = True  # expelling somebody brings us here again
        try:
            if description.autolock and self.group.locked is None:
                self.group.lock_by_rule()
                self.status_changed()
            due = self.group.resumption.operator_due()
            if description.autokick and due is not None:
                self._ends = due
            elif description.autokick:
                for member in list(self.members.values()):
                    member.expel(NO_OPERATOR, None, Why.NO_OPERATOR)
        finally:
            self._settling = False
