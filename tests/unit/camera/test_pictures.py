"""Planes: taking part, fitting, blurring, laying over."""

import av
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from galene_py.camera import pictures
from galene_py.camera.settings import WHOLE, Rect

fraction = st.floats(0, 1)


def plain(luma: int, width: int = 320, height: int = 180) -> av.VideoFrame:
    frame = av.VideoFrame(width, height, "yuv420p")
    for plane, value in zip(pictures.planes(frame), (luma, 128, 128), strict=True):
        plane[:] = value
    return frame


def noise(width: int = 320, height: int = 180) -> av.VideoFrame:
    frame = av.VideoFrame(width, height, "yuv420p")
    dice = np.random.default_rng(5)
    for plane in pictures.planes(frame):
        plane[:] = dice.integers(16, 235, plane.shape)
    return frame


@given(x=fraction, y=fraction, w=fraction, h=fraction)
def test_bounds_are_even_inside_and_never_empty(x: float, y: float, w: float, h: float) -> None:
    left, top, right, bottom = pictures.bounds((x, y, w, h), 640, 360)
    assert 0 <= left < right <= 640
    assert 0 <= top < bottom <= 360
    assert not any(edge % 2 for edge in (left, top, right, bottom))
    assert min(right - left, bottom - top) >= 16


@pytest.mark.parametrize("size", [(320, 180), (180, 320), (640, 480), (64, 64)])
def test_whatever_its_shape_a_picture_fills_the_frame_and_is_not_stretched(size: tuple[int, int]) -> None:
    picture = plain(50, *size)
    middle = pictures.planes(picture)[0]
    side = min(size) // 2
    x, y = (size[0] - side) // 2, (size[1] - side) // 2
    middle[y : y + side, x : x + side] = 200
    fitted = pictures.planes(pictures.fitted(picture, 320, 180))[0] > 125
    rows, columns = fitted.any(axis=1).sum(), fitted.any(axis=0).sum()
    assert fitted.shape == (180, 320)
    assert rows == 180 or abs(int(rows) - int(columns)) <= 4


def test_where_somebody_is_the_picture_is_theirs_and_elsewhere_the_rooms() -> None:
    person, room = plain(200), plain(40)
    rect: Rect = (0.25, 0.0, 0.5, 1.0)
    alpha = np.full((64, 64), 128, np.uint8)
    luma = pictures.planes(pictures.laid_over(person, room, alpha, rect))[0]
    assert (luma[:, 90:230] == 200).all()
    assert (luma[:, :80] == 40).all()
    assert (luma[:, 240:] == 40).all()


def test_opacity_fades_at_sides_inside_the_frame_only() -> None:
    everywhere = np.ones((100, 100), np.float32)
    assert (pictures.opacity(everywhere, WHOLE, 0.5) == 128).all()
    inside = pictures.opacity(everywhere, (0.2, 0.0, 0.8, 0.9), 0.5)
    assert inside[50, 0] < 40
    assert inside[99, 50] < 40
    assert inside[0, 50] == inside[50, 99] == 128


@pytest.mark.parametrize("threshold", [0.2, 0.5, 0.8])
def test_the_threshold_is_where_somebody_is_half_there(threshold: float) -> None:
    mask = np.full((10, 10), threshold, np.float32)
    assert abs(int(pictures.opacity(mask, WHOLE, threshold)[5, 5]) - 64) <= 1


@pytest.mark.parametrize("strength", [0.0, 0.5, 1.0])
def test_what_is_blurred_has_its_brightness_and_no_detail(strength: float) -> None:
    sharp, soft = noise(), pictures.blurred(noise(), strength)
    before, after = (pictures.planes(frame)[0].astype(float) for frame in (sharp, soft))
    assert abs(before.mean() - after.mean()) < 3
    assert after.std() < 0.15 * before.std()


def test_people_do_not_shine_into_the_blurred_room() -> None:
    picture = plain(40)
    pictures.planes(picture)[0][:, 120:200] = 235
    mask = np.zeros((90, 160), np.float32)
    mask[:, 58:102] = 1
    beside = pictures.planes(pictures.blurred(picture, 0.5, mask))[0][:, 100:118]
    glowing = pictures.planes(pictures.blurred(picture, 0.5))[0][:, 100:118]
    assert beside.mean() < 50 < glowing.mean()
