"""One timer for many items: nobody is forgotten, nobody is polled early, errors stay where they are."""

import asyncio

import pytest

from galene_py import limits
from galene_py.ticker import Ticker
from kit.fake_loop import FakeLoop


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
    assert 100.5 <= item.polled[0] <= 100.5 + limits.TICK_SECONDS
    assert len(ticker) == 0


def test_an_item_keeps_its_rhythm(loop: FakeLoop, ticker: Ticker) -> None:
    item = Item(loop, 0.5)
    ticker.at(item, 100)
    loop.run_until(110)
    assert 19 <= len(item.polled) <= 21


def test_the_earliest_request_counts(loop: FakeLoop, ticker: Ticker) -> None:
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
    assert len(loop.timers) < 1 / limits.TICK_SECONDS + 10


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
    assert len(item.polled) <= 1 / limits.TICK_SECONDS + 2


async def test_close_cancels_everything(loop: FakeLoop) -> None:
    ticker = Ticker(asyncio.get_running_loop())
    item = Item(loop, 0.1)
    ticker.at(item, 0)
    ticker.close()
    await asyncio.sleep(3 * limits.TICK_SECONDS)
    assert item.polled == []
