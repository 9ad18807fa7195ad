"""A group in which people may be: members, lock, data and chat, on top of its description.

Decides who may come in at this moment: locked, not open yet, closed, full, nobody to moderate; operators pass
all of these. Whoever comes back after a lost connection passes what is meant for newcomers (lock, opening
hours). The number of people is a promise about the machine, and everybody was put out of a group without
operators: these count for whoever comes back, too.

Never checks passwords (`admission` does) or tells anybody anything (the conference does). Owned by the
registry; used from the event loop only.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, MutableMapping
from typing import Any, Protocol

from galene_py.budget.shares import Shares
from galene_py.groups import limits
from galene_py.groups.admission import TAKEN, Admission
from galene_py.groups.description import Description
from galene_py.groups.errors import Refused, Why
from galene_py.groups.history import History
from galene_py.groups.lookalikes import looks
from galene_py.groups.resumption import Place, Resumption
from galene_py.groups.store import Stored

LOCKED = "this group is locked"
NOT_OPEN = "this group is not open yet"
CLOSED = "this group is closed"
NO_OPERATOR = "there are no operators in this group"
FULL = "too many users"


class Member(Protocol):
    """Somebody in a group."""

    @property
    def id(self) -> str: ...
    @property
    def username(self) -> str: ...
    @property
    def permissions(self) -> frozenset[str]: ...
    @property
    def data(self) -> Mapping[str, object]: ...
    @property
    def address(self) -> str: ...
    @property
    def admission(self) -> Admission | None: ...


class Group:
    """One group; `locked` holds the words for those who wait outside, None when it is open."""

    def __init__(
        self,
        name: str,
        stored: Stored,
        *,
        clock: Callable[[], float],
        wall_clock: Callable[[], float],
        words: Shares | None = None,
        touched: Callable[[str], None] = lambda name: None,
    ) -> None:
        """words: the memory that all groups share for what was said, None: one of its own; touched: told the
        name when people or the lock change."""
        self.name = name
        self.members: dict[str, Member] = {}
        self.data: MutableMapping[str, Any] = {}
        family = name if stored.file == name else f"{stored.file}/"
        words = words or Shares(limits.HISTORY_TOTAL_BYTES)
        self.history = History(clock, stored.description.history_seconds, words, family)
        self.resumption = Resumption(clock)
        self._clock = clock
        self._wall_clock = wall_clock
        self._stored = stored
        self._locked: str | None = LOCKED if stored.description.autolock else None
        self._by_rule = self._locked is not None
        """Whether it is locked by `autolock` and not by a person."""
        self._touched = clock()
        self._tell_touched = touched

    @property
    def automatic(self) -> bool:
        """Whether it has no file of its own, but is there because a group above it permits it."""
        return self._stored.file != self.name

    @property
    def description(self) -> Description:
        """What the group's file says."""
        return self._stored.description

    @property
    def stored(self) -> Stored:
        """The description with its ETag and origin."""
        return self._stored

    def describe(self, stored: Stored) -> bool:
        """Take over what the file says now; True when anything is different."""
        different = stored.description != self._stored.description
        self._stored = stored
        self.history.keep_seconds = stored.description.history_seconds
        if stored.description.autolock and self._locked is None and not self.members:
            self.lock_by_rule()
        elif self._by_rule and not stored.description.autolock:
            self.locked = None
        return different

    def lock_by_rule(self) -> None:
        """There is no operator and the file says `autolock`: lock it for as long as the file does."""
        self.locked = LOCKED
        self._by_rule = True

    def forget(self) -> None:
        """The file is gone: another group of this name has nothing to do with what was said and done here."""
        self.history.clear()
        self.data.clear()
        self.resumption.forget_lost()
        self._locked = LOCKED if self.description.autolock else None
        self._by_rule = self._locked is not None

    @property
    def locked(self) -> str | None:
        """What people are told who want to enter; None: the group is open."""
        return self._locked

    @locked.setter
    def locked(self, message: str | None) -> None:
        self._locked = message
        self._by_rule = False
        self._touch()

    def add(self, member: Member, place: Place | None = None) -> None:
        """Let somebody in, or in again who has a place. Raises Refused with the reason in words."""
        if member.id in self.members and (place is None or place.holder != member.id):
            raise Refused(Why.DUPLICATE_ID, "duplicate client id")
        if "op" not in member.permissions and "system" not in member.permissions:
            self._check_open(place)
        if place is None:
            self._check_name(member)
        self.members[member.id] = member
        self._touch()

    def remove(self, member: Member) -> None:
        """Take somebody out; nothing when it is not in."""
        if self.members.get(member.id) is member:
            del self.members[member.id]
            self._touch()
            if self.automatic and not self.members and not self.resumption.awaited():
                self.history.clear()

    def _touch(self) -> None:
        self._touched = self._clock()
        self._tell_touched(self.name)

    def people(self) -> int:
        """How many are here, without the server's own."""
        return sum("system" not in member.permissions for member in self.members.values())

    def has_operator(self) -> bool:
        """Whether anybody here may moderate."""
        return any("op" in member.permissions for member in self.members.values())

    def idle(self) -> bool:
        """Whether nothing is lost when this is forgotten: nobody here, nothing kept, and for long enough."""
        if self.deserted() and not len(self.history):
            return True
        empty = not self.members and not self.resumption.awaited()
        return empty and self._clock() - self._touched > self.description.history_seconds

    def deserted(self) -> bool:
        """Whether nothing but words is lost when this is forgotten."""
        if self.members or self.data or self.resumption.awaited():
            return False
        return self._locked == (LOCKED if self.description.autolock else None)

    def debug_state(self) -> dict[str, object]:
        """Numbers for the statistics; nothing confidential."""
        return {
            "members": len(self.members),
            "history": len(self.history),
            "locked": self._locked is not None,
            "file": self._stored.file,
        }

    def _check_open(self, place: Place | None) -> None:
        description = self.description
        if place is None:
            self._check_newcomer(description)
        going_on = self.has_operator() or (place is not None and self.resumption.operator_due() is not None)
        if description.autokick and not going_on:
            raise Refused(Why.NO_OPERATOR, NO_OPERATOR)
        others = self.people() - (place is not None and place.holder in self.members)
        if 0 < description.max_clients <= others:
            raise Refused(Why.FULL, FULL)

    def _check_name(self, newcomer: Member) -> None:
        """Nobody may choose a name that looks like that of somebody here whose name is vouched for or, unless
        it is an operator itself, like that of an operator."""
        admission = newcomer.admission
        if admission is None or not admission.chosen:
            return
        shown = looks(newcomer.username)
        for member in self.members.values():
            known = member.admission
            if known is None or (
                known.chosen and ("op" in admission.permissions or "op" not in known.permissions)
            ):
                continue
            if shown & looks(member.username):
                raise Refused(Why.DUPLICATE_USERNAME, TAKEN)

    def _check_newcomer(self, description: Description) -> None:
        now = self._wall_clock()
        if self._locked is not None:
            words = self._locked or LOCKED
            raise Refused(Why.LOCKED if words == LOCKED else Why.LOCKED_WITH_WORDS, words)
        if description.not_before is not None and now < description.not_before.unix:
            raise Refused(Why.NOT_OPEN, NOT_OPEN)
        if description.expires is not None and now > description.expires.unix:
            raise Refused(Why.CLOSED, CLOSED)
