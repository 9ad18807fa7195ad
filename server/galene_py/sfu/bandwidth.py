"""What one receiver can take: from the loss it reports and from its own estimate (REMB).

Loss-based: shrink by half the loss above 10 %, grow 5 % per report below 2 % while most of the estimate is
used, 10 % when it has been calm for some time. A rate that was carried without loss is believed, and heavy
loss says directly what still came through. Owned by a down track; the sender's side is `remb`.
"""

from __future__ import annotations

from galene_py import limits

_LITTLE_LOSS = 5 / 256
_MUCH_LOSS = 25 / 256
_GROWTH = 269 / 256
_CALM_GROWTH = 282 / 256
_CALM_REPORTS = 3


class Bandwidth:
    """An estimate in bits per second, for one receiver of one track."""

    def __init__(self) -> None:
        self.by_loss = float(limits.RATE_START)
        self.loss = 0.0
        """0..1, as of the last report."""
        self.remb = 0
        """The receiver's last word; 0: none."""
        self._remb_at = -limits.REMB_SECONDS
        self._remb_rising = False
        self._calm = 0

    def report(self, loss: float, rate: float) -> None:
        """A receiver report: `loss` 0..1 since the one before, while `rate` bits per second were sent."""
        self.loss = loss
        estimate = self.by_loss
        if loss < _LITTLE_LOSS:
            self._calm += 1
            if rate >= 0.75 * estimate:
                estimate *= _GROWTH if self._calm <= _CALM_REPORTS else _CALM_GROWTH
            estimate = max(estimate, rate)
            self.by_loss = min(estimate, limits.RATE_MAX)
            return
        self._calm = 0
        if loss > _MUCH_LOSS:
            used = min(estimate, rate) if rate > 0 else estimate
            estimate = used * (1 - loss / 2)
            if loss > 0.5:
                estimate = min(estimate, 1.1 * used * (1 - loss))
        self.by_loss = min(max(estimate, limits.RATE_ESTIMATE_MIN), limits.RATE_MAX)

    def take_remb(self, bitrate: int, now: float) -> None:
        """The receiver's own estimate."""
        bitrate = min(max(bitrate, limits.RATE_ESTIMATE_MIN), limits.RATE_MAX)
        self._remb_rising = bitrate > 1.005 * self.remb > 0
        self.remb = bitrate
        self._remb_at = now

    def maximum(self, rate: float, now: float) -> float:
        """Bits per second that may be sent, while `rate` is.

        A receiver's estimate follows what it is sent: after a step up it needs many seconds to catch up. As
        long as it rises and nothing is lost, the path carries `rate`, whatever the number says.
        """
        if now - self._remb_at >= limits.REMB_SECONDS:
            return self.by_loss
        ceiling = float(self.remb)
        if self._remb_rising and self.loss < _LITTLE_LOSS:
            ceiling = max(ceiling, rate)
        return min(self.by_loss, ceiling)
