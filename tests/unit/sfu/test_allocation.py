"""The division of one line: never more than there is, the important first, and no flutter at a border."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from galene_py.sfu.allocation import MARGIN, PAUSED, Share, Want, allocate

SIMULCAST = (100_000.0, 1_200_000.0)


def steps(shares: list[Share]) -> list[int]:
    return [share.step for share in shares]


@st.composite
def wants(draw: st.DrawFn) -> list[Want]:
    made = []
    for _ in range(draw(st.integers(0, 6))):
        rates = tuple(sorted(draw(st.lists(st.integers(0, 3_000_000), min_size=1, max_size=5))))
        least = draw(st.integers(0, rates[0]))
        current = draw(st.integers(PAUSED, len(rates) - 1))
        held = current == PAUSED and draw(st.booleans())
        size = draw(st.sampled_from((0, 100, 5000)))
        made.append(Want(draw(st.integers(0, 2)), size, rates, least, current, held))
    return made


def settled(found: list[Want], shares: list[Share]) -> list[Want]:
    return [
        Want(want.rank, want.size, want.rates, want.least, share.step)
        for want, share in zip(found, shares, strict=True)
    ]


@given(wants(), st.integers(-1_000_000, 20_000_000))
def test_never_more_than_there_is(found: list[Want], budget: int) -> None:
    shares = allocate(budget, found)
    assert sum(share.rate for share in shares) <= max(0, budget) + 1.0
    for want, share in zip(found, shares, strict=True):
        assert PAUSED <= share.step < len(want.rates)
        if share.step > 0:
            assert share.rate >= want.rates[share.step] - 1.0
        elif share.step == 0:
            assert share.rate >= want.least - 1.0
        else:
            assert share.rate == 0
        assert not (want.held and share.step != PAUSED)


@given(wants(), st.integers(0, 20_000_000), st.integers(0, 5_000_000))
def test_more_shows_more_to_the_important_first(found: list[Want], budget: int, more: int) -> None:
    """Who is seen at all comes before how well; among the same people the first never gets less of more."""
    order = sorted(range(len(found)), key=lambda index: (found[index].rank, -found[index].size, index))
    less, plenty = allocate(budget, found), allocate(budget + more, found)
    seen = [[shares[index].step != PAUSED for index in order] for shares in (less, plenty)]
    assert seen[0] <= seen[1]
    if found and seen[0] == seen[1]:
        assert less[order[0]].step <= plenty[order[0]].step


@given(wants(), st.integers(0, 20_000_000))
def test_whoever_has_a_step_keeps_it_while_nothing_changes(found: list[Want], budget: int) -> None:
    shares = allocate(budget, found)
    again = allocate(budget, settled(found, shares))
    kept = [share.step for share in again]
    assert kept == steps(allocate(budget, settled(found, again))), "it does not go to and fro"


def test_first_a_small_picture_of_each_then_the_large_one_of_the_first() -> None:
    found = [Want(1, 100, SIMULCAST, 1e5), Want(0, 100, SIMULCAST, 1e5), Want(2, 0, SIMULCAST, 1e5)]
    assert steps(allocate(250_000, found)) == [0, 0, PAUSED]
    assert steps(allocate(350_000, found)) == [0, 0, 0]
    assert steps(allocate(1_700_000, found)) == [0, 1, 0]
    assert steps(allocate(100_000, found)) == [PAUSED, PAUSED, PAUSED]
    assert steps(allocate(120_000, found)) == [PAUSED, 0, PAUSED]


def test_within_a_rank_all_climb_by_turns() -> None:
    ladder = (100.0, 200.0, 300.0)
    shares = allocate(450, [Want(0, 1, ladder, 100), Want(0, 1, ladder, 100)])
    assert steps(shares) == [1, 1]


def test_what_adapts_is_brought_down_before_it_is_paused() -> None:
    (share,) = allocate(400_000, [Want(0, 1, (900_000.0,), 200_000, 0)])
    assert (share.step, share.rate) == (0, 400_000)
    (share,) = allocate(150_000, [Want(0, 1, (900_000.0,), 200_000, 0)])
    assert share.step == PAUSED


def test_a_step_up_needs_room_and_staying_does_not() -> None:
    for current, expected in ((0, 0), (1, 1)):
        (share,) = allocate(1_210_000, [Want(0, 1, SIMULCAST, 1e5, current)])
        assert share.step == expected
    (share,) = allocate(MARGIN * 1_200_000, [Want(0, 1, SIMULCAST, 1e5, 0)])
    assert share.step == 1
