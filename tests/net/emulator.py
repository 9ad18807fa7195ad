"""A bad network in this process: a seeded UDP relay on loopback, and an event loop with virtual time.

Real sockets, real datagrams, real DTLS and SRTP: only delay, loss and time itself are made up. A `Line`
stands between one client and the server; each of its two directions is a `Link` with dice of its own, so the
same seed loses the same packets whatever the others do. On `VirtualLoop` the clock jumps to the next timer
whenever no socket has anything to read: twenty seconds of network take as long as the processor needs for the
packets.

    line = Line(server_port, seed=1)
    client.connect(line.address)
    line.up.set(delay=0.025, loss=0.05)
    line.down.set(rate=300_000)
    line.move()         # the server sees another source address from now on
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import heapq
import selectors
import socket
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, replace
from itertools import count
from random import Random
from typing import ParamSpec

P = ParamSpec("P")

READ_BYTES = 65536
READ_MOST = 200
"""Datagrams read in a row from one socket, so that the others get their turn."""
BUFFER_BYTES = 1 << 21


class _Selector(selectors.DefaultSelector):
    """Waits for nobody: when no socket is ready, time passes."""

    now = 1000.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0)
        if ready or timeout == 0:
            return ready
        if timeout is None:
            return super().select(1.0)  # nothing is planned: a thread may still have something to say
        self.now += max(timeout, 1e-6)
        return super().select(0)


class VirtualLoop(asyncio.SelectorEventLoop):
    """asyncio's loop in virtual time. Give `loop.time` as the clock to whoever wants one."""

    def __init__(self) -> None:
        self.selector = _Selector()
        super().__init__(self.selector)

    def time(self) -> float:
        return self.selector.now


def virtual(test: Callable[P, Coroutine[object, object, None]]) -> Callable[P, None]:
    """Run a test on a `VirtualLoop`."""

    @functools.wraps(test)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        with asyncio.Runner(loop_factory=VirtualLoop) as runner:
            runner.run(test(*args, **kwargs))

    return run


@dataclass(frozen=True, slots=True)
class Faults:
    """What one direction does to datagrams. Shares are 0..1, times in seconds, rates in bits per second."""

    delay: float = 0.0
    jitter: float = 0.0
    """Up to so much is added to the delay; order is kept."""
    loss: float = 0.0
    to_bad: float = 0.0
    """Gilbert-Elliott: per datagram, from the good to the bad state, where all are lost."""
    to_good: float = 1.0
    bad_seconds: float = 0.15
    """The bad state lasts no longer than this, or a few reports per second would never see its end."""
    duplicate: float = 0.0
    reorder: float = 0.0
    """Share of datagrams that are held back by up to `reorder_delay`."""
    reorder_delay: float = 0.05
    rate: float = 0.0
    """0: without limit."""
    buffer: float = 0.2
    """The bottleneck's queue; what does not fit is lost."""
    broken: bool = False
    """Nothing passes."""


def bursts(loss: float, length: float) -> dict[str, float]:
    """Gilbert-Elliott's parameters for a mean loss in bursts of a mean length."""
    to_good = 1 / length
    return {"to_bad": to_good * loss / (1 - loss), "to_good": to_good}


class Pipe:
    """A bottleneck; links that share one queue behind each other's datagrams."""

    def __init__(self) -> None:
        self.free_at = 0.0


