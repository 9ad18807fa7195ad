"""Numbers that wrap."""

from hypothesis import given
from hypothesis import strategies as st

from galene_py.rtp import sequence

numbers = st.integers(0, 0xFFFF)


@given(numbers, st.integers(-0x8000, 0x7FFF))
def test_advance_is_the_signed_distance(start: int, step: int) -> None:
    assert sequence.advance(start, (start + step) & 0xFFFF) == step


@given(numbers, numbers)
def test_one_of_two_is_newer(one: int, other: int) -> None:
    both = sequence.newer(one, other), sequence.newer(other, one)
    if one == other or (one - other) & 0xFFFF == 0x8000:
        assert both == (False, False)
    else:
        assert sorted(both) == [False, True]


@given(st.integers(-(1 << 40), 1 << 40), st.integers(-0x8000, 0x7FFF))
def test_extend_finds_the_nearest(reference: int, step: int) -> None:
    assert sequence.extend(reference, (reference + step) & 0xFFFF) == reference + step


@given(st.integers(0, 0xFFFFFFFF), st.integers(-(1 << 31), (1 << 31) - 1))
def test_timestamps_wrap_too(start: int, step: int) -> None:
    assert sequence.timestamp_advance(start, (start + step) & 0xFFFFFFFF) == step
