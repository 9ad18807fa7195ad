"""RTP header extensions, one-byte and two-byte form (RFC 8285), read and added by identifier.

Functions over a whole packet. Nothing is removed, so that extensions nobody here knows survive.
A damaged extension block ends the walk: what stood before the damage counts; only lengths that reach out of
the packet raise RtpError, and `find` answers None even then.
"""

from __future__ import annotations

from collections.abc import Iterator

from galene_py.rtp import RtpError
from galene_py.rtp.packet import HEADER_BYTES, Buffer

ONE_BYTE_PROFILE = 0xBEDE
TWO_BYTE_PROFILE = 0x1000
"""The upper 12 bits; the lower four are the application's."""
ONE_BYTE_DATA = 16
"""Bytes of an element's data at most, in the one-byte form."""


def elements(packet: Buffer) -> Iterator[tuple[int, int, int]]:
    """(identifier, offset, length) of every element, offsets into the packet. Raises RtpError when the
    extension block reaches out of the packet; an element that reaches out of the block ends the walk."""
    if not packet[0] & 0x10:
        return
    at = HEADER_BYTES + 4 * (packet[0] & 0x0F)
    if len(packet) < at + 4:
        raise RtpError("header extension is cut")
    profile = (packet[at] << 8) | packet[at + 1]
    end = at + 4 + 4 * ((packet[at + 2] << 8) | packet[at + 3])
    if len(packet) < end:
        raise RtpError("header extension is longer than the packet")
    at += 4
    if profile == ONE_BYTE_PROFILE:
        yield from _one_byte(packet, at, end)
    elif profile & 0xFFF0 == TWO_BYTE_PROFILE:
        yield from _two_byte(packet, at, end)


def _one_byte(packet: Buffer, at: int, end: int) -> Iterator[tuple[int, int, int]]:
    while at < end:
        identifier, length = packet[at] >> 4, (packet[at] & 0x0F) + 1
        if packet[at] == 0:  # padding between elements
            at += 1
            continue
        # 15 is reserved: stop (RFC 8285 §4.2). So does an identifier 0 with a length, which is no padding.
        if identifier in (0, 15) or at + 1 + length > end:
            return
        yield identifier, at + 1, length
        at += 1 + length


def _two_byte(packet: Buffer, at: int, end: int) -> Iterator[tuple[int, int, int]]:
    while at < end:
        identifier = packet[at]
        if identifier == 0:
            at += 1
            continue
        if at + 2 > end or at + 2 + packet[at + 1] > end:
            return
        yield identifier, at + 2, packet[at + 1]
        at += 2 + packet[at + 1]


def find(packet: Buffer, identifier: int) -> memoryview | None:
    """The data of element `identifier` (1..255), a view into the packet; None: not there or damaged."""
    try:
        for found, offset, length in elements(packet):
            if found == identifier:
                return memoryview(packet)[offset : offset + length]
    except RtpError:
        pass
    return None


def added(packet: Buffer, identifier: int, data: bytes) -> bytes:
    """A copy of the packet with one element more, before the others. `identifier` is 1..14, `data` 1..16
    bytes, which fits both forms. The copy is plain where the element is there already, and where it has no
    place: in a block of another kind, or a damaged one."""
    if find(packet, identifier) is not None:
        return bytes(packet)
    at = HEADER_BYTES + 4 * (packet[0] & 0x0F)
    if not packet[0] & 0x10:
        block = build_one_byte({identifier: data})
        start = ONE_BYTE_PROFILE.to_bytes(2) + (len(block) // 4).to_bytes(2)
        return b"".join((bytes((packet[0] | 0x10,)), packet[1:at], start, block, packet[at:]))
    profile, words = int.from_bytes(packet[at : at + 2]), int.from_bytes(packet[at + 2 : at + 4])
    if profile == ONE_BYTE_PROFILE:
        block = build_one_byte({identifier: data})
    elif profile & 0xFFF0 == TWO_BYTE_PROFILE:
        block = build_two_byte({identifier: data})
    else:
        return bytes(packet)
    words += len(block) // 4
    if words > 0xFFFF or len(packet) < at + 4:
        return bytes(packet)
    return b"".join((packet[: at + 2], words.to_bytes(2), block, packet[at + 4 :]))


def build_one_byte(items: dict[int, bytes]) -> bytes:
    """The data of a block under `ONE_BYTE_PROFILE`. Raises RtpError."""
    block = bytearray()
    for identifier, data in items.items():
        if not 1 <= identifier <= 14 or not 1 <= len(data) <= ONE_BYTE_DATA:
            raise RtpError("does not fit a one-byte extension")
        block.append((identifier << 4) | (len(data) - 1))
        block += data
    return bytes(block) + bytes(-len(block) % 4)


def build_two_byte(items: dict[int, bytes]) -> bytes:
    """The data of a block under `TWO_BYTE_PROFILE`. Raises RtpError."""
    block = bytearray()
    for identifier, data in items.items():
        if not 1 <= identifier <= 255 or len(data) > 255:
            raise RtpError("does not fit a two-byte extension")
        block += bytes((identifier, len(data))) + data
    return bytes(block) + bytes(-len(block) % 4)
