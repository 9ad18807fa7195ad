"""One clock per stream, so that its sound and its picture stay together at every receiver.

Maps our monotonic time to NTP time, and the sender's NTP time to ours by one offset that all tracks of the
stream share: whatever a report's delay on the network was, it shifts all of them alike. Without the shared
offset, two sender reports with different delays would move lips against voice. Pure: wall time comes in once.
Owned by whoever owns the tracks of a stream; tracks only hold a reference.
"""

from __future__ import annotations

NTP_EPOCH = 2_208_988_800
"""Seconds from 1900 to 1970 (RFC 5905)."""

_STEP_SECONDS = 0.5
"""An offset that is wrong by more means that somebody set the sender's clock."""

_MISFIT_SECONDS = 30.0
"""A mapping that is off by more was made before such a step; it is not used."""


def to_ntp(seconds: float) -> int:
    """64-bit NTP timestamp of `seconds` since 1900."""
    return int(seconds * 4294967296.0) & 0xFFFF_FFFF_FFFF_FFFF


def from_ntp(ntp: int) -> float:
    """Seconds since 1900."""
    return ntp / 4294967296.0


def middle(ntp: int) -> int:
    """The 32 bits in the middle, in units of 1/65536 s: what reports quote (RFC 3550 §4)."""
    return (ntp >> 16) & 0xFFFF_FFFF


class StreamClock:
    """NTP time of one stream. Create one per published stream and give it to all of its tracks."""

    def __init__(self, wall: float = 0.0, now: float = 0.0) -> None:
        """`wall` is Unix time at monotonic `now`. Later steps of the system's clock do not matter."""
        self._base = wall + NTP_EPOCH - now
        self._offset: float | None = None

    def seconds(self, now: float) -> float:
        """Our NTP time at monotonic `now`, in seconds since 1900."""
        return self._base + now

    def ntp(self, now: float) -> int:
        """The same as a 64-bit NTP timestamp."""
        return to_ntp(self._base + now)

    def observe(self, sender_ntp: int, now: float) -> None:
        """A sender report with `sender_ntp` arrived at `now`."""
        offset = self._base + now - from_ntp(sender_ntp)
        if self._offset is None or abs(offset - self._offset) > _STEP_SECONDS:
            self._offset = offset

    def from_sender(self, sender_ntp: int, now: float) -> float | None:
        """Our NTP seconds for the sender's `sender_ntp`; None: unknown, or it was before a step."""
        if self._offset is None:
            return None
        seconds = from_ntp(sender_ntp) + self._offset
        return seconds if abs(seconds - self._base - now) < _MISFIT_SECONDS else None
