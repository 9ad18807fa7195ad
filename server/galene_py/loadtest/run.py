"""A whole test: people come one after the other, media flows, somebody looks once a second, people go.

Owns the people. One process and one event loop: what that costs is measured and told, so that nobody takes
the test's own limit for the server's.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

import aiohttp

from galene_py.client import address
from galene_py.client.address import Place
from galene_py.client.errors import ClientError
from galene_py.client.session import Credentials
from galene_py.loadtest import limits
from galene_py.loadtest.person import Counted, Person
from galene_py.loadtest.shapes import CHURN_SECONDS, Seat, Shape, seats
from galene_py.loadtest.usage import Usage
from galene_py.sdp.model import SdpError
from galene_py.transport.dtls.session import DtlsCertificate

MOST_PEOPLE = limits.LOAD_PEOPLE
PLACE = "{n}"
"""Stands for the number of the room in an address."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What to do. `url`: of the group, with `{n}` in it for several rooms. Times in seconds; `rate`: bit/s of
    each camera."""

    url: str
    shape: Shape = "meeting"
    people: int = 10
    senders: int | None = None
    room_size: int = 4
    rate: int = 800_000
    ramp: float = 10.0
    seconds: float = 30.0
    password: str = field(default="", repr=False)
    name: str = "Load"
    kinds: tuple[str, ...] = ("audio", "video")
    pid: int | None = None
    """Of the server, when it is on this machine."""
    insecure: bool = False
    """Trust any certificate."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One second."""

    at: float
    people: int
    streams: int
    packets: float
    """Per second, received by all."""
    bits: float
    """Per second, received by all."""
    missing: float
    """Share of packets that did not come in their turn."""
    delay: float | None
    """p99 in seconds."""
    server: float | None
    """Share of a core."""
    memory: int
    """Bytes of the server; 0: not known."""
    own: float
    """Share of a core that this process uses."""


@dataclass(slots=True)
class Outcome:
    """What was measured."""

    plan: Plan
    counted: Counted = field(default_factory=Counted)
    samples: list[Sample] = field(default_factory=list)
    steady: float = 0.0
    """When everybody was there, in seconds from the start; what follows is the test proper."""
    sent_packets: int = 0
    asked_again: int = 0
    keyframes_asked: int = 0
    sent_lost: int = 0


Progress = Callable[[Outcome], None]


class LoadTest:
    """`run` once. Raises ClientError when there is nothing to test at all."""

    def __init__(self, plan: Plan, progress: Progress = lambda outcome: None) -> None:
        self.outcome = Outcome(plan)
        self._plan = plan
        self._progress = progress
        self._people: dict[Person, Seat] = {}
        self._certificate = DtlsCertificate()
        self._numbers = 0
        self._places: dict[int, Place] = {}
        self._began = 0.0

    async def run(self) -> Outcome:
        """The test. Cancelling it ends it well, with what was measured."""
        plan = self._plan
        connector = aiohttp.TCPConnector(limit=0, ssl=not plan.insecure)
        async with aiohttp.ClientSession(connector=connector) as http:
            places = seats(plan.shape, plan.people, senders=plan.senders, room_size=plan.room_size)
            for room in sorted({seat.room for seat in places}):
                url = plan.url.replace(PLACE, str(room + 1))
                self._places[room] = await address.look_up(http, address.parse(url))
            self._began = time.monotonic()
            ticking = [asyncio.create_task(self._tick()), asyncio.create_task(self._look())]
            try:
                await self._come(http, places)
                self.outcome.steady = time.monotonic() - self._began
                await self._stay(http)
            except asyncio.CancelledError:
                pass
            finally:
                for task in ticking:
                    task.cancel()
                await asyncio.wait(ticking)
                self._sum_up()
                await asyncio.gather(*(person.leave() for person in self._people), return_exceptions=True)
        return self.outcome

    # --- inside ------------------------------------------------------------------------------------

    async def _come(self, http: aiohttp.ClientSession, places: list[Seat]) -> None:
        pause = self._plan.ramp / max(1, len(places))
        async with asyncio.TaskGroup() as group:
            for number, seat in enumerate(places):
                due = self._began + number * pause
                await asyncio.sleep(max(0.0, due - time.monotonic()))
                group.create_task(self._enter(http, seat))

    async def _stay(self, http: aiohttp.ClientSession) -> None:
        end = time.monotonic() + self._plan.seconds
        while (left := end - time.monotonic()) > 0:
            if self._plan.shape != "churn":
                await asyncio.sleep(left)
                continue
            await asyncio.sleep(min(left, CHURN_SECONDS))
            person, seat = next(iter(self._people.items()))
            await self._go(person)
            await self._enter(http, seat)

    async def _enter(self, http: aiohttp.ClientSession, seat: Seat) -> None:
        plan, counted = self._plan, self.outcome.counted
        self._numbers += 1
        person = Person(self._certificate, counted, self._numbers)
        self._people[person] = seat
        wants = {"": plan.kinds if seat.watches else ()}
        try:
            credentials = Credentials(f"{plan.name} {self._numbers}", plan.password)
            await person.enter(http, self._places[seat.room], credentials, wants)
            if seat.sends:
                await person.publish(plan.rate if "video" in plan.kinds else 0)
        except (ClientError, OSError, SdpError) as error:
            counted.failed(str(error) or type(error).__name__)
            await self._go(person)

    async def _go(self, person: Person) -> None:
        self._add(person)
        self._people.pop(person, None)
        await person.leave()

    async def _tick(self) -> None:
        while True:
            now = time.monotonic()
            for person in list(self._people):
                person.poll(now)
            await asyncio.sleep(limits.LOAD_TICK_SECONDS)

    async def _look(self) -> None:
        own, server = Usage(os.getpid()), None
        if self._plan.pid is not None:
            with suppress(OSError):
                server = Usage(self._plan.pid)
        received = self.outcome.counted.received
        before, packets, octets, missing = time.monotonic(), 0, 0, 0
        while True:
            await asyncio.sleep(1.0)
            now = time.monotonic()
            seconds, came = now - before, received.packets - packets
            (delay,) = received.delay_lately.take().quantiles(0.99)
            self.outcome.samples.append(
                Sample(
                    at=now - self._began,
                    people=len(self._people),
                    streams=sum(person.streams for person in self._people),
                    packets=came / seconds,
                    bits=8 * (received.octets - octets) / seconds,
                    missing=(received.missing - missing) / max(1, came),
                    delay=delay,
                    server=None if server is None else server.share(),
                    memory=0 if server is None else server.memory(),
                    own=own.share(),
                )
            )
            before, packets, octets = now, received.packets, received.octets
            missing = received.missing
            self._progress(self.outcome)

    def _sum_up(self) -> None:
        for person in self._people:
            self._add(person)

    def _add(self, person: Person) -> None:
        if person.sent is not None:
            counted = person.sent.counted
            self.outcome.sent_packets += counted.packets
            self.outcome.asked_again += counted.asked_again
            self.outcome.keyframes_asked += counted.keyframes_asked
            self.outcome.sent_lost += counted.lost
