"""Which part of the frame the network looks at: a steady rectangle around everybody, so that somebody small
gets the network's whole resolution. Pure; rectangles are fractions of the frame, times are seconds.

The rectangle moves rarely, in one step, because each move changes what the network sees. It grows at once
when somebody leaves it and shrinks only after a while; looks at the whole frame find who comes in. The same
idea as the browser's `crop.js`, with the same figures where both have them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from galene_py.camera.settings import Rect

MARGIN = 0.1
"""Room left around people, in fractions of their box."""
SLACK = 0.02
"""People closer than this to the rectangle's edge (fraction of the rectangle) make it move."""
SHRINK = 0.8
"""The rectangle shrinks when the wanted one is smaller than this fraction of its area, for SHRINK_SECONDS."""
SHRINK_SECONDS = 1.0
WHOLE_ABOVE = 0.92
"""A rectangle of more than this fraction of the region is the region."""
LOOK_SECONDS = 0.7
"""Seconds between two looks at the whole region."""
LOST = 0.5
"""Who loses more than this fraction of their area by coming closer was not seen better but worse."""
SETTLE_SECONDS = 0.25
BACK_OFF_SECONDS = (2.0, 30.0)
"""Seconds at the whole region after such a failure; doubles each time, up to the second figure."""
SMALLEST = 0.12
"""Side of the smallest rectangle."""
SURE = 0.9
TRIM = 0.02
"""Share of the person on each side that the box leaves out: the outermost bits often are something else."""


@dataclass(frozen=True, slots=True)
class Found:
    """Where a mask sees people: their box, and how much of the frame they are."""

    box: Rect
    area: float

    @staticmethod
    def of(mask: npt.NDArray[np.float32], rect: Rect) -> Found | None:
        """None when there is nobody. Only what is surely a person tells where people are."""
        sure = mask > SURE
        count = int(sure.sum())
        height, width = mask.shape
        if count < 0.002 * width * height:
            return None
        left, right = _extent(sure.sum(axis=0))
        top, bottom = _extent(sure.sum(axis=1))
        x, y, w, h = rect
        box = (
            x + w * left / width,
            y + h * top / height,
            w * (right - left) / width,
            h * (bottom - top) / height,
        )
        return Found(box, count / (width * height) * w * h)


def _extent(counts: npt.NDArray[np.int_]) -> tuple[int, int]:
    """First and last place, without the outermost share of what is there."""
    sums = np.cumsum(counts)
    trim = TRIM * sums[-1] / 2
    return int(np.searchsorted(sums, trim, "right")), int(np.searchsorted(sums, sums[-1] - trim)) + 1


class Follower:
    """Call `seen` with every outline; `rect` is what to look at next. `due` and `looked`: whole looks."""

    def __init__(self, region: Rect) -> None:
        self.rect = region
        self._region = region
        self._looked_at = -np.inf
        self._small_since: float | None = None
        self._close_since = -np.inf
        self._expected = 0.0
        self._whole_until = -np.inf
        self._back_off = BACK_OFF_SECONDS[0]

    @property
    def whole(self) -> bool:
        """Whether the rectangle is the whole region."""
        return self.rect == self._region

    def due(self, now: float) -> bool:
        """Whether the whole region has to be looked at as well; asking counts as looking."""
        if self.whole or now - self._looked_at < LOOK_SECONDS:
            return False
        self._looked_at = now
        return True

    def seen(self, found: Found | None, now: float) -> None:
        """What the outline of the current rectangle shows."""
        if found is None:
            if self._expected > 0:
                self._failed(now)
            self._reset()
        elif self.whole:
            self._closer(found, now)
        elif now - self._close_since >= SETTLE_SECONDS and found.area < LOST * self._expected:
            self._failed(now)
        else:
            # A slow change is a person who moves; only a sudden one is a failure.
            self._expected += 0.1 * (found.area - self._expected)
            self._follow(found.box, now)

    def looked(self, found: Found | None, now: float) -> None:
        """What the whole region shows."""
        if found is None or self.whole:
            return
        if not contains(self._grown(self.rect, SLACK), found.box):
            self._move(self._grown(union(found.box, self._grown(self.rect, -MARGIN)), MARGIN))

    def _follow(self, box: Rect, now: float) -> None:
        wanted = self._grown(box, MARGIN)
        if not contains(self._grown(self.rect, -SLACK), box):
            self._move(self._grown(union(box, self.rect), MARGIN))
        elif area(wanted) >= SHRINK * area(self.rect):
            self._small_since = None
        elif self._small_since is None:
            self._small_since = now
        elif now - self._small_since >= SHRINK_SECONDS:
            self._move(wanted)

    def _closer(self, found: Found, now: float) -> None:
        wanted = self._grown(found.box, MARGIN)
        if now < self._whole_until or area(wanted) > SHRINK * area(self._region):
            return
        self._expected, self._close_since, self._looked_at = found.area, now, now
        self._move(wanted)

    def _failed(self, now: float) -> None:
        self._reset()
        self._whole_until = now + self._back_off
        self._back_off = min(2 * self._back_off, BACK_OFF_SECONDS[1])

    def _reset(self) -> None:
        self.rect, self._expected, self._small_since = self._region, 0.0, None

    def _move(self, wanted: Rect) -> None:
        self._small_since = None
        if area(wanted) > WHOLE_ABOVE * area(self._region):
            self._reset()
        else:
            self.rect = wanted

    def _grown(self, rect: Rect, by: float) -> Rect:
        """Larger (or smaller) on each side by a fraction of its size, inside the region, not too small."""
        x, y, w, h = rect
        left, top, right, bottom = (self._region[0], self._region[1], *_corner(self._region))
        half_w, half_h = max(w * (0.5 + by), SMALLEST / 2), max(h * (0.5 + by), SMALLEST / 2)
        x0, x1 = max(left, x + w / 2 - half_w), min(right, x + w / 2 + half_w)
        y0, y1 = max(top, y + h / 2 - half_h), min(bottom, y + h / 2 + half_h)
        # Sides that lie on the region's edge stay there.
        x0, y0 = (left if x <= left + 0.002 else x0), (top if y <= top + 0.002 else y0)
        x1, y1 = (right if x + w >= right - 0.002 else x1), (bottom if y + h >= bottom - 0.002 else y1)
        return (x0, y0, x1 - x0, y1 - y0)


def _corner(rect: Rect) -> tuple[float, float]:
    return rect[0] + rect[2], rect[1] + rect[3]


def area(rect: Rect) -> float:
    """In fractions of the frame."""
    return rect[2] * rect[3]


def contains(outer: Rect, inner: Rect) -> bool:
    """Whether `inner` lies in `outer`, but for rounding."""
    tiny = 1e-6
    (right, bottom), (inner_right, inner_bottom) = _corner(outer), _corner(inner)
    starts = inner[0] >= outer[0] - tiny and inner[1] >= outer[1] - tiny
    return starts and inner_right <= right + tiny and inner_bottom <= bottom + tiny


def union(one: Rect, other: Rect) -> Rect:
    """The smallest rectangle around both."""
    x, y = min(one[0], other[0]), min(one[1], other[1])
    right, bottom = (max(a, b) for a, b in zip(_corner(one), _corner(other), strict=True))
    return (x, y, right - x, bottom - y)
