"""Transport-wide feedback: which packets of a connection arrived, and when.

The message of draft-holmer-rmcat-transport-wide-cc-extensions-01, §3.1, between bytes and `WideFeedback`. The
work is bounded by the bytes, not by what they speak of: a run of packets that did not arrive costs nothing
however long it is, and each one that did brings at least a byte of its own. Raises RtpError and nothing else;
keeps nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate
from struct import Struct

from galene_py.rtp import RtpError

TICKS_PER_SECOND = 4000
"""Arrival times are in units of 250 microseconds."""

_HEAD = Struct("!IIHH")
_REFERENCE_TICKS = 256
"""The reference time is in units of 64 ms."""
_MISSING, _NEAR, _FAR = range(3)
"""What a status says: not there, a delta of one byte, a delta of two bytes."""
_RUN_MOST = 0x1FFF
_SYMBOLS = 7
"""Two-bit statuses in one chunk."""
_WORTH_A_RUN = 8
"""Statuses from which a run is shorter than symbols."""


@dataclass(slots=True)
class WideFeedback:
    """What became of the packets `base` … `base + count - 1` of one connection. Not to be changed; it is not
    frozen because making a frozen one takes twice as long, and there are thousands per second."""

    sender_ssrc: int
    media_ssrc: int
    """Of any stream of the connection; says nothing more."""
    base: int
    """0..65535."""
    count: int
    """1..65535."""
    number: int
    """Of the message itself, 0..255."""
    sequences: tuple[int, ...]
    """The packets that arrived, 0..65535, in order of their numbers."""
    arrivals: tuple[int, ...]
    """When each of them did, in ticks of the receiver's clock (32 bits, signed); not always in order."""


def is_alone(packet: bytes) -> bool:
    """Whether an RTCP packet is one such message and nothing else. Padding does not matter: browsers' is not
    always of whole words, and what stands before it says where it begins."""
    if len(packet) < 4 or packet[0] & 0xDF != 0x8F or packet[1] != 205:
        return False
    return 4 * (packet[2] << 8 | packet[3]) + 4 == len(packet)


def parse(body: bytes) -> WideFeedback:
    """Read what follows the 4 bytes of an RTCP header. Raises RtpError."""
    if len(body) < 18:
        raise RtpError("transport-wide feedback is too short")
    sender, media, base, count = _HEAD.unpack_from(body)
    if not count:
        raise RtpError("transport-wide feedback about nothing")
    reference = int.from_bytes(body[12:15], signed=True) * _REFERENCE_TICKS
    if int.from_bytes(body[16:18]) == _NEAR << 13 | count and len(body) >= 18 + count:  # the usual one
        numbers: Iterable[int] = range(base, base + count)
        deltas: Iterable[int] = body[18 : 18 + count]
    else:
        numbers, deltas = _parse_chunks(body, base, count)
    sequences = tuple(numbers)
    if base + count > 0x10000:
        sequences = tuple([sequence & 0xFFFF for sequence in sequences])
    arrivals = tuple(accumulate(deltas, initial=reference))[1:]
    return WideFeedback(sender, media, base, count, body[15], sequences, arrivals)


def _parse_chunks(body: bytes, base: int, count: int) -> tuple[list[int], list[int]]:
    """Numbers (that may reach beyond 65535) and deltas of what arrived."""
    numbers: list[int] = []
    far: list[bool] = []
    at, done, least = 16, 0, 0
    while done < count:
        if at + 2 > len(body):
            raise RtpError("transport-wide feedback has too few statuses")
        chunk = body[at] << 8 | body[at + 1]
        at += 2
        if chunk < 0x8000:
            symbol, run = chunk >> 13, min(chunk & _RUN_MOST, count - done)
            if symbol:
                least += run * symbol
                if least > len(body):
                    raise RtpError("transport-wide feedback has too few deltas")
                numbers += range(base + done, base + done + run)
                far += [symbol == _FAR] * run
            _check(symbol)
            done += run
            continue
        bits, mask, first = (2, 3, 12) if chunk & 0x4000 else (1, 1, 13)
        for shift in range(first, -1, -bits):
            symbol = chunk >> shift & mask
            if done < count and symbol:
                _check(symbol)
                numbers.append(base + done)
                far.append(symbol == _FAR)
            done += 1
    return numbers, _parse_deltas(body, at, far)


def _check(symbol: int) -> None:
    if symbol > _FAR:
        raise RtpError("transport-wide feedback has a reserved status")


def _parse_deltas(body: bytes, at: int, far: list[bool]) -> list[int]:
    deltas = []
    for two in far:
        deltas.append(int.from_bytes(body[at : at + 2], signed=True) if two else body[at : at + 1])
        at += 2 if two else 1
    if at > len(body):
        raise RtpError("transport-wide feedback has too few deltas")
    return [delta if isinstance(delta, int) else delta[0] for delta in deltas]


def serialize(item: WideFeedback) -> bytes:
    """The body behind the RTCP header, padded with zeros to whole words. Raises RtpError for what cannot be
    written, such as two arrivals that are more than eight seconds apart."""
    if not 0 < item.count <= 0xFFFF or len(item.sequences) != len(item.arrivals):
        raise RtpError("does not fit transport-wide feedback")
    statuses = bytearray(item.count)
    deltas = bytearray()
    first = item.arrivals[0] if item.arrivals else 0
    reference = first // _REFERENCE_TICKS
    before = reference * _REFERENCE_TICKS
    try:
        for sequence, arrival in zip(item.sequences, item.arrivals, strict=True):
            delta, before = arrival - before, arrival
            near = 0 <= delta <= 0xFF
            statuses[(sequence - item.base) & 0xFFFF] = _NEAR if near else _FAR
            deltas += delta.to_bytes(1) if near else delta.to_bytes(2, signed=True)
        start = (reference & 0xFFFFFF).to_bytes(3) + bytes((item.number,))
    except (OverflowError, IndexError, ValueError):
        raise RtpError("does not fit transport-wide feedback") from None
    head = _HEAD.pack(item.sender_ssrc, item.media_ssrc, item.base, item.count)
    body = head + start + _chunks(statuses) + deltas
    return body + bytes(-len(body) % 4)


def _chunks(statuses: Sequence[int]) -> bytes:
    """Runs where they are shorter, seven statuses at a time elsewhere."""
    chunks = bytearray()
    at, end = 0, len(statuses)
    while at < end:
        symbol, stop = statuses[at], at + 1
        while stop < end and statuses[stop] == symbol and stop - at < _RUN_MOST:
            stop += 1
        if stop - at >= _WORTH_A_RUN or stop == end:
            chunks += (symbol << 13 | stop - at).to_bytes(2)
            at = stop
            continue
        chunk = 0
        for one in statuses[at : at + _SYMBOLS]:
            chunk = chunk << 2 | one
        chunk <<= 2 * max(0, at + _SYMBOLS - end)
        chunks += (0xC000 | chunk).to_bytes(2)
        at += _SYMBOLS
    return bytes(chunks)
