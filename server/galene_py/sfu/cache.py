"""The last packets of one encoding, by sequence number: for retransmission, late joiners, and duplicates.

A ring of references, sized a power of two between `limits.CACHE_PACKETS_MIN` and `..._MAX`. Slots are
addressed by the low bits of the sequence number; a packet is found only if it carries the number asked for.
Owned by its encoding, whose hot loop writes to `ring` itself. Never copies a packet.
"""

from __future__ import annotations

from galene_py import limits as shared
from galene_py.rtp.packet import sequence_number
from galene_py.sfu import limits


class PacketCache:
    """A ring of packets. `ring[sequence & mask]` is the newest packet with these low bits, or None."""

    __slots__ = ("mask", "ring", "size")

    def __init__(self, size: int = limits.CACHE_PACKETS_MIN) -> None:
        """`size`: to begin with, a power of two."""
        self.size = size
        self.mask = self.size - 1
        self.ring: list[bytearray | None] = [None] * self.size

    def get(self, sequence: int) -> bytearray | None:
        """The packet with this 16-bit number, or None."""
        packet = self.ring[sequence & self.mask]
        return packet if packet is not None and sequence_number(packet) == sequence else None

    def put(self, sequence: int, packet: bytearray) -> None:
        """Keep `packet`, which carries `sequence`."""
        self.ring[sequence & self.mask] = packet

    def forget(self, first: int, count: int) -> None:
        """Empty the slots of `count` numbers from `first` on: they were not received."""
        for sequence in range(first, first + min(count, self.size)):
            self.ring[sequence & self.mask] = None

    def clear(self) -> None:
        """Empty all slots."""
        self.ring = [None] * self.size

    def fit(self, packets_per_second: float, round_trip: float) -> None:
        """Choose the size by rate and the slowest receiver's round trip (seconds). Packets are kept. It
        shrinks only when less than a quarter is needed, so that a rate at a border does not churn."""
        needed = packets_per_second * (limits.CACHE_SECONDS + 4 * round_trip)
        size = limits.CACHE_PACKETS_MIN
        while size < needed and size < shared.CACHE_PACKETS_MAX:
            size *= 2
        if size > self.size or size * 4 <= self.size:
            self._resize(size)

    def _resize(self, size: int) -> None:
        kept = [packet for packet in self.ring if packet is not None]
        if size < self.size and kept:
            kept = self._newest(kept, size)
        self.size, self.mask, self.ring = size, size - 1, [None] * size
        for packet in kept:
            self.put(sequence_number(packet), packet)

    def _newest(self, packets: list[bytearray], count: int) -> list[bytearray]:
        """The newest `count` numbers' packets: all are within one ring of each other."""
        reference = sequence_number(packets[0])
        ages = [((sequence_number(packet) - reference + 0x8000) & 0xFFFF, packet) for packet in packets]
        newest = max(age for age, _ in ages)
        return [packet for age, packet in ages if newest - age < count]
