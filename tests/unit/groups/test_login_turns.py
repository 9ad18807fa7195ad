"""Logging in under attack: strangers lock nobody out, and guess slowly."""

from __future__ import annotations

import asyncio
import heapq
import itertools
from collections.abc import AsyncIterator, Callable, Coroutine
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import pytest

from galene_py.groups import limits
from galene_py.groups.admission import Credentials
from galene_py.groups.errors import Refused, Why
from galene_py.groups.hashing import Hasher
from galene_py.groups.login_turns import Asker, LoginTurns
from galene_py.groups.passwords import Password, StoredPassword, make_bcrypt
from galene_py.groups.registry import GroupRegistry
from unit.groups.making_groups import make_registry, write_group

SLOW = Password("pbkdf2", "sha-256", "00", "00", 10)


class SlowHasher(Hasher):
    """One thread, whose comparisons end when they are told to."""

    def __init__(self) -> None:
        super().__init__(workers=1)
        self.under_way: list[tuple[str, Future[bool]]] = []
        self.begun: list[str] = []

    def matches(self, stored: StoredPassword, attempt: str) -> Future[bool]:
        future: Future[bool] = Future()
        future.set_running_or_notify_cancel()
        self.under_way.append((attempt, future))
        self.begun.append(attempt)
        return future

    def finish(self) -> None:
        """The oldest comparison ends; 'right' is right."""
        attempt, future = self.under_way.pop(0)
        future.set_result(attempt == "right")


class Time:
    """Moves when it is told to, and calls whoever wanted to be called."""

    def __init__(self) -> None:
        self.now = 1000.0
        self._calls: list[tuple[float, int, Timer]] = []
        self._numbers = itertools.count()

    def __call__(self) -> float:
        return self.now

    def call_later(self, seconds: float, step: Callable[[], None]) -> Timer:
        timer = Timer(step)
        heapq.heappush(self._calls, (self.now + seconds, next(self._numbers), timer))
        return timer

    async def pass_(self, seconds: float) -> None:
        await settle()
        end = self.now + seconds
        while self._calls and self._calls[0][0] <= end:
            self.now, _, timer = heapq.heappop(self._calls)
            if not timer.cancelled:
                timer.step()
            await settle()
        self.now = end


class Timer:
    def __init__(self, step: Callable[[], None]) -> None:
        self.step = step
        self.cancelled = False

    def cancel(self) -> None:
        self.cancelled = True


async def settle() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


class Door:
    """Turns with a thread and a time that tests control."""

    def __init__(self) -> None:
        self.hasher = SlowHasher()
        self.time = Time()
        self.turns = LoginTurns(self.hasher, self.time, call_later=self.time.call_later)
        self.tasks: list[asyncio.Task[bool]] = []
        self.right = self.wrong = 0

    def log_in(
        self, address: str, attempt: str, name: str = "op", group: str = "g", stored: StoredPassword = SLOW
    ) -> asyncio.Task[bool]:
        asker = Asker(address, group, name)
        self.tasks.append(asyncio.create_task(self._log_in(asker, attempt, stored)))
        return self.tasks[-1]

    async def _log_in(self, asker: Asker, attempt: str, stored: StoredPassword) -> bool:
        async with self.turns.turn(asker, 1.0 if stored is SLOW else 0.0) as turn:
            right = await turn.matches(stored, attempt)
            (turn.succeeded if right else turn.failed)()
        self.right, self.wrong = self.right + right, self.wrong + (not right)
        return right


@pytest.fixture
async def door() -> AsyncIterator[Door]:
    door = Door()
    yield door
    for task in door.tasks:
        task.cancel()
    await asyncio.gather(*door.tasks, return_exceptions=True)
    door.hasher.close()


