"""The rectangle that the network looks at."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from galene_py.camera import follow
from galene_py.camera.follow import Follower, Found
from galene_py.camera.settings import WHOLE, Rect

SMALL: Rect = (0.4, 0.4, 0.2, 0.4)


def found(box: Rect) -> Found:
    return Found(box, 0.6 * box[2] * box[3])


def following(box: Rect = SMALL) -> Follower:
    follower = Follower(WHOLE)
    follower.seen(found(box), 0.0)
    return follower


def test_it_comes_closer_to_somebody_small() -> None:
    follower = following()
    assert follow.contains(follower.rect, SMALL)
    assert follow.area(follower.rect) < 0.2


def test_it_stays_where_it_is_while_they_move_a_little() -> None:
    follower = following()
    before = follower.rect
    for step in range(20):
        x = 0.4 + 0.01 * np.sin(step)
        follower.seen(found((x, 0.4, 0.2, 0.4)), 0.1 * step)
    assert follower.rect == before


def test_it_grows_at_once_when_somebody_leaves_it() -> None:
    follower = following()
    follower.seen(found((0.5, 0.4, 0.3, 0.4)), 0.1)
    assert follow.contains(follower.rect, (0.5, 0.4, 0.3, 0.4))


def test_it_shrinks_only_after_a_while() -> None:
    follower = following((0.2, 0.2, 0.5, 0.6))
    before = follower.rect
    smaller = Found((0.3, 0.3, 0.3, 0.4), 0.18)
    follower.seen(smaller, 0.5)
    follower.seen(smaller, 1.4)
    assert follower.rect == before
    follower.seen(smaller, 1.6)
    assert follow.area(follower.rect) < 0.8 * follow.area(before)


def test_whoever_comes_in_is_found_by_a_look_at_the_whole() -> None:
    follower = following()
    assert not follower.due(0.3)
    assert follower.due(0.8)
    assert not follower.due(0.9)
    follower.looked(found((0.1, 0.3, 0.5, 0.6)), 0.8)
    assert follow.contains(follower.rect, (0.1, 0.3, 0.5, 0.6))


def test_who_is_not_seen_from_closer_is_looked_at_from_afar_for_a_while() -> None:
    follower = following()
    follower.seen(None, 0.1)
    assert follower.whole
    follower.seen(found(SMALL), 1.0)
    assert follower.whole
    follower.seen(found(SMALL), 2.2)
    assert not follower.whole


def test_a_region_is_never_left() -> None:
    region: Rect = (0.5, 0.0, 0.5, 1.0)
    follower = Follower(region)
    follower.seen(found((0.55, 0.3, 0.2, 0.3)), 0.0)
    follower.seen(found((0.5, 0.2, 0.3, 0.5)), 0.1)
    assert follow.contains(region, follower.rect)


@given(
    st.lists(
        st.one_of(
            st.none(),
            st.tuples(st.floats(0, 0.9), st.floats(0, 0.9), st.floats(0.05, 1), st.floats(0.05, 1)),
        ),
        max_size=60,
    )
)
def test_it_is_always_a_part_of_the_frame(boxes: list[Rect | None]) -> None:
    follower = Follower(WHOLE)
    for step, box in enumerate(boxes):
        now = 0.2 * step
        inside = None if box is None else (box[0], box[1], min(box[2], 1 - box[0]), min(box[3], 1 - box[1]))
        follower.seen(None if inside is None else found(inside), now)
        if follower.due(now):
            follower.looked(None if inside is None else found(inside), now)
        x, y, w, h = follower.rect
        assert min(x, y) >= -1e-9
        assert max(x + w, y + h) <= 1 + 1e-9
        assert min(w, h) >= 0.05


def test_only_what_is_sure_tells_where_people_are() -> None:
    mask = np.full((100, 100), 0.5, np.float32)
    assert Found.of(mask, WHOLE) is None
    mask[40:80, 30:50] = 1
    seen = Found.of(mask, (0.5, 0.0, 0.5, 1.0))
    assert seen is not None
    assert np.allclose(seen.box, (0.65, 0.4, 0.1, 0.4), atol=0.011)
    assert abs(seen.area - 0.04) < 1e-6
