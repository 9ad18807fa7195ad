"""Transport-wide numbers: written once per packet of a sender, for all of its receivers.

A receiver's connection carries one sender's stream and nothing else, so all its receivers can share one
numbering, and with it one plaintext: numbers that a receiver is not sent (a layer left out, another encoding)
are gaps to it, of which it tells, and which nobody takes for loss. A packet that is resent is the same to the
last bit, as it must be (RFC 7714 §8.1). `Numbers` is one per stream and remembers when each went out and how
long it was; a `Stamp` is one per track and finds the place in the packets.

The number that a sender has written is read first: it is for the feedback that it gets (`arrivals`).
Identifier and form: draft-holmer-rmcat-transport-wide-cc-extensions-01 §2.
"""

from __future__ import annotations

from collections.abc import Callable
from operator import itemgetter
from struct import Struct

from galene_py.rtp import RtpError
from galene_py.rtp.extensions import elements
from galene_py.rtp.packet import HEADER_BYTES, payload_bounds
from galene_py.sfu import limits

_NUMBER = Struct("!H")
_read = _NUMBER.unpack_from
_write = _NUMBER.pack_into
_MASK = limits.WIDE_HISTORY - 1
_PADDED = 0x20


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
    """Writes the numbers into the packets of one track."""

    def __init__(self, identifier: int, numbers: Numbers) -> None:
        """`identifier`: of the header extension, 1..14."""
        self.identifier = identifier
        self._numbers = numbers
        self._at = 0
        self._length = 1 << 16
        self._look: Callable[[bytearray], object] = len
        """What of a packet tells that it is laid out like the one before."""
        self._seen: object = None

    def packets(self, packets: list[bytearray], now: float) -> list[int]:
        """Give the packets their numbers; returns the ones they came with. Packets without the extension are
        left alone. Padding that a sender probes with is shortened to one byte."""
        came: list[int] = []
        numbers, look, seen, at, length = self._numbers, self._look, self._seen, self._at, self._length
        times, runs, totals = numbers.times, numbers.runs, numbers.totals
        number, total = numbers.next, numbers.bytes
        for packet in packets:
            size = len(packet)
            if size < length or look(packet) != seen:
                at = self._learn(packet)
                size, look, seen, length = len(packet), self._look, self._seen, self._length
                if not at:
                    continue
            came += _read(packet, at)
            _write(packet, at, number)
            slot = number & _MASK
            totals[slot] = total = total + size & 0xFFFF_FFFF
            times[slot] = now
            number = (number + 1) & 0xFFFF
        count = len(came)
        for index in range(count):
            runs[(numbers.next + index) & _MASK] = count - index
        numbers.next, numbers.bytes = number, total
        numbers.total += count
        return came

    def number(self, packet: bytes | bytearray) -> int | None:
        """The number in a packet; None: it has none."""
        at = self._find(packet)[0]
        return int(_read(packet, at)[0]) if at else None

    def mark(self, packet: bytearray, now: float) -> None:
        """Give one packet that goes to one receiver only the next number, if it has a place for one. To the
        others that number is a gap."""
        at = self._find(packet)[0]
        if at:
            _write(packet, at, self._numbers.take(len(packet), now))

    def _find(self, packet: bytes | bytearray) -> tuple[int, list[int]]:
        """Where the number is, 0 for nowhere, and the places of all that it depends on; none of these if it
        depends on more."""
        if len(packet) < HEADER_BYTES:
            return 0, []
        block = HEADER_BYTES + 4 * (packet[0] & 0x0F)
        heads, found, following = [0, block, block + 1, block + 2, block + 3], 0, block + 4
        simple = True
        try:
            for identifier, offset, length in elements(packet):
                heads.append(offset - 1)
                simple &= offset - 1 == following  # else there is padding, or it is the two-byte form
                following = offset + length
                if identifier == self.identifier and length == _NUMBER.size and not found:
                    found = offset
                    break
        except RtpError:
            return 0, []
        return found, heads if simple else []

    def _learn(self, packet: bytearray) -> int:
        """Look at a packet that is laid out in another way; returns where its number is, or 0."""
        if len(packet) >= HEADER_BYTES and packet[0] & _PADDED:
            _shorten(packet)
        at, heads = self._find(packet)
        if not at or packet[0] & _PADDED or not heads:  # these are looked at each time
            self._look, self._seen, self._length = len, None, 1 << 16
            return at
        self._at, self._length = at, at + _NUMBER.size
        self._look = itemgetter(*heads)
        self._seen = self._look(packet)
        return at


def _shorten(packet: bytearray) -> None:
    """A packet of nothing but padding: one byte of it is as good, to everybody behind us."""
    try:
        start, end = payload_bounds(packet)
    except RtpError:
        return
    if start == end and len(packet) > start + 1:
        del packet[start + 1 :]
        packet[start] = 1
