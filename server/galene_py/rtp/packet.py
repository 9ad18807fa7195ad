"""One RTP packet as bytes: cheap reads, patches in place, and a full check (RFC 3550 §5.1).

The reading functions trust that the packet has its 12 bytes of fixed header and do no other check; they are
for the hot path. `payload_bounds` and `parse` validate and raise RtpError. Patching needs a bytearray or a
writable view. Nothing is kept.
"""

from __future__ import annotations

from dataclasses import dataclass
from struct import Struct

from galene_py.rtp.errors import RtpError

Buffer = bytes | bytearray | memoryview
Writable = bytearray | memoryview

HEADER_BYTES = 12
"""Bytes of the fixed header."""
SSRC_OFFSET = 8
"""Where in it the SSRC's four bytes are."""

unpack_marker_sequence_timestamp = Struct("!BHI").unpack_from
"""`(marker and payload type, sequence, timestamp) = f(packet, 1)`: what the hot path reads, in one call."""

_SEQUENCE = Struct("!H")
_WORD = Struct("!I")
_sequence = _SEQUENCE.unpack_from
_word = _WORD.unpack_from
_pack_sequence = _SEQUENCE.pack_into
_pack_word = _WORD.pack_into


def sequence_number(packet: Buffer) -> int:
    """0..65535."""
    return int(_sequence(packet, 2)[0])


def timestamp(packet: Buffer) -> int:
    """0..2^32-1, in ticks of the codec's clock."""
    return int(_word(packet, 4)[0])


def ssrc(packet: Buffer) -> int:
    """0..2^32-1."""
    return int(_word(packet, 8)[0])


def payload_type(packet: Buffer) -> int:
    """0..127."""
    return packet[1] & 0x7F


def marker(packet: Buffer) -> bool:
    """The marker bit; for video the last packet of a frame."""
    return packet[1] >= 0x80


def set_sequence_number(packet: Writable, value: int) -> None:
    """Patch in place; `value` is 0..65535."""
    _pack_sequence(packet, 2, value)


def set_timestamp(packet: Writable, value: int) -> None:
    """Patch in place; `value` is 0..2^32-1."""
    _pack_word(packet, 4, value)


def set_ssrc(packet: Writable, value: int) -> None:
    """Patch in place; `value` is 0..2^32-1."""
    _pack_word(packet, 8, value)


def with_ssrc(packet: Buffer, value: bytes) -> bytes:
    """A copy under another SSRC, given as its 4 bytes."""
    return b"".join((packet[:SSRC_OFFSET], value, packet[HEADER_BYTES:]))


def with_payload_type(packet: Buffer, value: int) -> bytes:
    """A copy under another payload type, 0..127; the marker stays."""
    return b"".join((packet[:1], bytes(((packet[1] & 0x80) | value,)), packet[2:]))


def set_payload_type(packet: Writable, value: int) -> None:
    """Patch in place, the marker stays; `value` is 0..127."""
    packet[1] = (packet[1] & 0x80) | value


def payload_offset(packet: Buffer) -> int:
    """Where the payload (and padding) begins: after CSRCs and header extension. Raises RtpError."""
    first = packet[0]
    at = HEADER_BYTES + 4 * (first & 0x0F)
    if first & 0x10:
        if len(packet) < at + 4:
            raise RtpError("header extension is cut")
        at += 4 + 4 * ((packet[at + 2] << 8) | packet[at + 3])
    if len(packet) < at:
        raise RtpError("header is longer than the packet")
    return at


def payload_bounds(packet: Buffer) -> tuple[int, int]:
    """First and one past last index of the payload, without padding. Raises RtpError.

    Padding of length 0 is not allowed by RFC 3550 §5.1 and refused, as is padding longer than the payload.
    """
    start = payload_offset(packet)
    end = len(packet)
    if packet[0] & 0x20:
        padding = packet[-1] if end > start else 0
        if not 0 < padding <= end - start:
            raise RtpError("padding of impossible length")
        end -= padding
    return start, end


@dataclass(frozen=True, slots=True)
class RtpPacket:
    """A validated packet. `payload` and `extension` are copies."""

    marker: bool
    payload_type: int
    sequence: int
    timestamp: int
    ssrc: int
    csrcs: tuple[int, ...]
    extension_profile: int | None
    """The 16 bits that say which kind of header extension it is; None: there is none."""
    extension: bytes
    payload: bytes
    padding: int
    """Bytes of padding, its length byte included."""


def parse(packet: Buffer) -> RtpPacket:
    """Read everything and check every length. Raises RtpError."""
    if len(packet) < HEADER_BYTES:
        raise RtpError("shorter than a header")
    if packet[0] >> 6 != 2:
        raise RtpError("not RTP version 2")
    start, end = payload_bounds(packet)
    csrc_end = HEADER_BYTES + 4 * (packet[0] & 0x0F)
    csrcs = tuple(int(_word(packet, at)[0]) for at in range(HEADER_BYTES, csrc_end, 4))
    profile = None
    if packet[0] & 0x10:
        profile = int(_sequence(packet, csrc_end)[0])
    return RtpPacket(
        marker=marker(packet),
        payload_type=payload_type(packet),
        sequence=sequence_number(packet),
        timestamp=timestamp(packet),
        ssrc=ssrc(packet),
        csrcs=csrcs,
        extension_profile=profile,
        extension=b"" if profile is None else bytes(packet[csrc_end + 4 : start]),
        payload=bytes(packet[start:end]),
        padding=len(packet) - end,
    )


def build(
    payload_type: int,
    sequence: int,
    timestamp: int,
    ssrc: int,
    payload: Buffer = b"",
    *,
    marker: bool = False,
    csrcs: tuple[int, ...] = (),
    extension_profile: int | None = None,
    extension: bytes = b"",
    padding: int = 0,
) -> bytearray:
    """Write a packet. `extension` must be whole 32-bit words. Raises RtpError for impossible arguments."""
    if len(csrcs) > 15 or len(extension) % 4 or not 0 <= padding <= 255 or not 0 <= payload_type <= 127:
        raise RtpError("a packet cannot hold that")
    has_extension = extension_profile is not None
    packet = bytearray(HEADER_BYTES)
    packet[0] = 0x80 | (0x20 if padding else 0) | (0x10 if has_extension else 0) | len(csrcs)
    packet[1] = payload_type | (0x80 if marker else 0)
    set_sequence_number(packet, sequence & 0xFFFF)
    set_timestamp(packet, timestamp & 0xFFFF_FFFF)
    set_ssrc(packet, ssrc & 0xFFFF_FFFF)
    for csrc in csrcs:
        packet += _WORD.pack(csrc)
    if extension_profile is not None:
        packet += _SEQUENCE.pack(extension_profile) + _SEQUENCE.pack(len(extension) // 4) + extension
    packet += payload
    if padding:
        packet += bytes(padding - 1) + bytes((padding,))
    return packet


def empty_like(packet: Buffer) -> bytearray:
    """A packet with the fixed header of `packet` and nothing but one byte of padding: it fills a place in the
    sequence without carrying media. Receivers take it for padding and stop asking for it."""
    filler = bytearray(packet[:HEADER_BYTES])
    filler[0] = 0xA0
    filler[1] &= 0x7F
    filler.append(1)
    return filler
