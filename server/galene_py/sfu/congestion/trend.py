"""Whether a queue grows on a path: the trend of the one-way delay, and when it counts as overuse.

The delay of each group of packets against the one before is summed up and smoothed; a line through the last
of these sums has a slope, and a slope above a threshold for some time means that more is sent than the path
carries. The threshold follows the trend slowly, so that a path which shares its bottleneck with TCP is not
given up (draft-ietf-rmcat-gcc-02 §5.4; the line takes the place of the draft's Kalman filter). Pure.
"""

from __future__ import annotations

from collections import deque
from enum import Enum

_WINDOW = 20
"""Groups that the line goes through."""
_LEAST = 8
"""The same at least."""
_WEIGHT = 0.1
"""Of a new sum, in the smoothed one."""
_USUAL_MS = 33.0
"""Between two groups; where they are further apart, each has more weight: a silent microphone sends twice a
second, and must not speak of a queue that was there long ago."""
_AGE_MS = 2000.0
"""Age beyond which a group is not looked at."""
_GAIN = 4.0
_COUNTED = 60
"""Groups after which a trend has its whole weight."""
_THRESHOLD = 12.5
_THRESHOLD_LEAST = 6.0
_THRESHOLD_MOST = 600.0
_FOLLOW_UP = 0.0087
_FOLLOW_DOWN = 0.039
"""Per millisecond, as the draft's Table 1 relates them: quickly up would be deaf."""
_FAR = 15.0
"""A trend that is so far above the threshold is no reason to move it."""
_OVERUSE_MS = 10.0
_REBASE = 512
"""Groups after which the sums are made anew: numbers that are only added and subtracted drift."""


class Usage(Enum):
    """What the trend says of the path."""

    UNDER = "under"
    NORMAL = "normal"
    OVER = "over"


class Trend:
    """One per path. `group` is called a few hundred times a second at most."""

    __slots__ = (
        "_base",
        "_count",
        "_points",
        "_since",
        "_sum_x",
        "_sum_xx",
        "_sum_xy",
        "_sum_y",
        "_threshold",
        "_total",
        "smoothed",
        "trend",
        "usage",
    )

    def __init__(self) -> None:
        self.usage = Usage.NORMAL
        self.trend = 0.0
        """Scaled slope; compare with the threshold."""
        self.smoothed = 0.0
        """Milliseconds of delay more than at the beginning."""
        self._total = 0.0
        self._count = 0
        self._points: deque[tuple[float, float]] = deque()
        self._base = 0.0
        self._sum_x = self._sum_y = self._sum_xx = self._sum_xy = 0.0
        self._threshold = _THRESHOLD
        self._since = -1.0
        """How long the trend has been above the threshold, in milliseconds; negative: it is not."""

    def forget(self) -> None:
        """The path has been idle, or calm, for some time: what comes now is compared with nothing before."""
        self.usage = Usage.NORMAL
        self.trend = self.smoothed = self._total = 0.0
        self._since = -1.0
        self._points.clear()

    def group(self, sent: float, arrived: float, at: float) -> Usage:
        """A group of packets was sent `sent` ms and arrived `arrived` ms after the one before, at `at` (ms of
        the receiver's clock)."""
        before = self.trend
        self._count += 1
        self._total += arrived - sent
        weight = min(1.0, _WEIGHT * max(1.0, sent / _USUAL_MS))
        self.smoothed += weight * (self._total - self.smoothed)
        self._add(at, self.smoothed)
        self.trend = min(self._count, _COUNTED) * _GAIN * self._slope()
        self.usage = self._judge(before, sent)
        self._follow(min(arrived, 100.0))
        return self.usage

    def _add(self, at: float, delay: float) -> None:
        if not self._points or self._count % _REBASE == 0:
            self._rebase(at)
        points = self._points
        x = at - self._base
        points.append((x, delay))
        self._sum_x += x
        self._sum_y += delay
        self._sum_xx += x * x
        self._sum_xy += x * delay
        while len(points) > _WINDOW or points[0][0] < x - _AGE_MS:
            gone, delay = points.popleft()
            self._sum_x -= gone
            self._sum_y -= delay
            self._sum_xx -= gone * gone
            self._sum_xy -= gone * delay

    def _rebase(self, at: float) -> None:
        points = [(x + self._base - at, delay) for x, delay in self._points]
        self._base = at
        self._points = deque(points)
        self._sum_x = sum(x for x, _ in points)
        self._sum_y = sum(delay for _, delay in points)
        self._sum_xx = sum(x * x for x, _ in points)
        self._sum_xy = sum(x * delay for x, delay in points)

    def _slope(self) -> float:
        """Milliseconds per millisecond."""
        count = len(self._points)
        spread = count * self._sum_xx - self._sum_x * self._sum_x
        if count < _LEAST or spread <= 0:
            return 0.0
        return (count * self._sum_xy - self._sum_x * self._sum_y) / spread

    def _judge(self, before: float, elapsed: float) -> Usage:
        trend = self.trend
        if trend > self._threshold and self._total < self.smoothed:
            self._since = -1.0
            return Usage.UNDER  # what is smoothed comes late: the queue is being emptied
        if trend > self._threshold:
            first = self._since < 0
            self._since = elapsed / 2 if first else self._since + elapsed
            if not first and self._since > _OVERUSE_MS and trend >= before:
                return Usage.OVER
            return self.usage
        self._since = -1.0
        return Usage.UNDER if trend < -self._threshold else Usage.NORMAL

    def _follow(self, elapsed: float) -> None:
        size = abs(self.trend)
        if size > self._threshold + _FAR:
            return
        pace = _FOLLOW_DOWN if size < self._threshold else _FOLLOW_UP
        moved = self._threshold + pace * (size - self._threshold) * max(0.0, elapsed)
        self._threshold = min(max(moved, _THRESHOLD_LEAST), _THRESHOLD_MOST)
