"""Whole RTP packets, written and read field by field (RFC 3550 §5.1): what the server itself never needs."""

from __future__ import annotations

from dataclasses import dataclass
from struct import Struct

from galene_py.rtp import RtpError, packet
from galene_py.rtp.packet import Buffer
from galene_py.rtp.payload import FrameInfo, parser

HALF = Struct("!H")
WORD = Struct("!I")


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


def parse(data: Buffer) -> RtpPacket:
    """Read everything and check every length. Raises RtpError."""
    if len(data) < packet.HEADER_BYTES:
        raise RtpError("shorter than a header")
    if data[0] >> 6 != 2:
        raise RtpError("not RTP version 2")
    start, end = packet.payload_bounds(data)
    csrc_end = packet.HEADER_BYTES + 4 * (data[0] & 0x0F)
    profile = int(HALF.unpack_from(data, csrc_end)[0]) if data[0] & 0x10 else None
    return RtpPacket(
        marker=packet.marker(data),
        payload_type=packet.payload_type(data),
        sequence=packet.sequence_number(data),
        timestamp=packet.timestamp(data),
        ssrc=packet.ssrc(data),
        csrcs=tuple(int(WORD.unpack_from(data, at)[0]) for at in range(packet.HEADER_BYTES, csrc_end, 4)),
        extension_profile=profile,
        extension=b"" if profile is None else bytes(data[csrc_end + 4 : start]),
        payload=bytes(data[start:end]),
        padding=len(data) - end,
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
    """Write a packet. `extension` must be whole 32-bit words."""
    assert len(csrcs) <= 15
    assert not len(extension) % 4
    made = bytearray(packet.HEADER_BYTES)
    made[0] = 0x80 | (0x20 if padding else 0) | (0 if extension_profile is None else 0x10) | len(csrcs)
    made[1] = payload_type | (0x80 if marker else 0)
    packet.set_sequence_number(made, sequence & 0xFFFF)
    packet.set_timestamp(made, timestamp & 0xFFFF_FFFF)
    WORD.pack_into(made, packet.SSRC_OFFSET, ssrc & 0xFFFF_FFFF)
    for csrc in csrcs:
        made += WORD.pack(csrc)
    if extension_profile is not None:
        made += HALF.pack(extension_profile) + HALF.pack(len(extension) // 4) + extension
    made += payload
    if padding:
        made += bytes(padding - 1) + bytes((padding,))
    return made


def describe(codec: str, payload: Buffer) -> FrameInfo:
    """What the descriptor at the start of a payload says. Raises RtpError."""
    parse = parser(codec)
    return FrameInfo(start=True, end=True) if parse is None else parse(payload, 0, len(payload))
