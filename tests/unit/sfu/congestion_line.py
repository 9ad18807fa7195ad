"""A made bottleneck for the estimator's tests: packets in, feedback out, in time that only counts.

One queue of a rate and a length in seconds, shared by whatever flows there are; jitter and loss by a seeded
die. What a flow sends and when is up to its test.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable
from itertools import count
from random import Random

from galene_py.rtp.wide import TICKS_PER_SECOND, WideFeedback
from galene_py.sfu.congestion import Estimator, Path
from galene_py.sfu.numbers import Numbers

STEP_S = 0.005


class Bottleneck:
    """A queue that drops what does not fit."""

    def __init__(self, rate: float, *, buffer: float = 0.3, delay: float = 0.02, seed: int = 1) -> None:
        self.rate, self.buffer, self.delay = rate, buffer, delay
        self.jitter = self.loss = 0.0
        self.free_at = 0.0
        self.dice = Random(seed)

    def send(self, size: int, now: float) -> float | None:
        """When it arrives; None: it does not."""
        start = max(self.free_at, now)
        if start - now > self.buffer or self.dice.random() < self.loss:
            return None
        self.free_at = start + 8 * size / self.rate
        return self.free_at + self.delay + self.dice.random() * self.jitter


class Flow:
    """One receiver behind a bottleneck, with an estimate of its own."""

    def __init__(self, line: Bottleneck, want: Callable[[Flow], float], *, frame: float = 1 / 30) -> None:
        """`want`: bits per second to send now."""
        self.line, self.want, self.frame_s = line, want, frame
        self.numbers, self.estimator = Numbers(), Estimator()
        self.path = Path(self.numbers)
        self.path.begin(0.0)
        self.estimator.paths.add(self.path)
        self.came: dict[int, int] = {}
        self.told = 0
        self.next_told = 0.1
        self.flying: list[tuple[float, int, int]] = []
        self.order = count()
        self.lost = self.sent = self.arrived_bytes = 0
        self.next_frame = self.next_report = 0.0
        self.owed = 0.0
        self.back: list[tuple[float, int, WideFeedback]] = []
        self.history: list[tuple[float, float, float]] = []
        """(time, estimate, bits arrived so far)."""

    def step(self, now: float) -> None:
        """Send what is due, and take what has come."""
        if now >= self.next_frame:
            self.next_frame += self.frame_s
            self.owed += self.want(self) * self.frame_s / 8
            while self.owed > 0:
                size = int(min(1100, max(100, self.owed)))
                self.owed -= size
                self._send(size, now)
        while self.flying and self.flying[0][0] <= now:
            at, number, size = heapq.heappop(self.flying)
            self.came[number] = ticks(at)
            self.arrived_bytes += size
        if now >= self.next_told and self.came:
            self.next_told = now + 0.1
            heapq.heappush(self.back, (now + self.line.delay, next(self.order), self._message()))
        while self.back and self.back[0][0] <= now:
            self.estimator.feedback(self.path, heapq.heappop(self.back)[2], now)
        if now >= self.next_report and self.sent:
            self.next_report = now + 1.0
            self.estimator.report(self.lost, self.sent, now)
            self.lost = self.sent = 0
        self.history.append((now, self.estimator.rate, 8.0 * self.arrived_bytes))

    def _message(self) -> WideFeedback:
        """About all numbers since the last; they come in order here."""
        came, self.came = self.came, {}
        base, last = self.told, max(came, key=lambda number: (number - self.told) & 0xFFFF)
        self.told = (last + 1) & 0xFFFF
        return WideFeedback(1, 2, base, (last - base + 1) & 0xFFFF, 0, tuple(came), tuple(came.values()))

    def _send(self, size: int, now: float) -> None:
        number = self.numbers.take(size, now)
        self.sent += 1
        at = self.line.send(size, now)
        if at is None:
            self.lost += 1
        else:
            heapq.heappush(self.flying, (at, number, size))

    def estimates(self, since: float, until: float) -> list[float]:
        return [rate for at, rate, _ in self.history if since <= at < until]

    def rate(self, since: float, until: float) -> float:
        """Bits per second that arrived."""
        bits = [total for at, _, total in self.history if since <= at < until]
        return (bits[-1] - bits[0]) / (until - since)


def greedy(flow: Flow) -> float:
    """As much as the estimate allows."""
    return flow.estimator.rate


def run(flows: list[Flow], until: float, *, since: float = 0.0) -> None:
    """Let time pass."""
    steps = round((until - since) / STEP_S)
    for index in range(steps):
        for flow in flows:
            flow.step(since + index * STEP_S)


def ticks(seconds: float) -> int:
    return round(seconds * TICKS_PER_SECOND)
