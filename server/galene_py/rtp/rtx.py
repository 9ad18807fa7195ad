"""Retransmission packets (RFC 4588): a packet again, under another SSRC, payload type and number.

Pure functions; nothing is kept.
"""

from __future__ import annotations

from galene_py.rtp.packet import (
    HEADER_BYTES,
    SSRC_OFFSET,
    Buffer,
    payload_offset,
    set_sequence_number,
)

NUMBER_BYTES = 2
"""The original sequence number, before the payload (§4)."""
PADDING_MOST = 255
"""Bytes of padding that one packet can have."""


def again(packet: Buffer, payload_type: int, sequence: int, ssrc: int) -> bytearray:
    """The retransmission of `packet`, its header extension included. Raises RtpError when its header is
    damaged."""
    start = payload_offset(packet)
    made = bytearray(packet[:start])
    made += packet[2:4]
    made += packet[start:]
    made[1] = made[1] & 0x80 | payload_type
    set_sequence_number(made, sequence)
    made[SSRC_OFFSET:HEADER_BYTES] = ssrc.to_bytes(4)
    return made


def padding(like: Buffer, payload_type: int, sequence: int, ssrc: int) -> bytearray:
    """A packet of padding only, with the header and the extension of `like`, the marker aside. Raises
    RtpError."""
    start = payload_offset(like)
    made = bytearray(like[:start]) + bytes(PADDING_MOST - 1) + bytes((PADDING_MOST,))
    made[0] |= 0x20
    made[1] = payload_type
    set_sequence_number(made, sequence)
    made[SSRC_OFFSET:HEADER_BYTES] = ssrc.to_bytes(4)
    return made


def original(packet: Buffer, payload_type: int, ssrc: int) -> bytearray | None:
    """What a retransmission stands for; None: nothing, it is too short, or padding. Raises RtpError."""
    start = payload_offset(packet)
    padded = packet[-1] if packet[0] & 0x20 else 0
    if len(packet) - padded < start + NUMBER_BYTES:
        return None
    made = bytearray(packet[:start]) + packet[start + NUMBER_BYTES :]
    made[1] = made[1] & 0x80 | payload_type
    made[2:4] = packet[start : start + NUMBER_BYTES]
    made[SSRC_OFFSET:HEADER_BYTES] = ssrc.to_bytes(4)
    return made
