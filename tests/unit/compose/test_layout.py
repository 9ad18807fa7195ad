"""Where tiles are, for scenes of any size on canvases of any size."""

from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from galene_py.compose import limits
from galene_py.compose.layout import Rectangle, fit, layout
from galene_py.compose.plan import Kind, Scene, Tile

SIDES = st.integers(80, 1100).map(lambda half: 2 * half)


def scene(large: int, small: int, kind: Kind) -> Scene:
    tiles = [Tile(f"client {n}") for n in range(large + small)]
    return Scene(0, 1, kind, tuple(tiles[:large]), tuple(tiles[large:]))


@st.composite
def scenes(draw: st.DrawFn) -> Scene:
    kind = draw(st.sampled_from(Kind))
    match kind:
        case Kind.NOBODY:
            return scene(0, 0, kind)
        case Kind.GRID:
            return scene(draw(st.integers(1, limits.GRID_TILES)), 0, kind)
        case Kind.SPEAKER:
            return scene(1, draw(st.integers(0, limits.SMALL_TILES)), kind)
        case Kind.SCREENS:
            return scene(draw(st.integers(1, limits.SCREENS)), draw(st.integers(0, 1)), kind)


def within(inner: Rectangle, outer: Rectangle) -> bool:
    return (
        outer.x <= inner.x
        and outer.y <= inner.y
        and inner.x + inner.width <= outer.x + outer.width
        and inner.y + inner.height <= outer.y + outer.height
    )


def even(rectangle: Rectangle) -> bool:
    return not (rectangle.x | rectangle.y | rectangle.width | rectangle.height) & 1


@given(scenes(), SIDES, SIDES)
def test_tiles_are_inside_even_and_disjoint(given: Scene, width: int, height: int) -> None:
    placed = layout(given, width, height)
    assert [tile for tile, _ in placed] == [*given.large, *given.small]
    for _, place in placed:
        assert within(place, Rectangle(0, 0, width, height))
        assert even(place)
        assert min(place.width, place.height) >= 2
    for (_, one), (_, two) in combinations(placed, 2):
        assert (
            one.x + one.width <= two.x
            or two.x + two.width <= one.x
            or one.y + one.height <= two.y
            or two.y + two.height <= one.y
        )


@given(st.integers(1, 5000), st.integers(1, 5000), SIDES, SIDES, st.booleans())
def test_a_picture_stays_in_its_tile_and_keeps_its_shape(
    width: int, height: int, tile_width: int, tile_height: int, whole: bool
) -> None:
    tile = Rectangle(4, 6, tile_width, tile_height)
    found = fit(width, height, tile, whole=whole)
    assert within(found.at, tile)
    assert even(found.at)
    assert within(found.cut, Rectangle(0, 0, found.width, found.height))
    assert even(found.cut)
    assert (found.cut.width, found.cut.height) == (found.at.width, found.at.height)
    if whole or height > width:
        assert (found.cut.width, found.cut.height) == (found.width, found.height)
    if min(found.width, found.height) > 20:
        assert found.width / found.height == pytest.approx(width / height, rel=0.1)


def test_a_camera_fills_its_tile() -> None:
    for _, place in layout(scene(1, 3, Kind.SPEAKER), 1280, 720):
        for width, height in ((640, 480), (1280, 720)):
            assert fit(width, height, place, whole=False).at == place


def test_a_screen_and_a_portrait_are_whole() -> None:
    tile = Rectangle(0, 0, 400, 300)
    assert fit(1600, 900, tile, whole=True).at == Rectangle(0, 38, 400, 224)
    assert fit(720, 1280, tile, whole=False).at == Rectangle(116, 0, 168, 300)


@pytest.mark.parametrize(("people", "least"), [(1, 0.9), (2, 0.6), (4, 0.85), (9, 0.85), (16, 0.8)])
def test_a_grid_uses_the_canvas(people: int, least: float) -> None:
    placed = layout(scene(people, 0, Kind.GRID), 1280, 720)
    assert sum(place.width * place.height for _, place in placed) >= least * 1280 * 720


def test_the_speaker_takes_most_of_the_canvas() -> None:
    (_, large), *_ = layout(scene(1, 5, Kind.SPEAKER), 1280, 720)
    assert large.width * large.height > 0.75 * 1280 * 720
