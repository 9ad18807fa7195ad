"""Memory is shared: whoever holds most gives first."""

from __future__ import annotations

from collections import deque

from hypothesis import given
from hypothesis import strategies as st

from galene_py.budget.shares import Shares


class Words:
    """What one group remembers, oldest first."""

    def __init__(self, shares: Shares, family: str) -> None:
        self.kept: deque[int] = deque()
        self.holder = shares.holder(family, self.give)

    def add(self, size: int) -> None:
        self.kept.append(size)
        self.holder.change(size)

    def give(self) -> None:
        self.holder.change(-self.kept.popleft())


def test_nobody_gives_while_there_is_room() -> None:
    shares = Shares(100)
    words = Words(shares, "a")
    for _ in range(10):
        words.add(10)
    assert len(words.kept) == 10


def test_the_largest_gives_for_the_smallest() -> None:
    shares = Shares(1000)
    large, small = Words(shares, "large"), Words(shares, "small")
    for _ in range(9):
        large.add(100)
    for _ in range(20):
        small.add(10)
    assert sum(small.kept) == 200
    assert sum(large.kept) == 800


def test_a_family_of_many_small_ones_gives_for_a_single_larger_one() -> None:
    shares = Shares(1000)
    honest = Words(shares, "honest")
    for _ in range(10):
        honest.add(10)
    crowd = [Words(shares, "crowd") for _ in range(500)]
    for one in crowd:
        one.add(10)
    assert sum(honest.kept) == 100
    assert sum(sum(one.kept) for one in crowd) == 900


def test_no_family_has_more_than_one_may_though_there_is_room() -> None:
    shares = Shares(1000, each=100)
    other = Words(shares, "other")
    other.add(90)
    crowd = [Words(shares, "crowd") for _ in range(50)]
    for one in crowd:
        one.add(10)
    assert sum(sum(one.kept) for one in crowd) == 100
    assert sum(other.kept) == 90


def test_one_that_holds_more_than_all_may_gives_itself() -> None:
    words = Words(Shares(10), "a")
    words.add(50)
    assert not words.kept
    assert words.holder.bytes == 0


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(1, 400)), max_size=200))
def test_the_total_is_never_exceeded_and_always_right(steps: list[tuple[int, int]]) -> None:
    shares = Shares(1000)
    all_words = [Words(shares, "ab"[number % 2]) for number in range(6)]
    for number, size in steps:
        all_words[number].add(size)
        assert shares.bytes == sum(sum(words.kept) for words in all_words) <= 1000
