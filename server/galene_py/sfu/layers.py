"""Which encoding and layers a receiver gets: a ladder of operating points, and one receiver's way on it.

Down at once to what fits; up one step at a time, on trial: a step that brings loss is taken back and tried
again later, each time later. Only active encodings are on the ladder. Decides, and does nothing else:
`routes` carries it out. Pure; one `LayerChoice` per down track.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from galene_py.sfu import limits
from galene_py.sfu.bandwidth import Bandwidth
from galene_py.sfu.encoding import Encoding
from galene_py.sfu.forwarder import ALL_LAYERS

_TEMPORAL_SHARES = {1: (1.0,), 2: (0.6, 1.0), 3: (0.4, 0.6, 1.0)}
"""Of an encoding's rate, up to each temporal layer: what encoders aim for."""

_SPATIAL_SHARES = {1: (1.0,), 2: (0.25, 1.0), 3: (0.08, 0.3, 1.0)}
"""The same for spatial layers: a quarter of the pixels each."""

_TOO_MUCH = 1.1
_ROOM = 7 / 8
_TRIAL_LOSS = 0.1


class Point(NamedTuple):
    """One step of the ladder."""

    encoding: int
    spatial: int
    temporal: int
    """Highest layers; ALL_LAYERS when none is left out."""
    rate: float
    """Bits per second, estimated."""

    @property
    def target(self) -> tuple[int, int, int]:
        """What tells points apart."""
        return self.encoding, self.spatial, self.temporal


def ladder(encodings: Sequence[Encoding], now: float, *, low: bool) -> list[Point]:
    """The points from the poorest to the best; `low`: only those of the poorest encoding. Empty when no
    encoding is active."""
    active = [encoding for encoding in reversed(encodings) if encoding.active(now)]
    return [point for encoding in (active[:1] if low else active) for point in _points(encoding)]


def sharpest(points: Sequence[Point]) -> list[Point]:
    """For a screen, whose text must stay legible: of the points with the most pixels those with fewer
    pictures, too; with fewer pixels only what takes less than all of these."""
    if not points:
        return []
    best = points[-1].encoding, points[-1].spatial
    sharp = [point for point in points if (point.encoding, point.spatial) == best]
    return [point for point in points if point in sharp or point.rate < sharp[0].rate]


def fitting(points: Sequence[Point], maximum: float) -> Point:
    """The best of a ladder that takes no more than `maximum`; the poorest, if none does."""
    return next((point for point in reversed(points) if point.rate <= maximum), points[0])


def _points(encoding: Encoding) -> list[Point]:
    temporal = _TEMPORAL_SHARES.get(encoding.pictures.temporal_layers, (1.0,))
    spatial = _SPATIAL_SHARES.get(encoding.pictures.spatial_layers, (1.0,))
    points = []
    for s, of_spatial in enumerate(spatial):
        for t, of_temporal in enumerate(temporal):
            points.append(
                Point(
                    encoding.index,
                    ALL_LAYERS if s == len(spatial) - 1 else s,
                    ALL_LAYERS if t == len(temporal) - 1 else t,
                    encoding.rate.bits * of_spatial * of_temporal,
                )
            )
    return points


class LayerChoice:
    """One receiver's way up and down the ladder."""

    def __init__(self) -> None:
        self._trial_from: Point | None = None
        self._trial_ends = 0.0
        self._wait = limits.LAYER_BACKOFF_SECONDS
        self._not_before = 0.0

    def first(self, points: Sequence[Point], bandwidth: Bandwidth, now: float) -> Point | None:
        """Where a new receiver starts: the best that fits its estimate."""
        return fitting(points, bandwidth.maximum(now)) if points else None

    def choose(
        self,
        points: Sequence[Point],
        current: tuple[int, int, int],
        bandwidth: Bandwidth,
        rate: float,
        now: float,
    ) -> Point | None:
        """The point to go to; None: stay. Call at each report; `rate` is what the receiver is sent."""
        if not points:
            return None
        index = next((i for i, point in enumerate(points) if point.target == current), -1)
        maximum = bandwidth.maximum(now)
        if index < 0:  # the ladder has changed under us
            self._trial_from = None
            return fitting(points, maximum)
        if self._trial_from is not None and now < self._trial_ends:
            return self._back(points, index, now) if bandwidth.loss > _TRIAL_LOSS else None
        needed = max(rate, points[index].rate) if rate > 0 else points[index].rate
        if needed > _TOO_MUCH * maximum and index > 0:
            if self._trial_from is not None:
                return self._back(points, index, now)
            self._not_before = now + self._wait
            fit = fitting(points[:index], maximum)
            return fit if fit.target != current else None
        if self._trial_from is not None:
            self._trial_from = None
            self._wait = limits.LAYER_BACKOFF_SECONDS
        return self._up(points, index, bandwidth, rate, maximum, now)

    def _up(
        self,
        points: Sequence[Point],
        index: int,
        bandwidth: Bandwidth,
        rate: float,
        maximum: float,
        now: float,
    ) -> Point | None:
        if index + 1 >= len(points) or now < self._not_before or bandwidth.loss > _TRIAL_LOSS / 4:
            return None
        if rate >= _ROOM * maximum and points[index + 1].rate >= _ROOM * maximum:
            return None
        self._trial_from = points[index]
        self._trial_ends = now + limits.LAYER_PROBE_SECONDS
        return points[index + 1]

    def _back(self, points: Sequence[Point], index: int, now: float) -> Point:
        """The trial failed."""
        self._trial_from = None
        self._not_before = now + self._wait
        self._wait = min(2 * self._wait, limits.LAYER_BACKOFF_MAX_SECONDS)
        return points[max(0, index - 1)]
