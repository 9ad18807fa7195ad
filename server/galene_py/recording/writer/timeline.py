"""Which second of the recording an RTP timestamp means.

The server says about once a second where a track's timestamps stand, from the sender's reports (RFC 3550
§6.4.1), on one clock for all tracks of a stream; that keeps sound and picture together for hours, over losses
and wraps. Small corrections are taken slowly. Pure. Owned by its track.
"""

from __future__ import annotations

from galene_py.recording import limits
from galene_py.rtp.sequence import timestamp_advance


class Timeline:
    """Of one track."""

    def __init__(self, clock_rate: int) -> None:
        """`clock_rate`: Hz of the timestamps."""
        self._rate = clock_rate
        self._timestamp: int | None = None
        self._seconds = 0.0

    @property
    def known(self) -> bool:
        """Whether timestamps mean anything yet."""
        return self._timestamp is not None

    def observe(self, timestamp: int, seconds: float) -> None:
        """Second `seconds` is where the timestamps stand at `timestamp`."""
        if self._timestamp is None:
            self._timestamp, self._seconds = timestamp, seconds
            return
        expected = self.seconds(timestamp)
        error = seconds - expected
        if abs(error) <= limits.CLOCK_STEP_SECONDS:
            seconds = expected + max(-limits.CLOCK_SLEW_SECONDS, min(error / 4, limits.CLOCK_SLEW_SECONDS))
        self._timestamp, self._seconds = timestamp, seconds

    def seconds(self, timestamp: int) -> float:
        """The second of a timestamp within half a turn of the last one observed. Only when `known`."""
        assert self._timestamp is not None
        return self._seconds + timestamp_advance(self._timestamp, timestamp) / self._rate
