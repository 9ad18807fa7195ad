"""Shares the event loop's time: who asks for work gets it in turn, and pays for it in measured seconds.

A job is done at once when nobody waits and this turn of the loop still has time, or when its origin had
little done lately: nobody who does next to nothing stands behind an attack. Otherwise it waits: origins
take turns, the actors of one origin among themselves, and whoever is in debt waits until the debt is paid.
Only so much is done in one turn of the loop that packets of media, which come between two, are not late.
Debts of an origin outlast its actors, so that reconnecting pays nothing.

Never interrupts a job (each must be short by itself), knows what jobs do, or looks at a clock of its own. A
job that raises is the caller's fault: its exception goes to the event loop, and the others have their turns.
Owner of the state: `app.py` makes one; it owns origins and actors.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from galene_py.budget import limits
from galene_py.budget.bucket import Bucket

Job = Callable[[], None]
"""Something that is done in one go on the event loop."""
Soon = Callable[[Job], object]
"""Calls in the event loop's next turn."""
Later = Callable[[float, Job], object]
"""Calls in so many seconds."""


@dataclass(frozen=True, slots=True)
class Terms:
    """How much one actor, and all of its origin, may use: seconds at once, a share of a core for long."""

    actor_burst: float = limits.ACTOR_BURST_SECONDS
    actor_share: float = limits.ACTOR_SHARE
    origin_burst: float = limits.ORIGIN_BURST_SECONDS
    origin_share: float = limits.ORIGIN_SHARE


ORDINARY = Terms()


class _Origin:
    """What the actors of one network share."""

    def __init__(self, name: str, terms: Terms, now: float) -> None:
        self.name = name
        self.actors = 0
        self.time = Bucket(terms.origin_burst, terms.origin_share, now)
        self.prompt = Bucket(limits.PROMPT_BURST_SECONDS, limits.PROMPT_SHARE, now)
        """what it may have done at once though others wait"""
        self.waiting: deque[Actor] = deque()
        """actors that have jobs and no debts"""
        self.queued = False
        """whether it is in the round of the turns, or will be when its debt is paid"""


class Actor:
    """One that asks for work: a connection, as a rule. `Turns.actor` makes it."""

    def __init__(self, turns: Turns, origin: _Origin, terms: Terms, now: float) -> None:
        self.origin = origin
        self.time = Bucket(terms.actor_burst, terms.actor_share, now)
        self.jobs: deque[Job] = deque()
        self.queued = False
        self._turns = turns
        self._when_free: Job | None = None
        self._gone = False

    @property
    def busy(self) -> bool:
        """Whether jobs of this actor wait; do not ask for more until `when_free`."""
        return bool(self.jobs)

    def run(self, job: Job) -> None:
        """Do a job, now or later, but after those that this actor asked for before."""
        if not self._gone:
            self._turns.ask(self, job)

    def spend(self, seconds: float) -> None:
        """Pay for work that was or will be done elsewhere, besides what a job's own time costs."""
        self._turns.charge(self, seconds)

    def when_free(self, call: Job) -> None:
        """Call once no job of this actor waits any more, or it is gone; one call at a time."""
        self._when_free = call
        if not self.jobs:
            self.freed()

    def freed(self) -> None:
        """For `Turns`: the last job is done."""
        call, self._when_free = self._when_free, None
        if call is not None:
            call()

    def leave(self) -> None:
        """Forget what waits and ask for nothing more."""
        if not self._gone:
            self._gone = True
            self.jobs.clear()
            self._turns.left(self)
            self.freed()


