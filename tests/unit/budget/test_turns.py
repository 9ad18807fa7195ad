"""The event loop's time is shared: in turns, by measured cost, and nobody pays for another network."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from galene_py.budget import limits
from galene_py.budget.bucket import Bucket
from galene_py.budget.turns import Actor, Turns


class Loop:
    """An event loop whose time passes only while work is done or awaited; counts its turns."""

    def __init__(self) -> None:
        self.now = 0.0
        self.soon: list[Callable[[], None]] = []
        self.timers: list[tuple[float, Callable[[], None]]] = []
        self.turns = Turns(lambda: self.now, self.soon.append, self.later)
        self.done: list[str] = []
        self.longest = 0.0
        """seconds of the longest turn: what a packet would have had to wait"""

    def later(self, seconds: float, step: Callable[[], None]) -> None:
        self.timers.append((self.now + seconds, step))

    def actor(self, origin: str = "here") -> Actor:
        return self.turns.actor(origin)

    def job(self, name: str, seconds: float) -> Callable[[], None]:
        def work() -> None:
            self.now += seconds
            self.done.append(name)

        return work

    def turn(self) -> None:
        began = self.now
        steps, self.soon[:] = list(self.soon), []
        due = [step for at, step in self.timers if at <= self.now]
        self.timers = [(at, step) for at, step in self.timers if at > self.now]
        for step in (*steps, *due):
            step()
        self.longest = max(self.longest, self.now - began)

    def run(self) -> None:
        """Go on until nothing is left to do."""
        while self.soon or self.timers:
            if not self.soon:
                self.now = max(self.now, min(at for at, _ in self.timers))
            self.turn()


def test_what_costs_little_is_done_at_once() -> None:
    loop = Loop()
    actor = loop.actor()
    actor.run(loop.job("a", 0.0))
    assert loop.done == ["a"]
    assert not actor.busy


def test_a_turn_of_the_loop_ends_when_its_time_is_spent() -> None:
    loop = Loop()
    actors = [loop.actor() for _ in range(250)]
    for actor in actors:
        for _ in range(4):
            actor.run(loop.job("x", 0.003))
    loop.run()
    assert len(loop.done) == 1000
    assert loop.longest <= limits.TURN_SECONDS + 0.003


def test_jobs_of_one_actor_keep_their_order() -> None:
    loop = Loop()
    actor = loop.actor()
    names = [str(number) for number in range(200)]
    for name in names:
        actor.run(loop.job(name, 0.001))
    loop.run()
    assert loop.done == names


def test_a_job_that_a_job_asks_for_comes_after_it() -> None:
    loop = Loop()
    actor = loop.actor()

    def outer() -> None:
        actor.run(loop.job("inner", 0.0))
        loop.done.append("outer")

    actor.run(outer)
    loop.run()
    assert loop.done == ["outer", "inner"]


def test_a_network_of_many_connections_is_served_like_one_of_one() -> None:
    loop = Loop()
    for _ in range(250):
        attacker = loop.actor("there")
        for _ in range(10):
            attacker.run(loop.job("attack", 0.004))
    loop.actor("elsewhere").run(loop.job("honest", 0.0001))
    loop.run()
    assert loop.done.index("honest") <= 3


def test_who_does_next_to_nothing_waits_behind_nobody() -> None:
    loop = Loop()
    attacker, honest = loop.actor("there"), loop.actor("elsewhere")
    for _ in range(200):
        attacker.run(loop.job("attack", 0.001))
    for _ in range(10):
        loop.turn()
        honest.run(loop.job("honest", 0.0001))
        assert loop.done[-1] == "honest"


def test_who_does_much_does_not_pass_the_others_for_long() -> None:
    loop = Loop()
    many = [loop.actor(f"network {number}") for number in range(50)]
    for _ in range(20):
        for one in many:
            one.run(loop.job("x", 0.001))
    loop.run()
    assert loop.longest <= 2 * limits.TURN_SECONDS + 0.002


def test_one_network_cannot_use_more_than_its_share_of_the_processor() -> None:
    loop = Loop()
    for _ in range(10):
        actor = loop.actor()
        for _ in range(200):
            actor.run(loop.job("x", 0.004))
    loop.run()
    assert loop.now >= (2000 * 0.004 - limits.ORIGIN_BURST_SECONDS) / limits.ORIGIN_SHARE * 0.99


def test_debts_outlast_a_connection() -> None:
    loop = Loop()
    attacker = loop.actor()
    attacker.spend(limits.ORIGIN_BURST_SECONDS + 3.0)
    attacker.leave()
    fresh = loop.actor()
    fresh.run(loop.job("late", 0.0))
    assert loop.done == []
    loop.run()
    assert loop.done == ["late"]
    assert loop.now >= 3.0 / limits.ORIGIN_SHARE


def test_work_that_is_put_off_is_paid_by_its_cause() -> None:
    loop = Loop()
    speaker = loop.actor()

    def broadcast() -> None:
        loop.turns.spend(limits.ACTOR_BURST_SECONDS + 1.0)
        loop.done.append("broadcast")

    speaker.run(broadcast)
    speaker.run(loop.job("next", 0.0))
    loop.turn()
    assert loop.done == ["broadcast"]
    loop.run()
    assert loop.done == ["broadcast", "next"]
    assert loop.now >= 1.0 / limits.ACTOR_SHARE


def test_the_rest_of_long_work_waits_for_another_turn() -> None:
    loop = Loop()
    actor = loop.actor()

    def work(left: int) -> None:
        loop.job("portion", 0.003)()
        if left:
            loop.turns.put_off(lambda: work(left - 1))

    actor.run(lambda: work(50))
    assert loop.done == ["portion"]
    loop.run()
    assert len(loop.done) == 51
    assert loop.longest <= limits.TURN_SECONDS + 0.003
    loop.turns.put_off(loop.job("at once, for nobody pays", 0.0))
    assert loop.done[-1].startswith("at once")


def test_whoever_leaves_leaves_no_work_behind_and_is_freed() -> None:
    loop = Loop()
    actor = loop.actor()
    freed: list[bool] = []
    actor.run(loop.job("first", 1.0))
    actor.run(loop.job("never", 0.0))
    actor.when_free(lambda: freed.append(True))
    assert actor.busy
    assert not freed
    actor.leave()
    actor.leave()
    loop.run()
    assert freed == [True]
    assert loop.done == ["first"]


def test_an_actor_is_free_when_its_last_job_is_done() -> None:
    loop = Loop()
    actor = loop.actor()
    freed: list[bool] = []
    actor.run(loop.job("first", 0.1))
    actor.run(loop.job("second", 0.1))
    actor.when_free(lambda: freed.append(True))
    assert not freed
    loop.run()
    assert freed == [True]
    actor.when_free(lambda: freed.append(True))
    assert freed == [True, True]


def test_a_job_that_fails_stops_nobody_else() -> None:
    loop = Loop()
    first, second = loop.actor("a"), loop.actor("b")
    first.run(loop.job("long", 2 * limits.TURN_SECONDS))

    def failing() -> None:
        raise RuntimeError

    first.run(failing)
    second.run(loop.job("other", 0.0))
    with pytest.raises(RuntimeError):
        loop.turn()
    loop.run()
    assert loop.done == ["long", "other"]


def test_networks_without_debts_are_forgotten() -> None:
    loop = Loop()
    for number in range(50):
        loop.actor(str(number)).leave()
    assert loop.turns.debug_state()["origins"] == 0


def test_networks_with_debts_are_forgotten_beyond_a_bound() -> None:
    loop = Loop()
    for number in range(limits.ORIGINS_REMEMBERED + 500):
        actor = loop.actor(str(number))
        actor.spend(1e9)
        actor.leave()
    assert loop.turns.debug_state()["origins"] <= limits.ORIGINS_REMEMBERED + 1


def test_a_bucket_lets_a_burst_pass_and_then_its_rate() -> None:
    bucket = Bucket(3, 2.0, 0.0)
    assert [bucket.take(0.0) for _ in range(4)] == [True, True, True, False]
    assert [bucket.take(0.5), bucket.take(0.5)] == [True, False]
    assert bucket.take(100.0, 3)
    assert not bucket.take(100.0)


def test_a_bucket_lets_something_larger_than_itself_pass_when_it_is_full() -> None:
    bucket = Bucket(10, 1.0, 0.0)
    assert bucket.take(0.0, 25)
    assert bucket.debt_ends(0.0) == 15.0
    assert not bucket.take(24.0, 25)
    assert bucket.take(25.0, 25)


def test_a_clock_that_stands_or_goes_back_fills_nothing() -> None:
    bucket = Bucket(1, 1.0, 10.0)
    assert bucket.take(10.0)
    assert not bucket.take(5.0)
    assert not bucket.take(10.0)


def test_complaints_come_once_a_second() -> None:
    bucket = Bucket(1, 1.0, 0.0)
    assert [bucket.complain(now) for now in (0.0, 0.5, 0.99, 1.0)] == [True, False, False, True]
