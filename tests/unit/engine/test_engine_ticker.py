"""One timer for many items: nobody is forgotten, nobody is polled early, errors stay where they are."""

import asyncio

import pytest

from galene_py.engine import limits
from galene_py.engine.ticker import Ticker


class FakeTimer:
    def __init__(self, when: float, callback: object) -> None:
        self.when = when
        self.callback = callback

    def cancel(self) -> None:
        self.callback = None


class FakeLoop:
    """A loop whose time is ours: it remembers timers and runs those that are due."""

    def __init__(self) -> None:
        self.now = 100.0
        self.timers: list[FakeTimer] = []

    def call_later(self, delay: float, callback: object) -> FakeTimer:
        timer = FakeTimer(self.now + delay, callback)
        self.timers.append(timer)
        return timer

    def pending(self) -> list[FakeTimer]:
        return [timer for timer in self.timers if timer.callback is not None]

    def run_until(self, end: float) -> None:
        while True:
            due = sorted((t for t in self.pending() if t.when <= end), key=lambda t: t.when)
            if not due:
                break
            self.now = max(self.now, due[0].when)
            callback, due[0].callback = due[0].callback, None
            callback()  # type: ignore[operator]
        self.now = end


class Item:
    def __init__(self, loop: FakeLoop, every: float | None) -> None:
        self.loop = loop
        self.every = every
        self.polled: list[float] = []
        self.failing = False

    def poll(self, now: float) -> float | None:
        self.polled.append(now)
        if self.failing:
            raise RuntimeError("broken")
        return None if self.every is None else now + self.every


@pytest.fixture
def loop() -> FakeLoop:
    return FakeLoop()


@pytest.fixture
def ticker(loop: FakeLoop) -> Ticker:
    return Ticker(loop, lambda: loop.now)  # type: ignore[arg-type]


def test_an_item_is_polled_when_it_is_due(loop: FakeLoop, ticker: Ticker) -> None:
    item = Item(loop, None)
    ticker.at(item, 100.5)
    loop.run_until(100.49)
    assert item.polled == []
    loop.run_until(101)
    assert len(item.polled) == 1
    assert 100.5 <= item.polled[0] <= 100.5 + limits.ENGINE_TICK
    assert len(ticker) == 0


def test_an_item_keeps_its_rhythm(loop: FakeLoop, ticker: Ticker) -> None:
    item = Item(loop, 0.5)
    ticker.at(item, 100)
    loop.run_until(110)
    assert 19 <= len(item.polled) <= 21


def test_the_earliest_wish_counts(loop: FakeLoop, ticker: Ticker) -> None:
    item = Item(loop, None)
    ticker.at(item, 105)
    ticker.at(item, 101)
    ticker.at(item, 103)
    loop.run_until(110)
    assert len(item.polled) == 1
    assert item.polled[0] < 101.1


def test_one_timer_serves_everybody(loop: FakeLoop, ticker: Ticker) -> None:
    items = [Item(loop, 0.1) for _ in range(200)]
    for number, item in enumerate(items):
        ticker.at(item, 100 + number / 1000)
    assert len(loop.pending()) == 1
    loop.run_until(101)
    assert len(loop.pending()) == 1
    assert all(7 <= len(item.polled) <= 11 for item in items)
    # What is due together is done together: far fewer wake-ups than polls.
    assert len(loop.timers) < 1 / limits.ENGINE_TICK + 10


def test_a_forgotten_item_is_not_polled(loop: FakeLoop, ticker: Ticker) -> None:
    item, other = Item(loop, 0.1), Item(loop, 0.1)
    ticker.at(item, 101)
    ticker.at(other, 101)
    ticker.forget(item)
    loop.run_until(102)
    assert item.polled == []
    assert other.polled


def test_an_error_stays_with_its_item(loop: FakeLoop, ticker: Ticker) -> None:
    bad, good = Item(loop, 0.1), Item(loop, 0.1)
    bad.failing = True
    ticker.at(bad, 100)
    ticker.at(good, 100)
    loop.run_until(105)
    assert len(good.polled) > 40
    assert 4 <= len(bad.polled) <= 6
    assert ticker.errors == len(bad.polled)


def test_an_impatient_item_does_not_spin(loop: FakeLoop, ticker: Ticker) -> None:
    item = Item(loop, -1.0)
    ticker.at(item, 0)
    loop.run_until(101)
    assert len(item.polled) <= 1 / limits.ENGINE_TICK + 2


async def test_close_cancels_everything(loop: FakeLoop) -> None:
    ticker = Ticker(asyncio.get_running_loop())
    item = Item(loop, 0.1)
    ticker.at(item, 0)
    ticker.close()
    await asyncio.sleep(3 * limits.ENGINE_TICK)
    assert item.polled == []
