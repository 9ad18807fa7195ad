"""When the socket is read: at once while quiet, in steps while much arrives, never again once closed."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable

import pytest

from galene_py.transport import limits
from galene_py.transport.sockets.wakeups import WakeUps


class Wire:
    """A pair of sockets, a clock that the test sets, and a reader that counts."""

    def __init__(self) -> None:
        self.near, self.far = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.near.setblocking(False)
        self.now = 100.0
        self.reads = self.received = 0
        self.most = 64
        self.then: Callable[[], None] = lambda: None
        loop = asyncio.get_running_loop()
        self.wakeups = WakeUps(loop, self.near.fileno(), self.read, lambda: self.now)

    def read(self, now: float) -> tuple[int, bool]:
        self.reads += 1
        count = 0
        try:
            while count < self.most:
                self.near.recv(16)
                count += 1
        except BlockingIOError:
            pass
        self.received += count
        self.then()
        return count, count == self.most

    async def send(self, count: int, pause: float) -> None:
        """`count` datagrams, each received before the next, `pause` seconds apart by the test's clock."""
        for _ in range(count):
            self.now += pause
            self.far.send(b"x")
            await self.until(lambda wanted=self.received + 1: self.received >= wanted)  # type: ignore[misc]

    @staticmethod
    async def until(true: Callable[[], bool]) -> None:
        async with asyncio.timeout(5):
            while not true():  # noqa: ASYNC110 - a condition, not an event
                await asyncio.sleep(0)

    def close(self) -> None:
        self.wakeups.close()
        self.near.close()
        self.far.close()


@pytest.fixture
async def wire() -> Wire:
    return Wire()


async def test_a_quiet_socket_is_read_at_once(wire: Wire) -> None:
    await wire.send(50, 2 * limits.GATHER_BELOW_SECONDS)
    assert not wire.wakeups.gathering
    assert wire.reads == 50
    wire.close()


async def test_a_busy_socket_is_read_in_steps_and_nothing_is_lost(wire: Wire) -> None:
    await wire.send(100, limits.GATHER_BELOW_SECONDS / 10)
    assert wire.wakeups.gathering
    before = wire.reads
    for _ in range(20):
        wire.far.send(b"x")
    await wire.until(lambda: wire.received == 120)
    assert wire.reads <= before + 2
    wire.close()


async def test_when_it_gets_quiet_the_socket_is_watched_again(wire: Wire) -> None:
    await wire.send(100, limits.GATHER_BELOW_SECONDS / 10)
    await wire.until(lambda: not wire.wakeups.gathering)
    before = wire.reads
    await wire.send(3, 1.0)
    assert wire.reads == before + 3
    wire.close()


async def test_dear_packets_are_not_waited_for(wire: Wire) -> None:
    wire.wakeups.worthwhile = False
    await wire.send(100, limits.GATHER_BELOW_SECONDS / 10)
    assert not wire.wakeups.gathering
    wire.close()


async def test_more_than_one_read_takes_is_read_without_a_pause(wire: Wire) -> None:
    await wire.send(100, limits.GATHER_BELOW_SECONDS / 10)
    wire.most = 4
    for _ in range(40):
        wire.far.send(b"x")
    await wire.until(lambda: wire.received == 140)
    wire.close()


async def test_closing_while_reading_ends_it(wire: Wire) -> None:
    for pause in (1.0, limits.GATHER_BELOW_SECONDS / 10):
        other = Wire()
        await other.send(100, pause)
        other.then = other.wakeups.close
        other.far.send(b"x")
        await other.until(lambda reads=other.reads, other=other: other.reads > reads)  # type: ignore[misc]
        reads = other.reads
        other.far.send(b"x")
        await asyncio.sleep(2 * limits.GATHER_SECONDS)
        assert other.reads == reads
        other.near.close()
        other.far.close()
    wire.close()
