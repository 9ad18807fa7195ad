"""Numbers that wrap."""

from hypothesis import given
from hypothesis import strategies as st

from galene_py.rtp import sequence

numbers = st.integers(0, 0xFFFF)


@given(numbers, st.integers(-0x8000, 0x7FFF))
def test_advance_is_the_signed_distance(start: int, step: int) -> None:
    assert sequence.advance(start, (start + step) & 0xFFFF) == step


@given(st.integers(-(1 << 40), 1 << 40), st.integers(-0x8000, 0x7FFF))
def test_extend_finds_the_nearest(reference: int, step: int) -> None:
    assert sequence.extend(reference, (reference + step) & 0xFFFF) == reference + step


@given(st.integers(0, 0xFFFFFFFF), st.integers(-(1 << 31), (1 << 31) - 1))
def test_timestamps_wrap_too(start: int, step: int) -> None:
    assert sequence.timestamp_advance(start, (start + step) & 0xFFFFFFFF) == step


@given(st.integers(0, 0xFFFFFFFF), st.floats(-10.0, 1e9), st.sampled_from([8000, 48000, 90000]))
def test_later_is_newer_however_long_it_took(start: int, seconds: float, rate: int) -> None:
    assert sequence.timestamp_advance(start, sequence.later(start, seconds, rate)) > 0


def test_later_is_later_by_the_time() -> None:
    assert sequence.later(0xFFFF_FFFF, 0.5, 90000) == 44_999
