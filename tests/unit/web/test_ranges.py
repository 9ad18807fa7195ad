"""Which bytes a request wants, by RFC 9110."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from galene_py.web import limits, ranges
from galene_py.web.ranges import UnsatisfiableError, Version

SIZE = 1000
THERE = Version("abc-1", 1_700_000_000)
DATE = "Tue, 14 Nov 2023 22:13:20 GMT"
BEFORE = "Tue, 14 Nov 2023 22:13:19 GMT"


@pytest.mark.parametrize(
    ("header", "wanted"),
    [
        ("bytes=0-", [(0, 999)]),
        ("bytes=0-0", [(0, 0)]),
        ("BYTES = 10-19", [(10, 19)]),
        ("bytes=990-5000", [(990, 999)]),
        ("bytes=-10", [(990, 999)]),
        ("bytes=-5000", [(0, 999)]),
        ("bytes=0-1, 5-6 ,-2", [(0, 1), (5, 6), (998, 999)]),
        ("bytes=5-6,0-1", [(5, 6), (0, 1)]),
        ("bytes=0-1,,2000-", [(0, 1)]),
    ],
)
def test_ranges_are_read(header: str, wanted: list[tuple[int, int]]) -> None:
    found = ranges.parse(header, SIZE)
    assert found is not None
    assert [(each.first, each.last) for each in found] == wanted


@pytest.mark.parametrize(
    "header",
    [
        *(
            "",
            "bytes",
            "bytes=",
            "bytes=-",
            "bytes=a-b",
            "bytes=5",
            "bytes=9-3",
            "bytes=0-1;2-3",
            "bytes=--1",
        ),
        *("seconds=0-1", "bytes=0-1,x", "bytes=1-5,3-9", "bytes=0-" + "9" * 30, "bytes=+1-2"),
        "bytes=" + ",".join(f"{2 * n}-{2 * n}" for n in range(limits.RANGES + 1)),
    ],
)
def test_what_is_malformed_or_too_much_is_ignored(header: str) -> None:
    assert ranges.parse(header, SIZE) is None


@pytest.mark.parametrize("header", ["bytes=1000-", "bytes=1000-2000,5000-", "bytes=-0"])
def test_what_is_not_there_cannot_be_sent(header: str) -> None:
    with pytest.raises(UnsatisfiableError):
        ranges.parse(header, SIZE)


@given(
    st.text(alphabet="0123456789-,= bytes", max_size=40).map(lambda text: f"bytes={text}"),
    st.integers(0, 100),
)
def test_whatever_is_asked_for_lies_within(header: str, size: int) -> None:
    try:
        found = ranges.parse(header, size)
    except UnsatisfiableError:
        return
    for each in found or []:
        assert 0 <= each.first <= each.last < size


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 0),
        ({"If-None-Match": '"abc-1"'}, 304),
        ({"If-None-Match": 'W/"abc-1", "x"'}, 304),
        ({"If-None-Match": "*"}, 304),
        ({"If-None-Match": '"abc-2"', "If-Modified-Since": DATE}, 0),
        ({"If-Modified-Since": DATE}, 304),
        ({"If-Modified-Since": BEFORE}, 0),
        ({"If-Modified-Since": "yesterday"}, 0),
        ({"If-Match": '"abc-1"'}, 0),
        ({"If-Match": "*"}, 0),
        ({"If-Match": 'W/"abc-1"'}, 412),
        ({"If-Match": '"x"', "If-None-Match": '"abc-1"'}, 412),
        ({"If-Unmodified-Since": BEFORE}, 412),
        ({"If-Unmodified-Since": DATE}, 0),
        ({"If-Match": '"abc-1"', "If-Unmodified-Since": BEFORE}, 0),
    ],
)
def test_conditions(headers: dict[str, str], status: int) -> None:
    assert ranges.precondition(headers, THERE) == status


@pytest.mark.parametrize(
    ("condition", "counts"),
    [
        ('"abc-1"', True),
        ('W/"abc-1"', False),
        ('"abc-2"', False),
        (DATE, True),
        (BEFORE, False),
        ("nonsense", False),
    ],
)
def test_a_range_of_another_version_is_the_whole(condition: str, counts: bool) -> None:
    assert ranges.in_range({"If-Range": condition}, THERE) is counts
    assert ranges.in_range({}, THERE)
    told = {name.lower(): text for name, text in THERE.headers().items()}
    assert told == {"etag": '"abc-1"', "last-modified": DATE}
