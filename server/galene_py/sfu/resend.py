"""Which requests of a receiver for lost packets are served: bounded, and no packet twice within a round trip.

A receiver on a bad path may ask for thousands. What it gets is limited to a share of what it is sent anyway:
on a path that is full, every packet sent again pushes out a new one.
One per down track. Decides by number only; packets are its owner's business.
"""

from __future__ import annotations

from collections.abc import Iterable

from galene_py.sfu import limits


class ResendPolicy:
    """A token bucket and a memory of what was resent just now."""

    def __init__(self) -> None:
        self.refused = 0
        """Requests that were not served: too many, or just served."""
        self._tokens = float(limits.RESEND_BURST)
        self._filled_at = 0.0
        self._recent: dict[int, float] = {}

    def admit(self, wanted: Iterable[int], packet_rate: float, round_trip: float, now: float) -> list[int]:
        """The sequence numbers to serve. `packet_rate`: packets per second that the receiver is sent."""
        refill = max(limits.RESEND_RATE_MIN, limits.RESEND_SHARE * packet_rate)
        most = max(limits.RESEND_BURST_MIN, limits.RESEND_BURST_SECONDS * packet_rate)
        most = min(most, limits.RESEND_BURST)
        self._tokens = min(most, self._tokens + (now - self._filled_at) * refill)
        self._filled_at = now
        again = now - max(limits.RESEND_AGAIN_SECONDS, min(round_trip, 0.5))
        recent = self._recent
        if len(recent) > limits.RESEND_BURST:
            recent = self._recent = {number: at for number, at in recent.items() if at > again}
        admitted = []
        for sequence in wanted:
            if recent.get(sequence, again) > again or self._tokens < 1:
                self.refused += 1
                continue
            self._tokens -= 1
            recent[sequence] = now
            admitted.append(sequence)
        return admitted
