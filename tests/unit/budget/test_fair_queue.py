"""A fair line: nobody stands behind somebody who had more, and a flood crowds out only itself."""

import contextlib
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from galene_py.budget import limits
from galene_py.budget.fair_queue import FairQueue, Full, Ticket

KEYS = st.tuples(st.sampled_from("abcd"), st.sampled_from("xyz"), st.sampled_from("123"))
COSTS = st.sampled_from([0.5, 1.0, 4.0])


def line(places: int = 100) -> FairQueue[str]:
    return FairQueue(places, half_life=10.0)


def drain(queue: FairQueue[str], now: float = 0.0) -> list[str]:
    taken = []
    while (ticket := queue.take(now)) is not None:
        taken.append(ticket.item)
    return taken


def test_a_stranger_to_the_flood_is_next() -> None:
    queue = line()
    for number in range(50):
        queue.put(f"flood{number}", ("attacker", "group", "name"), 1)
    assert queue.take(0.0) is not None
    queue.put("honest", ("elsewhere", "group", "name"), 1)
    following = queue.take(0.0)
    assert following is not None
    assert following.item == "honest"


def test_many_groups_and_names_do_not_make_one_origin_many() -> None:
    queue = line()
    for number in range(20):
        queue.put("flood", ("attacker", f"group{number}", f"name{number}"), 1)
    for number in range(3):
        queue.put("honest", ("elsewhere", "group0", f"name{number}"), 1)
    assert drain(queue)[:6].count("honest") == 3


def test_a_flood_from_everywhere_against_one_group_leaves_the_other_groups_alone() -> None:
    queue = line()
    for number in range(50):
        queue.put("flood", (f"origin{number}", "victim", "name"), 1)
    assert queue.take(0.0) is not None
    queue.put("honest", ("elsewhere", "another", "name"), 1)
    following = queue.take(0.0)
    assert following is not None
    assert following.item == "honest"


def test_within_one_origin_names_take_turns() -> None:
    queue = line()
    for _ in range(9):
        queue.put("guess", ("university", "group", "rector"), 1)
    queue.put("student", ("university", "group", "somebody"), 1)
    assert "student" in drain(queue)[:2]


def test_what_was_had_long_ago_weighs_nothing() -> None:
    queue = line()
    queue.charge(("old", "g", "n"), 5, now=0.0)
    queue.put("old", ("old", "g", "n"), 1)
    queue.put("new", ("new", "h", "m"), 1)
    assert drain(queue, now=1000.0) == ["old", "new"]


def test_who_is_not_ready_is_passed_over_and_not_charged() -> None:
    queue = line()
    queue.put("waits", ("a",), 1)
    queue.put("goes", ("b",), 1)
    ticket = queue.take(0.0, lambda ticket: ticket.item == "goes")
    assert ticket is not None
    assert ticket.item == "goes"
    assert queue.take(0.0, lambda ticket: False) is None
    assert len(queue) == 1


def test_a_full_line_makes_room_for_others_than_those_who_filled_it() -> None:
    queue = line(4)
    tickets = [queue.put(f"flood{number}", ("attacker", "g", "n"), 1)[0] for number in range(4)]
    with pytest.raises(Full):
        queue.put("flood4", ("attacker", "g", "n"), 1)
    _, displaced = queue.put("honest", ("elsewhere", "g", "n"), 1)
    assert displaced is tickets[-1]
    assert len(queue) == 4


def test_a_full_line_of_many_origins_makes_room_for_another_group() -> None:
    queue = line(4)
    for number in range(4):
        queue.put("flood", (f"origin{number}", "victim", "n"), 1)
    _, displaced = queue.put("honest", ("elsewhere", "another", "m"), 1)
    assert displaced is not None
    assert displaced.item == "flood"


def test_who_leaves_is_gone() -> None:
    queue = line()
    ticket, _ = queue.put("x", ("a",), 1)
    assert queue.waits("a")
    assert queue.remove(ticket)
    assert not queue.remove(ticket)
    assert not queue.waits("a")
    assert queue.take(0.0) is None


@given(st.lists(st.tuples(KEYS, COSTS), max_size=40), st.integers(1, 10))
def test_it_never_holds_more_than_its_places_and_loses_nobody_unsaid(
    arrivals: list[tuple[tuple[str, str, str], float]], places: int
) -> None:
    queue: FairQueue[int] = FairQueue(places, 10.0)
    inside: set[Ticket[int]] = set()
    for number, (keys, cost) in enumerate(arrivals):
        with contextlib.suppress(Full):
            ticket, displaced = queue.put(number, keys, cost)
            inside.add(ticket)
            inside.discard(displaced)  # type: ignore[arg-type]
        assert len(queue) == len(inside) <= places
        assert set(queue.tickets()) == inside
    while (ticket := queue.take(0.0)) is not None:  # type: ignore[assignment]
        inside.remove(ticket)
    assert not inside


@given(st.lists(st.sampled_from("aaaaaaab"), min_size=1, max_size=60))
def test_origins_that_wait_get_shares_that_differ_by_one_job(arrivals: list[str]) -> None:
    queue = line()
    for number, origin in enumerate(arrivals):
        queue.put(origin, (origin, f"group{number}"), 1)
    had: Counter[str] = Counter()
    while (ticket := queue.take(0.0)) is not None:
        had[ticket.item] += 1
        for other in {one.item for one in queue.tickets()} - {ticket.item}:
            assert had[ticket.item] <= had[other] + 1


def test_memory_of_keys_is_bounded() -> None:
    queue = line()
    for number in range(limits.FAIR_KEYS_REMEMBERED + 10):
        queue.charge((number,), 1, 0.0)
    assert len(queue._had) == limits.FAIR_KEYS_REMEMBERED