class Turns:
    """All origins that have actors or debts. clock: monotonic seconds."""

    def __init__(self, clock: Callable[[], float], soon: Soon, later: Later) -> None:
        self._clock = clock
        self._soon = soon
        self._later = later
        self._origins: dict[str, _Origin] = {}
        self._round: deque[_Origin] = deque()
        self._left = limits.TURN_SECONDS
        self._running: Actor | None = None
        self._scheduled = False

    def actor(self, origin: str, terms: Terms = ORDINARY) -> Actor:
        """Return a new actor; origin: whom it belongs to (`budget.origin`), all of it with the same terms."""
        now = self._clock()
        found = self._origins.get(origin)
        if found is None:
            self._forget_paid(now)
            found = self._origins[origin] = _Origin(origin, terms, now)
        found.actors += 1
        return Actor(self, found, terms, now)

    def spend(self, seconds: float) -> None:
        """Let whoever has its turn pay for work that is put off; nothing when nobody has."""
        if self._running is not None:
            self.charge(self._running, seconds)

    def put_off(self, job: Job) -> None:
        """Do the rest of some work in another turn of whoever has its turn now; at once when nobody has."""
        if self._running is None:
            job()
        else:
            self.ask(self._running, job)

    def debug_state(self) -> dict[str, object]:
        """Return what the statistics page shows."""
        waiting = sum(len(origin.waiting) for origin in self._round)
        return {"origins": len(self._origins), "waiting": waiting}

    # --- for actors --------------------------------------------------------------------------------

    def ask(self, actor: Actor, job: Job) -> None:
        """Do a job of an actor, now or in its turn."""
        self._schedule()
        if self._running is None and not actor.jobs:
            now = self._clock()
            free = self._left > 0.0 and not self._round
            if (free or self._may_pass(actor.origin, now)) and not (
                actor.time.debt_ends(now) or actor.origin.time.debt_ends(now)
            ):
                self._run(actor, job)
                return
        actor.jobs.append(job)
        self._queue(actor)

    def charge(self, actor: Actor, seconds: float) -> None:
        """Let an actor and its origin pay."""
        now = self._clock()
        actor.time.owe(now, seconds)
        actor.origin.time.owe(now, seconds)
        actor.origin.prompt.owe(now, seconds)
        self._left -= seconds
        self._schedule()

    def left(self, actor: Actor) -> None:
        """An actor is gone."""
        origin = actor.origin
        origin.actors -= 1
        if actor in origin.waiting:
            origin.waiting.remove(actor)
        if not origin.actors and origin.time.full(self._clock()):
            self._forget(origin)

    # --- inside ------------------------------------------------------------------------------------

    def _may_pass(self, origin: _Origin, now: float) -> bool:
        """Whether whoever had little done lately need not wait for those who have much to do."""
        return (
            not origin.queued
            and self._left > -limits.TURN_SECONDS
            and origin.prompt.has(now, limits.JOB_SECONDS)
        )

    def _run(self, actor: Actor, job: Job) -> None:
        self._running = actor
        began = self._clock()
        try:
            job()
        finally:
            self._running = None
            self.charge(actor, self._clock() - began + limits.JOB_SECONDS)

    def _queue(self, actor: Actor) -> None:
        """Let an actor with jobs wait for its turn, or for the end of its debt."""
        if actor.queued or not actor.jobs:
            return
        actor.queued = True
        wait = actor.time.debt_ends(self._clock())
        if wait:
            self._later(wait, lambda: self._ready(actor))
        else:
            self._ready(actor)

    def _ready(self, actor: Actor) -> None:
        origin = actor.origin
        if not actor.jobs:  # it left meanwhile
            actor.queued = False
            return
        origin.waiting.append(actor)
        if not origin.queued:
            origin.queued = True
            self._enter_round(origin)

    def _enter_round(self, origin: _Origin) -> None:
        wait = origin.time.debt_ends(self._clock())
        if wait:
            self._later(wait, lambda: self._join_round(origin))
        else:
            self._join_round(origin)

    def _join_round(self, origin: _Origin) -> None:
        self._round.append(origin)
        self._schedule()

    def _schedule(self) -> None:
        if not self._scheduled:
            self._scheduled = True
            self._soon(self._turn)

    def _turn(self) -> None:
        """Once in a turn of the loop in which anything was done or waits."""
        self._scheduled = False
        self._left = limits.TURN_SECONDS
        try:
            while self._round and self._left > 0.0:
                self._serve(self._round.popleft())
        finally:
            if self._round:
                self._schedule()

    def _serve(self, origin: _Origin) -> None:
        """Give the next actor of an origin its turn: one job."""
        if not origin.waiting:
            origin.queued = False
            return
        actor = origin.waiting.popleft()
        actor.queued = False
        try:
            if actor.jobs:
                self._run(actor, actor.jobs.popleft())
        finally:
            if not actor.jobs:
                actor.freed()
            self._queue(actor)
            if origin.waiting:
                self._enter_round(origin)
            else:
                origin.queued = False

    def _forget_paid(self, now: float) -> None:
        """Before one more origin is remembered: forget the oldest ones that owe nothing, a few at a time."""
        for origin in [origin for _, origin in zip(range(4), self._origins.values(), strict=False)]:
            if not origin.actors and (
                origin.time.full(now) or len(self._origins) > limits.ORIGINS_REMEMBERED
            ):
                self._forget(origin)
            else:
                self._origins[origin.name] = self._origins.pop(origin.name)

    def _forget(self, origin: _Origin) -> None:
        if self._origins.get(origin.name) is origin:
            del self._origins[origin.name]