async def test_after_a_flood_of_aborted_joins_the_next_login_is_next(door: Door) -> None:
    flood = [door.log_in("192.0.2.1", f"wrong{n}") for n in range(255)]
    await settle()
    for task in flood:
        task.cancel()
    honest = door.log_in("198.51.100.1", "right")
    await settle()
    assert door.hasher.begun == ["wrong0"]
    door.hasher.finish()  # nobody could stop that one
    await settle()
    assert door.hasher.begun == ["wrong0", "right"]
    door.hasher.finish()
    assert await honest


@pytest.mark.parametrize("network", ["192.0.2.1", "2001:db8::{:x}"])
async def test_during_a_flood_from_one_network_a_login_from_elsewhere_waits_for_one_comparison(
    door: Door, network: str
) -> None:
    for n in range(2 * limits.LOGINS_WAITING):
        door.log_in(network.format(n), f"wrong{n}", name=f"n{n}", group=f"g{n % 7}")
    await settle()
    honest = door.log_in("198.51.100.1", "right")
    await settle()
    for _ in range(2):
        door.hasher.finish()
        await settle()
    assert honest.done()
    assert await honest


async def test_a_line_that_is_full_says_so_to_those_who_fill_it(door: Door) -> None:
    flood = [door.log_in("192.0.2.1", "wrong", name=f"n{n}") for n in range(limits.LOGINS_WAITING + 10)]
    await settle()
    refused = [task.exception() for task in flood if task.done()]
    assert len(refused) == 9
    assert {error.code for error in refused if isinstance(error, Refused)} == {Why.BUSY}


async def test_a_cancelled_comparison_keeps_its_thread_until_it_ends_and_counts_as_a_failure(
    door: Door,
) -> None:
    for _ in range(int(limits.NAME_FREE_FAILURES) + 1):
        task = door.log_in("192.0.2.1", "wrong")
        await settle()
        task.cancel()
        other = door.log_in("198.51.100.1", "right")
        await settle()
        assert door.hasher.begun[-1] == "wrong", "the one thread is still busy"
        door.hasher.finish()
        await settle()
        door.hasher.finish()
        assert await other
    waits = door.log_in("192.0.2.1", "wrong")
    await settle()
    assert not waits.done()
    assert door.hasher.begun[-1] == "right"


async def test_a_university_behind_one_address_logs_in_at_once(door: Door) -> None:
    """300 people, of whom every tenth mistypes: nobody is delayed."""
    for n in range(300):
        door.log_in("192.0.2.1", "wrong" if n % 10 == 0 else "right", name=f"student{n}", stored="right")
    await settle()
    assert (door.right, door.wrong) == (270, 30)


@pytest.mark.parametrize("names", [1, 1000])
@pytest.mark.parametrize("address", ["192.0.2.1", "127.0.0.1"])
async def test_guessing_is_slow(door: Door, names: int, address: str) -> None:
    """Ten guesses at a time, all the time, for half an hour; it was hundreds a second."""
    for step in range(1800 * 2):
        if step % 20 == 0 or door.wrong < 200:
            while sum(not task.done() for task in door.tasks[-10:]) < 10:
                door.log_in(address, "wrong", name=f"n{len(door.tasks) % names}", stored="right")
                await settle()
                if door.tasks[-1].done() and door.wrong > 300:
                    break
        await door.time.pass_(0.5)
    minutes = 30
    most = {("192.0.2.1", 1): 20, ("192.0.2.1", 1000): 90}.get((address, names), 250)
    assert door.wrong < limits.ORIGIN_FREE_FAILURES + most * minutes


async def test_the_names_of_one_address_take_turns_when_it_is_delayed(door: Door) -> None:
    for n in range(int(limits.ORIGIN_FREE_FAILURES) + 5):
        door.log_in("192.0.2.1", "wrong", name=f"n{n}", stored="right")
    await door.time.pass_(1)
    for _ in range(20):
        door.log_in("192.0.2.1", "wrong", name="rector", stored="right")
    student = door.log_in("192.0.2.1", "right", name="student", stored="right")
    await door.time.pass_(1)
    assert student.done()
    assert await student


