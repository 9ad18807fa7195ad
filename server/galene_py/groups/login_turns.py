"""Turns at comparing passwords: who may try now, and who has to wait, so that strangers lock nobody out.

One turn covers one attempt, however many comparisons it takes. Attempts of one origin, and attempts at one
name from there, are kept apart by a delay that grows with failures; slow comparisons get one of few threads,
in the order of a fair queue over origin, group and name. A turn whose owner goes away is given back at once,
or, since a comparison cannot be stopped, when that ends; it counts as a failure, because its price was paid.

Used from the event loop. Never knows a password. Owner of the state: the registry of groups.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Hashable
from concurrent.futures import Future
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from galene_py.budget.fair_queue import FairQueue, Full, Ticket
from galene_py.budget.origin import origin, stands_for_many
from galene_py.budget.penalties import Penalties, Terms
from galene_py.groups import limits, passwords
from galene_py.groups.errors import Refused, Why
from galene_py.groups.hashing import Hasher
from galene_py.groups.passwords import Password, StoredPassword

BUSY = "the server is busy, please try again in a moment"
TOO_MANY = "too many attempts to log in have failed; please wait a minute and try again"

_ORIGIN_TERMS = Terms(
    free=limits.ORIGIN_FREE_FAILURES,
    per_success=limits.ORIGIN_FAILURES_PER_LOGIN,
    free_most=limits.ORIGIN_FREE_FAILURES_MOST,
    seconds=limits.ORIGIN_FAILURE_SECONDS,
    most=limits.ORIGIN_DELAY_SECONDS,
    half_life=limits.FAILURE_HALF_LIFE_SECONDS,
)
_NAME_TERMS = Terms(
    free=limits.NAME_FREE_FAILURES,
    per_success=0.0,
    free_most=limits.NAME_FREE_FAILURES,
    seconds=limits.NAME_FAILURE_SECONDS,
    most=limits.NAME_DELAY_SECONDS,
    half_life=limits.FAILURE_HALF_LIFE_SECONDS,
)


@dataclass(frozen=True, slots=True)
class Asker:
    """Who tries: from which address, where (`group`; empty: the server itself), and as whom (`name`)."""

    address: str
    group: str
    name: Hashable
    alive: Callable[[], bool] = field(default=lambda: True, compare=False)
    """whether anybody still waits for the answer"""

    @property
    def keys(self) -> tuple[str, str, Hashable]:
        """What fair shares are counted by, the most important first: origin, group, name within the group."""
        return origin(self.address), self.group, (self.group, self.name)


CallLater = Callable[[float, Callable[[], None]], asyncio.TimerHandle]


def _call_later(seconds: float, step: Callable[[], None]) -> asyncio.TimerHandle:
    return asyncio.get_running_loop().call_later(seconds, step)


class Turn:
    """What the owner of a turn may do in it. If it says nothing of the outcome, no trace is left."""

    def __init__(self, hasher: Hasher) -> None:
        self._hasher = hasher
        self.job: Future[Any] | None = None
        """the comparison that was begun last"""
        self.outcome: bool | None = None

    async def matches(self, stored: StoredPassword, attempt: str) -> bool:
        """Whether `attempt` is the stored password."""
        if not passwords.is_slow(stored):
            return passwords.matches(stored, attempt)
        self.job = job = self._hasher.matches(stored, attempt)
        return await asyncio.wrap_future(job)

    async def proves(self, stored: StoredPassword, attempt: str, costliest: StoredPassword) -> bool:
        """Whether `attempt` is the stored password. A wrong one takes as long as the costliest of those that
        may be meant, so that time does not tell which names there are."""
        if await self.matches(stored, attempt):
            return True
        if passwords.cost(costliest) > passwords.cost(stored):
            await self.matches(costliest, attempt)
        return False

    async def make(self, password: str) -> Password:
        """Hash a new password with bcrypt. Raises ValueError when it is too long."""
        self.job = job = self._hasher.make(password)
        return await asyncio.wrap_future(job)

    def failed(self) -> None:
        """The attempt was wrong."""
        self.outcome = False

    def succeeded(self) -> None:
        """The attempt was right."""
        self.outcome = True


@dataclass(eq=False, slots=True)
class _Waiting:
    asker: Asker
    keys: tuple[str, str, Hashable]
    slow: bool
    until: float
    turn: asyncio.Future[None]
    begun: bool = False

    def refuse(self, text: str) -> None:
        if not self.turn.done():
            self.turn.set_exception(Refused(Why.BUSY, text))


class LoginTurns:
    """All turns of one server. `clock` counts monotonic seconds; `call_later` is the loop's."""

    def __init__(
        self, hasher: Hasher, clock: Callable[[], float], *, call_later: CallLater = _call_later
    ) -> None:
        self._hasher = hasher
        self._clock = clock
        self._call_later = call_later
        self._free = hasher.workers
        self._line: FairQueue[_Waiting] = FairQueue(limits.LOGINS_WAITING, limits.LOGIN_SHARE_SECONDS)
        self._origins = Penalties(_ORIGIN_TERMS)
        self._names = Penalties(_NAME_TERMS)
        self._timer: asyncio.TimerHandle | None = None

    @asynccontextmanager
    async def turn(self, asker: Asker, cost: float = 0.0) -> AsyncIterator[Turn]:
        """Wait for a turn and hold it. `cost`: 0 for what is quick, else in units of an ordinary hash.

        Raises Refused (busy) when there is no place to wait, or when waiting takes too long.
        """
        waiting = await self._wait(asker, cost)
        turn = Turn(self._hasher)
        try:
            yield turn
        except asyncio.CancelledError:
            turn.failed()
            raise
        finally:
            self._count(waiting.keys, turn.outcome)
            if waiting.slow:
                self._give_back(turn.job)

    def debug_state(self) -> dict[str, object]:
        """Numbers for the statistics."""
        return {"waiting": len(self._line), "free": self._free, "failing": len(self._origins)}

    def close(self) -> None:
        """Nobody gets a turn any more."""
        if self._timer is not None:
            self._timer.cancel()

    # --- waiting -----------------------------------------------------------------------------------

    async def _wait(self, asker: Asker, cost: float) -> _Waiting:
        now = self._clock()
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        waiting = _Waiting(asker, asker.keys, cost > 0, now + limits.LOGIN_PATIENCE_SECONDS, future)
        share = max(cost, 1.0)  # where there is a delay, a turn is scarce itself
        if not self._line.waits(waiting.keys[0]) and self._may_begin(waiting, now):
            self._line.charge(waiting.keys, share, now)
            self._begin(waiting, now)
            return waiting
        try:
            ticket, displaced = self._line.put(waiting, waiting.keys, share)
        except Full:
            raise Refused(Why.BUSY, BUSY) from None
        if displaced is not None:
            displaced.item.refuse(BUSY)
        self._next()
        try:
            await future
        except asyncio.CancelledError:
            self._line.remove(ticket)
            if waiting.begun and waiting.slow:  # the turn came at the same moment
                self._give_back(None)
            raise
        return waiting

    def _may_begin(self, waiting: _Waiting, now: float) -> bool:
        return (self._free > 0 or not waiting.slow) and self._ready_at(waiting.keys, now) <= now

    def _ready_at(self, keys: tuple[str, str, Hashable], now: float) -> float:
        # A proxy that does not say for whom it asks must not make everybody wait for somebody.
        most = limits.SHARED_DELAY_SECONDS if stands_for_many(keys[0]) else float("inf")
        name = (keys[0], keys[2])
        return max(self._origins.ready_at(keys[0], now, most), self._names.ready_at(name, now, most))

    def _begin(self, waiting: _Waiting, now: float) -> None:
        waiting.begun = True
        self._free -= waiting.slow
        self._origins.began(waiting.keys[0], now)
        self._names.began((waiting.keys[0], waiting.keys[2]), now)
        if not waiting.turn.done():
            waiting.turn.set_result(None)

    def _next(self) -> None:
        """Give turns to whoever may have one now; look again when somebody else may."""
        now = self._clock()
        for ticket in self._line.tickets():
            if ticket.item.until <= now or not ticket.item.asker.alive():
                self._line.remove(ticket)
                ticket.item.refuse(TOO_MANY if self._ready_at(ticket.item.keys, now) > now else BUSY)
        while (ticket_next := self._line.take(now, lambda one: self._takes_part(one, now))) is not None:
            self._begin(ticket_next.item, now)
        self._look_again(now)

    def _takes_part(self, ticket: Ticket[_Waiting], now: float) -> bool:
        return not ticket.item.turn.done() and self._may_begin(ticket.item, now)

    def _look_again(self, now: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        moments = [ticket.item.until for ticket in self._line.tickets()]
        moments += [
            ready
            for ticket in self._line.tickets()
            if (self._free > 0 or not ticket.item.slow)
            and (ready := self._ready_at(ticket.item.keys, now)) > now
        ]
        if moments:
            self._timer = self._call_later(max(min(moments) - now, limits.LOGIN_LOOK_SECONDS), self._next)

    # --- afterwards --------------------------------------------------------------------------------

    def _count(self, keys: tuple[str, str, Hashable], outcome: bool | None) -> None:
        now = self._clock()
        if outcome is False:
            self._origins.failed(keys[0], now)
            self._origins.began(keys[0], now)
            self._names.failed((keys[0], keys[2]), now)
            self._names.began((keys[0], keys[2]), now)
        elif outcome:
            self._origins.succeeded(keys[0], now)

    def _give_back(self, job: Future[Any] | None) -> None:
        """The thread is free for others: now, or when a comparison ends that was abandoned midway."""
        if job is None or job.done():
            self._free += 1
            self._next()
            return
        loop = asyncio.get_running_loop()

        def ended(job: Future[Any]) -> None:
            with suppress(RuntimeError):  # the loop is closed: nobody waits any more
                loop.call_soon_threadsafe(self._give_back, job)

        job.add_done_callback(ended)
