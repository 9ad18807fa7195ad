"""One RTP packet as bytes: cheap reads, and patches in place (RFC 3550 §5.1).

The reading functions trust that the packet has its 12 bytes of fixed header and do no other check; they are
for the hot path. `payload_bounds` checks where the payload is and raises RtpError. Patching needs a bytearray
or a writable view. Nothing is kept.
"""

from __future__ import annotations

from struct import Struct

from galene_py.rtp import RtpError

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


def with_ssrc(packet: Buffer, value: bytes) -> bytes:
    """A copy under another SSRC, given as its 4 bytes."""
    return b"".join((packet[:SSRC_OFFSET], value, packet[HEADER_BYTES:]))


def with_payload_type(packet: Buffer, value: int) -> bytes:
    """A copy under another payload type, 0..127; the marker stays."""
    return b"".join((packet[:1], bytes(((packet[1] & 0x80) | value,)), packet[2:]))


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


def empty_like(packet: Buffer) -> bytearray:
    """A packet with the fixed header of `packet` and nothing but one byte of padding: it fills a place in the
    sequence without carrying media. Receivers take it for padding and stop asking for it."""
    filler = bytearray(packet[:HEADER_BYTES])
    filler[0] = 0xA0
    filler[1] &= 0x7F
    filler.append(1)
    return filler
