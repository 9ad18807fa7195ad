"""One receiver's line, which all its subscriptions share: one estimate, one budget.

Takes the feedback of every connection of a receiver, and divides what the line carries among the videos on
their way to it (`sfu.allocation`). It needs no timer while packets flow: their feedback drives it; only where
everything is paused, it looks again by itself. Subscriptions whose receiver promised no transport-wide
feedback are not part of it; each of their tracks is estimated alone (`sfu.bandwidth`). Whoever subscribes for
a receiver owns it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from galene_py.engine import limits
from galene_py.engine.context import Context
from galene_py.engine.track import Track
from galene_py.rtp.wide import WideFeedback
from galene_py.sfu import DownTrack
from galene_py.sfu import limits as sfu_limits
from galene_py.sfu.allocation import MARGIN, PAUSED, Share, Want, allocate
from galene_py.sfu.bandwidth import Granted
from galene_py.sfu.congestion import Estimator, Path
from galene_py.sfu.layers import Point
from galene_py.transport.interfaces import Leisure

LARGE, SHOWN, REST = range(3)
"""Ranks of videos: what is shown large, or speaks; what else is on the screen; what is not."""


class Line(Protocol):
    """What the budget needs of one section on its way (`section.DownSection`)."""

    track: Track

    @property
    def down(self) -> DownTrack | None:
        """What is sent, while it runs."""

    @property
    def sharp(self) -> bool:
        """Whether fewer pictures are better than smaller ones."""

    @property
    def pixels(self) -> int | None:
        """How large its receiver shows it; None: it does not say."""

    @property
    def speaks(self) -> bool:
        """Whether who sends it speaks now."""

    def shared(self, now: float) -> None:
        """Its share of the line has changed."""

    @property
    def path(self) -> Path | None:
        """What its receiver says of its connection."""

    @property
    def fills(self) -> bool:
        """Whether it can be sent more than there is."""

    def fill(self, size: int, context: Context, now: float) -> None:
        """Send at least so many bytes that its receiver can do without."""


class Burst:
    """One try whether the line carries more: sent in portions, for the ticker."""

    def __init__(self, context: Context, line: Line, rate: float, now: float) -> None:
        """`rate`: bits per second on top of what is sent."""
        self._context = context
        self._line = line
        self._bytes = rate / 8
        self._at = now
        self._end = now + sfu_limits.PROBE_SECONDS

    def poll(self, now: float) -> float | None:
        """The next portion."""
        size = int(self._bytes * (min(now, self._end) - self._at + limits.ENGINE_PORTION_SECONDS / 2))
        self._line.fill(size, self._context, now)
        self._at = now + limits.ENGINE_PORTION_SECONDS / 2
        if now < self._end:
            return now + limits.ENGINE_PORTION_SECONDS
        if self._line.path is not None:
            self._line.path.probed()
        return None


class Downlink:
    """Implements `conference.media.Downlink`."""

    def __init__(self, context: Context) -> None:
        self.estimator = Estimator()
        self.leisure = Leisure()
        self._context = context
        self._lines: dict[Line, None] = {}
        self._due = 0.0
        self._changed_at = float("inf")
        """When last a line began, or was given another step: what is sent has to be measured anew."""
        self._cut_at = -1e9
        """When last it carried less than was sent."""
        self._content = True
        """Whether everybody has the best there is."""

    # --- for subscriptions ---

    def begin(self, line: Line, now: float) -> None:
        """A line runs."""
        self._lines[line] = None
        down = line.down
        if down is not None and isinstance(down.bandwidth, Granted) and self.estimator.delay.full_once:
            down.bandwidth.granted = max(0.0, self.estimator.rate - self.estimator.arriving)
        self._due = self._changed_at = now

    def end(self, line: Line) -> None:
        """It runs no more."""
        self._lines.pop(line, None)
        self._due = 0.0

    def feedback(self, path: Path, item: WideFeedback, now: float) -> None:
        """A message from one of the receiver's connections."""
        less = self.estimator.feedback(path, item, now)
        if less:
            self._cut_at = now
        if less or now >= self._due:
            self.divide(now)
        # Any connection speaks for the whole line: while all is well, one message now and then is enough.
        settled = now - self._changed_at > limits.ENGINE_SETTLING_SECONDS
        idle = settled and self._content and path.calm and self.estimator.calm
        self.estimator.idle(idle, now)
        self.leisure.until = now + self._leisure if idle else 0.0

    @property
    def _leisure(self) -> float:
        quiet = self.estimator.sending < limits.ENGINE_QUIET_RATE
        return limits.ENGINE_QUIET_LEISURE_SECONDS if quiet else limits.ENGINE_LEISURE_SECONDS

    def report(self, lost: float, expected: float, now: float) -> None:
        """A reception report about one line, in packets."""
        if self.estimator.report(lost, expected, now):
            self.divide(now)

    def poll(self, now: float) -> float | None:
        """Somebody is paused, and perhaps nothing flows that could bring feedback."""
        if not any(line.down is not None and line.down.paused for line in self._lines):
            return None
        if now - self.estimator.heard > limits.ENGINE_SILENT_SECONDS:
            self.estimator.delay.believe(limits.ENGINE_SILENT_RATE)
            self.divide(now)
        return now + limits.ENGINE_SILENT_SECONDS

    # --- the budget ---

    def divide(self, now: float) -> None:
        """Give every video its share."""
        sound, videos = 0.0, []
        for line in self._lines:
            if line.track.kind == "audio":
                sound += line.track.up.encodings[0].rate.bits
            elif line.down is not None:
                points = line.track.up.points(line.down, now, sharp=line.sharp)
                if points:
                    videos.append((line, line.down, points))
        self.estimator.expect(sound + sfu_limits.RATE_START * len(videos))
        largest = max((line.pixels or 0 for line, _, _ in videos), default=0)
        wants = [_want(line, down, points, largest, now) for line, down, points in videos]
        shares = allocate(limits.ENGINE_BUDGET_SHARE * self.estimator.rate - sound, wants)
        need = sound + sum(
            points[-1].rate if down.low else line.track.up.ambition(points) for line, down, points in videos
        )
        need /= limits.ENGINE_BUDGET_SHARE
        best = all(share.step + 1 == len(want.rates) for share, want in zip(shares, wants, strict=True))
        self._content = best and need <= self.estimator.rate
        pause = limits.ENGINE_CONTENT_SECONDS if self._content else limits.ENGINE_BUDGET_SECONDS
        self._due = now + pause
        sent = [
            want.rates[share.step] for share, want in zip(shares, wants, strict=True) if share.step != PAUSED
        ]
        self.estimator.sending = sound + sum(sent)
        if any(share.step > want.current for share, want in zip(shares, wants, strict=True)):
            self.estimator.patient(limits.ENGINE_KEYFRAME_SECONDS, now)
        for (line, down, points), share in zip(videos, shares, strict=True):
            if _give(line, down, points, share, now):
                self._changed_at = now
        if not self._content:
            self._try_more(MARGIN * need, now)
        if any(share.step == PAUSED for share in shares):
            self._context.ticker.at(self, now + limits.ENGINE_SILENT_SECONDS)

    def _try_more(self, need: float, now: float) -> None:
        """Send a burst, if it is time for one."""
        line = next((line for line in self._lines if line.fills), None)
        if line is None and now - self._cut_at > limits.ENGINE_TRIAL_SECONDS:
            # The receiver takes no retransmissions: it has to be tried with the picture itself.
            self.estimator.delay.believe(need)
        if line is not None and line.path is not None:
            rate = self.estimator.probe(line.path, need, now)
            if rate:
                self._context.ticker.at(Burst(self._context, line, rate, now), now)

    def close(self) -> None:
        """The receiver is gone."""
        self._context.ticker.forget(self)
        self._lines.clear()

    def debug_state(self) -> dict[str, object]:
        """What the statistics page shows."""
        return {**self.estimator.debug_state(), "lines": len(self._lines), "content": self._content}


def _want(line: Line, down: DownTrack, points: Sequence[Point], largest: int, now: float) -> Want:
    pixels = line.pixels
    rank = LARGE if line.speaks else SHOWN
    if pixels is not None and 2 * pixels >= largest:
        rank = LARGE
    if pixels == 0:
        rank = REST
    target = line.track.up.target(down)
    current = next((step for step, point in enumerate(points) if point.target == target), PAUSED)
    rates = tuple(point.rate for point in points)
    return Want(
        rank,
        pixels or 0,
        rates,
        min(rates[0], sfu_limits.RATE_MIN) if line.track.up.adapts else rates[0],
        PAUSED if down.paused else max(current, 0),
        down.paused and now < down.resumes_at,
    )


def _give(line: Line, down: DownTrack, points: Sequence[Point], share: Share, now: float) -> bool:
    """Let it have its share. True: that is another step than before."""
    bandwidth = down.bandwidth
    if not isinstance(bandwidth, Granted):
        return False
    before, bandwidth.granted = bandwidth.granted, share.rate
    point = None if share.step == PAUSED else points[share.step]
    moved = line.track.up.assign(down, point, now)
    if moved or abs(share.rate - before) > 0.1 * before:
        line.shared(now)
    return moved
