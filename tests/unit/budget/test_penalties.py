"""A delay that grows with failures, not with logins, and goes away."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from galene_py.budget import limits
from galene_py.budget.penalties import Penalties, Terms

TERMS = Terms(free=5, per_success=0.25, free_most=20, seconds=0.5, most=10, half_life=60)


def after(failures: int, successes: int = 0) -> Penalties:
    penalties = Penalties(TERMS)
    for _ in range(successes):
        penalties.succeeded("o", 0.0)
    for _ in range(failures):
        penalties.failed("o", 0.0)
    return penalties


def test_the_first_failures_cost_nothing_the_next_ones_more_and_more() -> None:
    assert [after(n).delay("o", 0.0) for n in (0, 5, 6, 7, 9)] == [0, 0, 0.5, 1, 2]
    assert after(1000).delay("o", 0.0) == TERMS.most


def test_logins_alone_never_cost_anything() -> None:
    assert after(0, successes=1000).delay("o", 0.0) == 0


def test_where_many_succeed_more_may_fail_but_not_without_end() -> None:
    assert after(15, successes=40).delay("o", 0.0) == 0
    assert after(30, successes=100_000).delay("o", 0.0) == 5


def test_others_are_not_delayed() -> None:
    assert after(100).delay("another", 0.0) == 0
    assert after(100).ready_at("another", 0.0) == float("-inf")


def test_an_attempt_keeps_its_distance_from_the_one_before() -> None:
    penalties = after(7)
    assert penalties.ready_at("o", 3.0) <= 3.0, "the first delayed one need not wait"
    penalties.began("o", 3.0)
    assert 3.0 < penalties.ready_at("o", 3.0) <= 4.0


def test_guessing_for_an_hour_is_slow() -> None:
    """An attacker who tries whenever it may: what counts is how often that is."""
    penalties, now, guesses = Penalties(TERMS), 0.0, 0
    while now < 3600:
        if penalties.ready_at("o", now) <= now:
            penalties.began("o", now)
            penalties.failed("o", now)
            guesses += 1
        now += 0.125
    assert guesses < 1000


@given(st.lists(st.tuples(st.booleans(), st.floats(0, 100)), max_size=60), st.floats(0, 1e6))
def test_delays_are_bounded_and_only_shrink_when_nothing_fails(
    history: list[tuple[bool, float]], later: float
) -> None:
    penalties, now = Penalties(TERMS), 0.0
    for failed, passed in history:
        now += passed
        (penalties.failed if failed else penalties.succeeded)("o", now)
    delay = penalties.delay("o", now)
    assert 0 <= delay <= TERMS.most
    if not any(not failed for failed, _ in history):
        assert penalties.delay("o", now + later) <= delay
    assert penalties.delay("o", now + 100 * TERMS.half_life) == pytest.approx(0)


def test_what_is_remembered_is_bounded() -> None:
    penalties = Penalties(TERMS)
    for number in range(limits.PENALTIES_REMEMBERED + 10):
        penalties.failed(number, 0.0)
    assert len(penalties) == limits.PENALTIES_REMEMBERED
