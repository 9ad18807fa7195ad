"""Transport-wide numbers: written once per packet of a sender, for all of its receivers.

A receiver's connection carries one sender's stream and nothing else, so all its receivers can share one
numbering, and with it one plaintext: numbers that a receiver is not sent (a layer left out, another encoding)
are gaps to it, of which it tells, and which nobody takes for loss. A packet that is resent is the same to the
last bit, as it must be (RFC 7714 §8.1). `Numbers` is one per stream and remembers when each went out and how
long it was; a `Stamp` is one per track and adds the extension, whether the sender knows of it or not.

Identifier and form: draft-holmer-rmcat-transport-wide-cc-extensions-01 §2.
"""

from __future__ import annotations

from struct import Struct

from galene_py.rtp.extensions import added, find
from galene_py.rtp.packet import HEADER_BYTES
from galene_py.sfu import limits

_ELEMENT = Struct("!BHB")
_MASK = limits.WIDE_HISTORY - 1
_PLAIN, _EXTENDED = 0x80, 0x90
"""The first byte of packets without contributors, and with or without a header extension."""


class Numbers:
    """What was sent under the last `limits.WIDE_HISTORY` numbers. `times`, `runs` and `totals` are rings."""

    __slots__ = ("bytes", "next", "runs", "times", "total", "totals")

    def __init__(self) -> None:
        self.next = 0
        """0..65535."""
        self.total = 0
        """Numbers given, ever."""
        self.times = [0.0] * limits.WIDE_HISTORY
        """When a packet left (monotonic seconds)."""
        self.runs = [1] * limits.WIDE_HISTORY
        """How many packets left with it, of those that came in order: itself and what follows."""
        self.totals = [0] * limits.WIDE_HISTORY
        """The bytes of everything up to it, headers included, modulo 2^32."""
        self.bytes = 0

    def known(self, number: int) -> bool:
        """Whether the rings still speak of `number`."""
        return (self.next - 1 - number) & 0xFFFF < min(limits.WIDE_HISTORY - 1, self.total)

    def take(self, size: int, now: float) -> int:
        """A number for one packet of `size` bytes that leaves at `now`."""
        number = self.next
        slot = number & _MASK
        self.bytes = self.totals[slot] = (self.bytes + size) & 0xFFFF_FFFF
        self.times[slot], self.runs[slot] = now, 1
        self.next = (number + 1) & 0xFFFF
        self.total += 1
        return number


class Stamp:
    """Adds the numbers to the packets of one track."""

    def __init__(self, identifier: int, numbers: Numbers) -> None:
        """`identifier`: of the header extension, 1..14, one that the sender does not use."""
        self.identifier = identifier
        self._numbers = numbers
        self._head = identifier << 4 | 1
        self._block = b"\xbe\xde\x00\x01"
        self.wanted = 0
        """Receivers that give feedback; without any, packets are left as they are."""

    def packets(self, packets: list[bytearray], now: float) -> None:
        """Give the packets their numbers: they grow by four or eight bytes, in place."""
        numbers, head, pack = self._numbers, self._head, _ELEMENT.pack
        times, runs, totals = numbers.times, numbers.runs, numbers.totals
        number, total = numbers.next, numbers.bytes
        for packet in packets:
            first = packet[0]
            element = pack(head, number, 0)
            if first == _EXTENDED and packet[12:14] == b"\xbe\xde" and packet[15] < 255:
                packet[15] += 1
                packet[16:16] = element
            elif first == _PLAIN:
                packet[0] = _EXTENDED
                packet[12:12] = self._block + element
            else:
                packet[:] = added(packet, self.identifier, element[1:3])
            slot = number & _MASK
            totals[slot] = total = total + len(packet) & 0xFFFF_FFFF
            times[slot] = now
            number = (number + 1) & 0xFFFF
        count = len(packets)
        for index in range(count):
            runs[(numbers.next + index) & _MASK] = count - index
        numbers.next, numbers.bytes = number, total
        numbers.total += count

    def number(self, packet: bytes | bytearray) -> int | None:
        """The number in a packet; None: it has none."""
        found = find(packet, self.identifier) if len(packet) >= HEADER_BYTES else None
        return int.from_bytes(found) if found is not None and len(found) == 2 else None

    def mark(self, packet: bytearray, now: float) -> None:
        """Give one packet that goes to one receiver only, and has a place for it, the next number. To the
        others that number is a gap."""
        found = find(packet, self.identifier)
        if found is not None and len(found) == 2:
            found[:] = self._numbers.take(len(packet), now).to_bytes(2)
