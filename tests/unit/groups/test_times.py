"""Times in files."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from galene_py.groups.times import Timestamp


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("2030-01-02T03:04:05Z", "2030-01-02T03:04:05Z"),
        ("2030-01-02T03:04:05.500+02:00", "2030-01-02T03:04:05.5+02:00"),
        ("2030-01-02T03:04:05.123456789Z", "2030-01-02T03:04:05.123456789Z"),
        ("2030-01-02T03:04:05.000Z", "2030-01-02T03:04:05Z"),
        ("2030-01-02", "2030-01-02T00:00:00Z"),
        ("2030-01-02T03:04:05", "2030-01-02T03:04:05Z"),
        ("20300102T030405+0100", "2030-01-02T02:04:05Z"),
    ],
)
def test_spelling_survives(text: str, kept: str) -> None:
    assert Timestamp.parse(text).text == kept


def test_zones_count() -> None:
    assert Timestamp.parse("2030-01-01T01:00:00+01:00") == Timestamp.parse("2030-01-01T00:00:00Z")


@given(st.floats(min_value=-6e10, max_value=2e11))
def test_what_is_printed_can_be_read(unix: float) -> None:
    printed = Timestamp.at(unix)
    assert Timestamp.parse(printed.text) == printed
    assert abs(printed.unix - unix) < 1e-4


@given(st.text(max_size=60))
def test_any_text_is_a_time_or_a_value_error(text: str) -> None:
    with suppress(ValueError):
        Timestamp.parse(text)


@pytest.mark.parametrize("unix", [float("inf"), float("nan"), 1e18, -1e18])
def test_times_out_of_range_are_refused(unix: float) -> None:
    with pytest.raises(ValueError, match="range"):
        Timestamp.at(unix)
