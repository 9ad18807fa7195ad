"""Bit and packet rates from counters that only grow. Sampled by timers and reports, never per packet."""

from __future__ import annotations


class RateMeter:
    """The rates of one counter pair, smoothed over about a second."""

    __slots__ = ("_bytes", "_fresh", "_packets", "_time", "bits", "packets")

    def __init__(self, now: float = 0.0, total_bytes: int = 0, total_packets: int = 0) -> None:
        self.bits = 0.0
        """Bits per second."""
        self.packets = 0.0
        """Packets per second."""
        self.restart(now, total_bytes, total_packets)

    def restart(self, now: float, total_bytes: int, total_packets: int) -> None:
        """Forget the past: what is measured has changed."""
        self._time = now
        self._bytes = total_bytes
        self._packets = total_packets
        self._fresh = True

    def update(self, now: float, total_bytes: int, total_packets: int, shortest: float = 0.25) -> None:
        """Take a sample; samples closer than `shortest` seconds are left to the next one."""
        elapsed = now - self._time
        if elapsed < shortest:
            return
        weight = 1.0 if self._fresh else min(1.0, elapsed)
        self.bits += weight * (8 * (total_bytes - self._bytes) / elapsed - self.bits)
        self.packets += weight * ((total_packets - self._packets) / elapsed - self.packets)
        self._time = now
        self._bytes = total_bytes
        self._packets = total_packets
        self._fresh = False