class Link:
    """One direction. `send` decides, later calls of `deliver` carry out."""

    def __init__(self, seed: object, deliver: Callable[[bytes], None]) -> None:
        self.faults = Faults()
        self.sent = self.lost = self.duplicated = self.overflowed = 0
        self.taps: list[Callable[[bytes], None]] = []
        """Told of every datagram before it is judged."""
        self._dice = Random(repr(seed))
        self._deliver = deliver
        self._bad = False
        self._bad_since = 0.0
        self.pipe = Pipe()
        self._latest = 0.0
        self._pending: list[tuple[float, int, bytes]] = []
        self._order = count()
        self._timer: asyncio.TimerHandle | None = None
        self._loop = asyncio.get_running_loop()

    def set(self, **faults: float) -> None:
        """Change the given faults, keep the others."""
        self.faults = replace(self.faults, **faults)  # type: ignore[arg-type]

    def heal(self) -> None:
        """A perfect network."""
        self.faults = Faults()

    @property
    def queue(self) -> float:
        """Seconds of data that wait at the bottleneck."""
        return max(0.0, self.pipe.free_at - self._loop.time())

    def send(self, data: bytes) -> None:
        """One datagram enters."""
        for tap in self.taps:
            tap(data)
        self.sent += 1
        faults, now = self.faults, self._loop.time()
        # The same number of throws for every datagram: a fault that is switched on leaves the others' as is.
        loss, state, jitter, hold, held, double = (self._dice.random() for _ in range(6))
        if self._bad and now - self._bad_since < faults.bad_seconds:
            self._bad = state >= faults.to_good
        else:
            self._bad, self._bad_since = state < faults.to_bad, now
        if faults.broken or self._bad or loss < faults.loss:
            self.lost += 1
            return
        at = now + faults.delay + jitter * faults.jitter
        if faults.rate:
            free_at = max(self.pipe.free_at, now) + 8 * len(data) / faults.rate
            if free_at - now > faults.buffer:
                self.overflowed += 1
                return
            self.pipe.free_at = free_at
            at += free_at - now
        at = self._latest = max(at, self._latest)
        if hold < faults.reorder:
            at += held * faults.reorder_delay
        self._later(at, data)
        if double < faults.duplicate:
            self.duplicated += 1
            self._later(at + 0.002, data)

    def _later(self, at: float, data: bytes) -> None:
        if at <= self._loop.time() and not self._pending:
            self._deliver(data)
            return
        heapq.heappush(self._pending, (at, next(self._order), data))
        if self._timer is None or at < self._timer.when():
            self._arm()

    def _arm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._loop.call_at(self._pending[0][0], self._due) if self._pending else None

    def _due(self) -> None:
        self._timer = None
        now = self._loop.time() + 1e-6
        while self._pending and self._pending[0][0] <= now:
            self._deliver(heapq.heappop(self._pending)[2])
        if self._timer is None:
            self._arm()

    def close(self) -> None:
        self._pending.clear()
        self._arm()


class Line:
    """The way between one client and the server: `up` is towards the server, `down` towards the client."""

    def __init__(self, server_port: int, *, seed: object = 0, host: str = "127.0.0.1") -> None:
        """`host`: where clients reach it; browsers do not look on the loopback interface."""
        self._loop = asyncio.get_running_loop()
        self._server = ("127.0.0.1", server_port)
        self._client: tuple[str, int] | None = None
        self._near = self._open(self._from_client, host)
        self._far = self._open(self._from_server)
        self.address: tuple[str, int] = self._near.getsockname()
        """Where the client sends to."""
        self.up = Link((seed, "up"), self._to_server)
        self.down = Link((seed, "down"), self._to_client)

    @property
    def seen_as(self) -> tuple[str, int]:
        """The client's address as the server sees it."""
        address: tuple[str, int] = self._far.getsockname()
        return address

    def set(self, **faults: float) -> None:
        """The same faults in both directions."""
        self.up.set(**faults)
        self.down.set(**faults)

    def move(self) -> None:
        """The client's address changes; what the server still sends to the old one is lost."""
        old, self._far = self._far, self._open(self._from_server)
        self._shut(old)

    def close(self) -> None:
        for link in (self.up, self.down):
            link.close()
        for sock in (self._near, self._far):
            self._shut(sock)

    def _open(self, ready: Callable[[socket.socket], None], host: str = "127.0.0.1") -> socket.socket:
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        sock.setblocking(False)
        for option in (socket.SO_RCVBUF, socket.SO_SNDBUF):
            sock.setsockopt(socket.SOL_SOCKET, option, BUFFER_BYTES)
        sock.bind((host, 0))
        self._loop.add_reader(sock, ready, sock)
        return sock

    def _shut(self, sock: socket.socket) -> None:
        self._loop.remove_reader(sock)
        sock.close()

    def _from_client(self, sock: socket.socket) -> None:
        with contextlib.suppress(OSError):
            for _ in range(READ_MOST):
                data, self._client = sock.recvfrom(READ_BYTES)
                self.up.send(data)

    def _from_server(self, sock: socket.socket) -> None:
        with contextlib.suppress(OSError):
            for _ in range(READ_MOST):
                data, source = sock.recvfrom(READ_BYTES)
                if source == self._server:
                    self.down.send(data)

    def _to_server(self, data: bytes) -> None:
        with contextlib.suppress(OSError):
            self._far.sendto(data, self._server)

    def _to_client(self, data: bytes) -> None:
        if self._client is not None:
            with contextlib.suppress(OSError):
                self._near.sendto(data, self._client)
