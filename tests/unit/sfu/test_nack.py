"""When missing packets are asked for, and when not."""

import itertools

from hypothesis import given
from hypothesis import strategies as st

from galene_py.sfu import limits
from galene_py.sfu.nack import NackPolicy


def drain(policy: NackPolicy, until: float, start: float = 0.0) -> list[tuple[float, list[int]]]:
    """What is asked, and when, as a timer would see it."""
    asked = []
    now = start
    while policy.due <= until:
        now = max(now + 0.001, policy.due)
        numbers = policy.take(now)
        if numbers:
            asked.append((now, numbers))
    return asked


def test_a_late_packet_is_not_asked_for() -> None:
    policy = NackPolicy()
    assert policy.lost(10, 2, 1.0)
    assert not policy.arrived(10, 1.004)
    assert not policy.arrived(11, 1.004)
    assert drain(policy, 10.0) == []


def test_a_lost_packet_is_asked_for_soon_and_again_after_a_round_trip() -> None:
    policy = NackPolicy()
    policy.round_trip = 0.1
    policy.lost(65535, 2, 1.0)
    asked = drain(policy, 10.0)
    assert asked[0][1] == [65535, 0]
    assert asked[0][0] - 1.0 < 0.02
    gaps = [later[0] - earlier[0] for earlier, later in itertools.pairwise(asked)]
    assert all(gap >= 0.1 for gap in gaps)
    assert gaps == sorted(gaps)


@given(st.floats(0.0, 2.0))
def test_one_packet_is_given_up(round_trip: float) -> None:
    policy = NackPolicy()
    policy.round_trip = round_trip
    policy.lost(5, 1, 0.0)
    asked = drain(policy, 60.0)
    assert 1 <= len(asked) <= limits.NACK_TRIES
    assert len(policy) == 0
    assert policy.given_up == 1
    assert asked[-1][0] <= limits.NACK_SECONDS + 0.1


def test_too_many_are_not_asked_for() -> None:
    policy = NackPolicy()
    assert policy.lost(0, limits.NACK_OUTSTANDING, 0.0)
    assert not policy.lost(1000, 1, 0.0)
    assert len(policy) == 0
    assert drain(policy, 10.0) == []


def test_one_request_fits_a_datagram() -> None:
    policy = NackPolicy()
    policy.lost(0, 250, 0.0)
    asked = drain(policy, 0.012)
    assert len(asked[0][1]) == limits.NACK_PACKET_SEQUENCES
    assert sum(len(numbers) for _, numbers in asked) == 250


def test_answers_teach_the_round_trip() -> None:
    policy = NackPolicy()
    for number in range(60):
        start = float(number)
        policy.lost(number, 1, start)
        ((at, _), *_) = drain(policy, start + 0.01, start)
        assert policy.arrived(number, at + 0.3)
    assert abs(policy.round_trip - 0.3) < 0.02
    assert policy.recovered == 60


def test_reordering_teaches_patience_which_fades() -> None:
    policy = NackPolicy()
    policy.lost(1, 1, 0.0)
    policy.arrived(1, 0.006)
    policy.lost(2, 1, 1.0)
    first = policy.due - 1.0
    policy.clear()
    for number in range(300):
        policy.lost(number, 1, 10.0 + number)
        drain(policy, 10.5 + number, 10.0 + number)
    policy.clear()
    policy.lost(3, 1, 1000.0)
    assert policy.due - 1000.0 <= first + 1e-6
    policy.clear()
    policy.lost(4, 1, 2000.0)
    policy.arrived(4, 2000.0 + 5.0)
    policy.lost(5, 1, 3000.0)
    assert policy.due - 3000.0 <= limits.NACK_REORDER_MAX_SECONDS + 1e-6


def test_what_comes_before_an_answer_could_teaches_patience_too() -> None:
    policy = NackPolicy()
    policy.lost(1, 1, 0.0)
    ((asked, _),) = drain(policy, 0.02)
    assert not policy.arrived(1, asked + 0.01)
    policy.lost(2, 1, 1.0)
    assert policy.due - 1.0 > asked + 0.01
    assert policy.recovered == 0


def test_requests_of_receivers_are_gathered() -> None:
    policy = NackPolicy()
    policy.wanted(7, 1.0)
    policy.wanted(8, 1.03)
    policy.wanted(7, 1.04)
    assert policy.take(1.049) == []
    assert policy.take(1.05) == [7]
    assert policy.take(1.08) == [8]
    for number in range(10_000):
        policy.wanted(number, 2.0)
    assert len(policy) <= limits.NACK_OUTSTANDING


@given(
    st.lists(
        st.one_of(
            st.tuples(st.just("lost"), st.integers(0, 65535), st.integers(1, 300)),
            st.tuples(st.just("came"), st.integers(0, 65535), st.just(0)),
            st.tuples(st.just("want"), st.integers(0, 65535), st.just(0)),
            st.tuples(st.just("take"), st.just(0), st.integers(0, 200)),
        ),
        max_size=60,
    )
)
def test_no_storm_whatever_happens(steps: list[tuple[str, int, int]]) -> None:
    policy = NackPolicy()
    now, noticed = 0.0, 0
    for kind, number, amount in steps:
        if kind == "lost":
            policy.lost(number, amount, now)
            noticed += amount
        elif kind == "came":
            policy.arrived(number, now)
        elif kind == "want":
            policy.wanted(number, now)
            noticed += 1
        else:
            now += amount / 1000
            policy.take(now)
        assert len(policy) <= limits.NACK_OUTSTANDING
    drain(policy, now + 60, now)
    assert policy.requested <= noticed * limits.NACK_TRIES
    assert len(policy) == 0