async def test_nobody_waits_without_end(door: Door) -> None:
    door.log_in("192.0.2.1", "right")
    waits = door.log_in("198.51.100.1", "right")
    await settle()
    await door.time.pass_(limits.LOGIN_PATIENCE_SECONDS + 1)
    with pytest.raises(Refused):
        await waits
    door.hasher.finish()
    await settle()
    last = door.log_in("198.51.100.2", "right")
    await settle()
    door.hasher.finish()
    assert await last


async def test_a_turn_that_comes_when_its_owner_goes_is_not_lost(door: Door) -> None:
    for _ in range(3):
        door.log_in("192.0.2.1", "right")
        second = door.log_in("198.51.100.1", "right")
        await settle()
        door.hasher.finish()
        await asyncio.sleep(0)
        second.cancel()
        await settle()
        while door.hasher.under_way:
            door.hasher.finish()
            await settle()
    assert door.turns.debug_state()["free"] == 1


# --- with the registry -----------------------------------------------------------------------------


def attempt(
    registry: GroupRegistry, address: str, password: str, name: str = "op"
) -> Coroutine[Any, Any, Any]:
    return registry.authenticate(registry.get("g"), Credentials(name, password, address=address))


@pytest.fixture
async def registry(tmp_path: Path) -> AsyncIterator[GroupRegistry]:
    registry = make_registry(tmp_path)
    key = make_bcrypt("right", 4).key
    users = {"op": {"password": {"type": "bcrypt", "key": key}, "permissions": "op"}}
    write_group(registry.store.root, "g", {"users": users})
    yield registry
    registry.close()


async def count_turns(registry: GroupRegistry, *attempts: Coroutine[Any, Any, Any]) -> int:
    """How often a password was hashed meanwhile."""
    hashed, matches = 0, registry.hasher.matches

    def counting(stored: StoredPassword, attempt: str) -> Future[bool]:
        nonlocal hashed
        hashed += 1
        return matches(stored, attempt)

    registry.hasher.matches = counting  # type: ignore[method-assign]
    await asyncio.gather(*attempts, return_exceptions=True)
    registry.hasher.matches = matches  # type: ignore[method-assign]
    return hashed


async def test_who_was_in_lately_is_let_in_without_a_turn(registry: GroupRegistry) -> None:
    await attempt(registry, "192.0.2.1", "right")
    assert await count_turns(registry, attempt(registry, "192.0.2.1", "right")) == 0
    assert await count_turns(registry, attempt(registry, "192.0.2.2", "right")) == 1, "another address"


async def test_a_changed_password_is_not_known(registry: GroupRegistry) -> None:
    await attempt(registry, "192.0.2.1", "right")
    key = make_bcrypt("other", 4).key
    users = {"op": {"password": {"type": "bcrypt", "key": key}, "permissions": "op"}}
    write_group(registry.store.root, "g", {"users": users})
    registry.refresh("g")
    with pytest.raises(Refused):
        await attempt(registry, "192.0.2.1", "right")


async def test_a_known_login_is_forgotten_before_a_neighbour_can_guess_it(registry: GroupRegistry) -> None:
    await attempt(registry, "192.0.2.1", "right")
    for n in range(limits.KNOWN_LOGIN_FAILURES):
        with pytest.raises(Refused):
            await attempt(registry, "192.0.2.1", f"guess{n}")
    assert await count_turns(registry, attempt(registry, "192.0.2.1", "right")) == 1


async def test_tokens_are_guessed_as_slowly_as_passwords(registry: GroupRegistry) -> None:
    for n in range(int(limits.ORIGIN_FREE_FAILURES) + 5):
        with pytest.raises(Refused):
            await registry.authenticate(
                registry.get("g"), Credentials("x", token=f"t{n}", address="192.0.2.1")
            )
    next_one = asyncio.ensure_future(attempt(registry, "192.0.2.1", "right"))
    await settle()
    assert registry.login_turns.debug_state()["waiting"] == 1
    next_one.cancel()
