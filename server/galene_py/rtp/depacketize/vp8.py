"""VP8 (RFC 7741): descriptors off, the rest in a row is the frame (RFC 6386 §9.1: the keyframe's header)."""

from __future__ import annotations

from collections.abc import Sequence

from galene_py.rtp import RtpError
from galene_py.rtp.depacketize.picture import Picture
from galene_py.rtp.packet import Buffer
from galene_py.rtp.payload import vp8

_HEADER_BYTES = 3
_KEY_HEADER_BYTES = 10
_START_CODE = b"\x9d\x01\x2a"


def assemble(payloads: Sequence[Buffer]) -> Picture:
    """A frame. Raises RtpError."""
    parts: list[Buffer] = []
    for index, payload in enumerate(payloads):
        info = vp8.parse(payload, 0, len(payload))
        if info.start != (index == 0):
            raise RtpError("VP8 frame without its beginning, or with two")
        parts.append(payload[info.payload_at :])
    data = b"".join(parts)
    if len(data) < _HEADER_BYTES:
        raise RtpError("VP8 frame is cut")
    if data[0] & 1:
        return Picture(data, False)
    if len(data) < _KEY_HEADER_BYTES or data[3:6] != _START_CODE:
        raise RtpError("VP8 keyframe without its start code")
    # The two bits above each size ask the player to scale.
    width, height = (int.from_bytes(data[at : at + 2], "little") & 0x3FFF for at in (6, 8))
    if not width or not height:
        raise RtpError("VP8 picture of impossible size")
    return Picture(data, True, width, height)
