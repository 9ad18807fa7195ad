"""Names in pictures: legible, within their place, whatever they are, and whatever fonts there are."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from galene_py.compose import letters
from galene_py.compose.letters import caption, name_tile
from galene_py.compose.names import readable

NAMES = ["Ada", "Łukasz Ñandú", "Ève", "张伟", "مريم", "דוד", "👩‍🚀", "i" * 80, "W" * 80, "(no name)"]


@pytest.mark.parametrize("name", NAMES)
def test_a_caption_is_white_on_dark_and_no_wider_than_its_tile(name: str) -> None:
    for width in (60, 220, 1000):
        label = caption(name, width, 14)
        height, wide, _ = label.shape
        assert not height % 2
        assert not wide % 2
        assert wide <= width
        assert label[height // 2, 1, :3].max() < 60
        assert (label[..., 0] > 120).sum() > 8


def test_a_long_name_is_cut_and_a_short_one_is_not() -> None:
    assert caption("Ada", 600, 14).shape[1] < 60
    assert caption("W" * 80, 200, 14).shape[1] > 150


@pytest.mark.parametrize("name", NAMES)
def test_a_name_is_in_the_middle_of_its_tile(name: str) -> None:
    tile = name_tile(name, 320, 180, (60, 70, 80))
    rows, columns = np.nonzero(tile.min(axis=2) > 150)
    assert len(rows) > 20
    assert abs((rows.min() + rows.max()) / 2 - 90) < 12
    assert abs((columns.min() + columns.max()) / 2 - 160) < 12
    assert columns.max() - columns.min() < 300


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=120), st.integers(8, 300).map(lambda half: 2 * half), st.integers(8, 40))
def test_no_name_ever_fails(text: str, width: int, size: int) -> None:
    assert caption(readable(text), width, size).shape[1] <= width
    assert name_tile(readable(text), width, 60, (0, 0, 0)).shape == (60, width, 3)


def test_without_any_font_there_are_names(monkeypatch: pytest.MonkeyPatch) -> None:
    letters._files.cache_clear()
    letters._font.cache_clear()
    monkeypatch.setattr(letters, "_PLACES", ())
    try:
        label = caption("Ben Nofont", 301, 15)
        assert (label[..., 0] > 200).sum() > 30
    finally:
        letters._files.cache_clear()
        letters._font.cache_clear()
