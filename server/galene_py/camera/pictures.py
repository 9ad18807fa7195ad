"""Planes of I420 pictures: taking part of one, scaling, blurring, laying one over another. Pure.

A picture is a PyAV frame of format yuv420p; a mask is a float32 array of 0 (room) to 1 (person). Scaling is
FFmpeg's; everything else is numpy on as few pixels as will do.
"""

from __future__ import annotations

import threading

import av
import numpy as np
import numpy.typing as npt
from av.video.reformatter import ColorRange, Interpolation, VideoReformatter

from galene_py.camera import limits
from galene_py.camera.settings import WHOLE, Rect

Mask = npt.NDArray[np.float32]
Plane = npt.NDArray[np.uint8]

_BLUR_WIDTH = 160
"""Pixels of a row of the picture that is blurred: what is blurred has no detail to lose."""
_RIM = 0.04
"""Share of a rectangle on each side, inside the frame, over which an outline fades out."""


def planes(picture: av.VideoFrame) -> tuple[Plane, Plane, Plane]:
    """Y, U and V as arrays that share the picture's memory, without padding."""
    y, u, v = picture.planes
    half = (picture.width + 1) // 2
    return rows(y, picture.width), rows(u, half), rows(v, half)


def rows(plane: av.video.plane.VideoPlane, width: int) -> Plane:
    """One plane as an array that shares its memory, `width` bytes of each row."""
    everything = np.frombuffer(memoryview(plane), np.uint8)
    return everything.reshape(plane.height, plane.line_size)[:, :width]


def scaled(picture: av.VideoFrame, width: int, height: int, format: str = "yuv420p") -> av.VideoFrame:
    """Another size and format; aspect ratios are the caller's business."""
    smaller = width * height < picture.width * picture.height
    kind = Interpolation.AREA if smaller else Interpolation.BICUBIC
    # Everything has the limited range of video: cameras with JPEG's would differ from rooms without.
    full = format in ("rgb24", "gray")
    return _reformatter(width, height, format).reformat(
        picture,
        width,
        height,
        format,
        interpolation=kind,
        dst_color_range=ColorRange.JPEG if full else ColorRange.MPEG,
        threads=1,
    )


_own = threading.local()


def _reformatter(width: int, height: int, format: str) -> VideoReformatter:
    """This thread's, for that target. A frame's own one would be used by all threads that look at the frame,
    and crash; making one takes longer than using it."""
    known: dict[tuple[int, int, str], VideoReformatter] = _own.__dict__.setdefault("known", {})
    if len(known) > limits.REFORMATTERS:
        known.clear()
    return known.setdefault((width, height, format), VideoReformatter())


def as_i420(picture: av.VideoFrame) -> av.VideoFrame:
    """As yuv420p, of the same size."""
    same = picture.format.name == "yuv420p" and picture.color_range != ColorRange.JPEG
    return picture if same else scaled(picture, picture.width, picture.height)


def fitted(picture: av.VideoFrame, width: int, height: int) -> av.VideoFrame:
    """Filling width × height, with the middle kept and what is too wide or too high cut off."""
    ratio = (width / height) / (picture.width / picture.height)
    w, h = min(ratio, 1.0), min(1 / ratio, 1.0)
    return scaled(cut(picture, ((1 - w) / 2, (1 - h) / 2, w, h)), width, height)


def bounds(rect: Rect, width: int, height: int) -> tuple[int, int, int, int]:
    """left, top, right, bottom of a rectangle in whole, even pixels, at least 16 of them each way."""
    x, y, w, h = rect
    left = min(int(x * width) & ~1, width - 16)
    top = min(int(y * height) & ~1, height - 16)
    right = max(min(width, (int((x + w) * width) + 1) & ~1), left + 16)
    bottom = max(min(height, (int((y + h) * height) + 1) & ~1), top + 16)
    return left, top, right, bottom


def cut(picture: av.VideoFrame, rect: Rect) -> av.VideoFrame:
    """The part of a picture inside a rectangle; the picture itself if that is all of it."""
    if rect == WHOLE:
        return picture
    left, top, right, bottom = bounds(rect, picture.width, picture.height)
    part = av.VideoFrame(right - left, bottom - top, "yuv420p")
    part.color_range = picture.color_range
    for index, (source, target) in enumerate(zip(planes(picture), planes(part), strict=True)):
        half = index > 0
        target[:] = source[top >> half : bottom >> half, left >> half : right >> half]
    return part


