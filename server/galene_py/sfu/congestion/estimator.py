"""One estimate for one receiver: whatever connections it has, they share its line.

The line is overused when any path is. What arrives is the sum over all of them. Reception reports bring the
loss, also of connections without transport-wide feedback. Pure; owned by the receiver's budget.
"""

from __future__ import annotations

from galene_py.rtp.wide import WideFeedback
from galene_py.sfu import limits
from galene_py.sfu.congestion.arriving import Arriving
from galene_py.sfu.congestion.path import Path
from galene_py.sfu.congestion.probe import Prober
from galene_py.sfu.congestion.rate import LossBound, RateControl
from galene_py.sfu.congestion.trend import Usage

_ALL = 0.95
"""Of what is sent, arriving: nothing stays behind."""


class Estimator:
    """Bits per second for one receiver."""

    def __init__(self) -> None:
        self.delay = RateControl(float(limits.RATE_START))
        self.lossy = LossBound()
        self.prober = Prober()
        self.paths: set[Path] = set()
        self.arriving = 0.0
        """Bits per second that the receiver says arrive."""
        self.sending = float("inf")
        """Bits per second that are sent now, as far as its owner knows."""
        self.heard = -1e9
        """When the last feedback came."""
        self._meter = Arriving()
        self._idle = False
        self._said: set[Path] = set()
        """Paths that said something else than that all is normal, of late."""
        self._deaf_until = self._wary_until = -1e9

    @property
    def rate(self) -> float:
        """What may be sent to the receiver, all together."""
        return min(self.delay.rate, self.lossy.rate)

    def feedback(self, path: Path, item: WideFeedback, now: float) -> bool:
        """A message of one of its connections. True: less may be sent than before."""
        self.heard = now
        self._meter.take(path.feedback(item, now), now)
        self.arriving = self.sending if self._idle else self._meter.rate()
        usage = self._usage(path, now)
        if usage is Usage.OVER:
            self.prober.congested(now)
        self._judge(path, now)
        arriving = self.arriving
        if usage is Usage.OVER and now >= self._wary_until:
            arriving = self._meter.lately()
        elif usage is Usage.OVER and arriving > _ALL * self.sending:
            usage = Usage.UNDER  # the queue of before does not grow any more: all that is sent comes
        return self._cut(self.delay.update(usage, arriving, path.round_trip, now), now)

    @property
    def calm(self) -> bool:
        """Whether nothing of late spoke of a queue."""
        return not self._said

    def idle(self, whether: bool, now: float) -> None:
        """From now on only some of the messages are given to us: all that is sent is taken to arrive. Or, no
        more so: what arrives is measured again."""
        if self._idle and not whether:
            self._meter.assume(self.sending, now)
        self._idle = whether and self.sending < float("inf")

    def _usage(self, path: Path, now: float) -> Usage:
        """What all paths say, of which `path` is the last one that spoke."""
        said = self._said
        if path.trend.usage is not Usage.NORMAL:
            said.add(path)
        elif not said:
            return Usage.NORMAL
        usages = {each: each.usage(now) for each in said}
        self._said = {each for each, usage in usages.items() if usage is not Usage.NORMAL}
        if Usage.OVER in usages.values():
            return Usage.OVER
        return Usage.UNDER if self._said else Usage.NORMAL

    def _cut(self, less: bool, now: float) -> bool:
        """What is lost is told late: one overload must not be answered twice."""
        if less:
            self._deaf_until = now + limits.LOSS_AFTER_SECONDS
            self._wary_until = now + limits.QUEUE_AFTER_SECONDS
        return less

    def _judge(self, path: Path, now: float) -> None:
        cluster = path.cluster
        if cluster is None or not cluster.over:
            return
        path.cluster = None
        result = cluster.result()
        if result is not None:
            rate, carried = result
            if not carried:
                self.delay.doubt(max(rate, self.arriving))
            self.delay.believe(rate)
            self.lossy.believe(rate)
            self.prober.judged(carried, now)

    def probe(self, path: Path, need: float, now: float) -> float:
        """Whether to try for more on a connection: bits per second on top of what is sent in any case, for
        `limits.PROBE_SECONDS`; 0: not now. `need`: what could be used. `path.probed` ends it."""
        busy = any(each.usage(now) is Usage.OVER for each in self._said)
        if busy or self.lossy.loss > limits.PROBE_LOSS:
            return 0.0
        rate = self.prober.next(self.rate, need, now)
        if rate is None:
            return 0.0
        path.probe(max(0.0, self.arriving - path.arriving))
        self.patient(limits.PROBE_SECONDS + path.round_trip, now)
        return max(rate - min(self.sending, self.arriving), limits.PROBE_MORE)

    def patient(self, seconds: float, now: float) -> None:
        """A burst of that length begins, by our own doing: the queue that it makes is no sign of anything."""
        self.delay.patient(now + seconds + limits.PROBE_ECHO_SECONDS)

    def report(self, lost: float, expected: float, now: float) -> bool:
        """A reception report about one track: packets. True: less may be sent than before."""
        if now < self._deaf_until:
            return False
        self.lossy.report(lost, expected)
        return self._cut(self.lossy.update(self.rate, self.arriving, now), now)

    def forget(self, path: Path) -> None:
        """The connection is closed."""
        self.paths.discard(path)
        self._said.discard(path)

    def expect(self, rate: float) -> None:
        """So much is to be sent; before the line was full for the first time it is believed to carry it."""
        if not self.delay.full_once:
            self.delay.believe(rate)

    def debug_state(self) -> dict[str, object]:
        """What the statistics page shows."""
        return {
            "estimate": round(self.rate),
            "byDelay": round(self.delay.rate),
            "byLoss": round(self.lossy.rate),
            "arriving": round(self.arriving),
            "loss": self.lossy.loss,
            "usage": sorted({path.trend.usage.value for path in self.paths}),
            "roundTrip": max((path.round_trip for path in self.paths), default=0.0),
        }
