"""Work that waits in between is measured step by step, and otherwise as it would be."""

from __future__ import annotations

import asyncio

import pytest

from galene_py.budget.paid import Paid


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


async def test_each_step_is_paid_and_waiting_is_not() -> None:
    clock, paid = Clock(), list[float]()

    async def work() -> str:
        clock.now += 1.0
        await asyncio.sleep(0)
        clock.now += 2.0
        return "done"

    async def meanwhile() -> None:
        clock.now += 100.0

    other = asyncio.create_task(meanwhile())
    assert await Paid(work(), paid.append, clock) == "done"
    await other
    assert paid == [1.0, 2.0]


async def test_what_fails_fails_and_is_paid() -> None:
    clock, paid = Clock(), list[float]()

    async def work() -> None:
        clock.now += 1.0
        raise KeyError("x")

    with pytest.raises(KeyError):
        await Paid(work(), paid.append, clock)
    assert paid == [1.0]


async def test_cancelling_reaches_the_work() -> None:
    ended: list[str] = []

    async def work() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append("cancelled")

    async def waiting() -> None:
        await Paid(work(), lambda seconds: None, Clock())

    task = asyncio.create_task(waiting())
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert ended == ["cancelled"]