def opacity(mask: Mask, rect: Rect, threshold: float) -> Plane:
    """A mask as opacity, 0..128, with a soft edge, fading out at the rectangle's sides inside the frame.

    What the network sees at the rim of a rectangle may go on outside, where nobody knows of it.
    """
    soft = np.clip((mask - (threshold - 0.2)) / 0.4, 0.0, 1.0)
    soft = soft * soft * (3 - 2 * soft)
    height, width = mask.shape
    x, y, w, h = rect
    soft *= _ramp(width, x > 0.001, x + w < 0.999)
    soft *= _ramp(height, y > 0.001, y + h < 0.999)[:, None]
    alpha: Plane = (soft * 128 + 0.5).astype(np.uint8)
    return alpha


def _ramp(length: int, first: bool, last: bool) -> Mask:
    """1, falling to 0 at those ends."""
    ramp = np.ones(length, np.float32)
    rim = max(2, int(length * _RIM))
    slope = (np.arange(rim, dtype=np.float32) + 0.5) / rim
    if first:
        ramp[:rim] = slope
    if last:
        ramp[length - rim :] = slope[::-1]
    return ramp


def laid_over(person: av.VideoFrame, room: av.VideoFrame, alpha: Plane, rect: Rect) -> av.VideoFrame:
    """`person` where `alpha` (0..128, any size, covering `rect`) says so, `room` elsewhere."""
    width, height = person.width, person.height
    left, top, right, bottom = bounds(rect, width, height)
    small = av.VideoFrame.from_ndarray(np.ascontiguousarray(alpha), format="gray")
    wide = rows(scaled(small, right - left, bottom - top, "gray").planes[0], right - left)
    result = av.VideoFrame(width, height, "yuv420p")
    result.color_range = person.color_range
    for index, (near, far, target) in enumerate(
        zip(planes(person), planes(room), planes(result), strict=True)
    ):
        half = index > 0
        target[:] = far
        area = (slice(top >> half, bottom >> half), slice(left >> half, right >> half))
        weight = (wide[::2, ::2] if half else wide).astype(np.int16)
        behind = far[area].astype(np.int16)
        difference = near[area].astype(np.int16)
        difference -= behind
        difference *= weight
        difference += 64
        difference >>= 7
        difference += behind
        target[area] = difference
    return result


def blurred(
    picture: av.VideoFrame, strength: float, mask: Mask | None = None, rect: Rect = WHOLE
) -> av.VideoFrame:
    """Blurred all over; with a mask of people in `rect`, without their colours in what is behind them.

    strength: 0..1. People are left out of the average, otherwise they would glow around their own edges.
    """
    width = _BLUR_WIDTH
    height = max(8, round(width * picture.height / picture.width / 2) * 2)
    small = scaled(picture, width, height, "yuv444p")
    colours = np.stack([rows(plane, width) for plane in small.planes]).astype(np.float32)
    weight = np.ones((1, height, width), np.float32)
    if mask is not None:
        weight[0] -= 0.98 * _spread(mask, rect, width, height)
    radius = max(1, round(width * (0.01 + 0.05 * strength)))
    layers = np.concatenate([colours * weight, weight])
    for _ in range(3):
        layers = _box(_box(layers, radius, 2), radius, 1)
    result = np.clip(layers[:3] / layers[3:] + 0.5, 0, 255).astype(np.uint8)
    for values, plane in zip(result, small.planes, strict=True):
        rows(plane, width)[:] = values
    return scaled(small, picture.width, picture.height)


def _spread(mask: Mask, rect: Rect, width: int, height: int) -> Mask:
    """A mask of a rectangle as one of the whole frame, of another size."""
    x, y, w, h = rect
    columns = np.clip(((np.arange(width) + 0.5) / width - x) / w * mask.shape[1], -1, mask.shape[1]).astype(
        int
    )
    rows = np.clip(((np.arange(height) + 0.5) / height - y) / h * mask.shape[0], -1, mask.shape[0]).astype(
        int
    )
    inside_x = (columns >= 0) & (columns < mask.shape[1])
    inside_y = (rows >= 0) & (rows < mask.shape[0])
    result = np.zeros((height, width), np.float32)
    result[np.ix_(inside_y, inside_x)] = mask[np.ix_(rows[inside_y], columns[inside_x])]
    return result


def _box(layers: npt.NDArray[np.float32], radius: int, axis: int) -> npt.NDArray[np.float32]:
    """The average over 2 × radius + 1 values along an axis; the borders go on as they are."""
    before = [(0, 0)] * 3
    before[axis] = (radius + 1, radius)
    sums = np.cumsum(np.pad(layers, before, mode="edge"), axis=axis, dtype=np.float32)
    length = layers.shape[axis]
    span = 2 * radius + 1
    later = np.take(sums, range(span, span + length), axis=axis)
    earlier = np.take(sums, range(length), axis=axis)
    return (later - earlier) / np.float32(span)
