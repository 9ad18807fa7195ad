"""VP8 payload descriptor (RFC 7741 §4.2) and the payload header's bit that tells keyframes (§4.3)."""

from __future__ import annotations

from galene_py.rtp import RtpError
from galene_py.rtp.packet import Buffer
from galene_py.rtp.payload.frame import FrameInfo, picture_id


def parse(data: Buffer, at: int, end: int) -> FrameInfo:
    """The descriptor at `data[at:end]`. Raises RtpError when it is cut; the payload may be missing."""
    if at >= end:
        raise RtpError("VP8 descriptor is missing")
    first = data[at]
    at += 1
    start = first & 0x17 == 0x10  # S set and partition 0: the frame begins
    discardable = bool(first & 0x20)
    flags = 0
    if first & 0x80:
        if at >= end:
            raise RtpError("VP8 descriptor is cut")
        flags = data[at]
        at += 1
    picture, picture_at, bits = None, 0, 0
    if flags & 0x80:
        picture_at = at
        picture, bits = picture_id(data, at, end)
        at += 1 + (bits == 15)
    tl0_index, tl0_index_at = None, 0
    if flags & 0x40:
        if at >= end:
            raise RtpError("VP8 TL0PICIDX is cut")
        tl0_index, tl0_index_at = data[at], at
        at += 1
    temporal, sync = 0, False
    if flags & 0x30:
        if at >= end:
            raise RtpError("VP8 layer index is cut")
        if flags & 0x20:
            temporal, sync = data[at] >> 6, bool(data[at] & 0x20)
        at += 1
    # The payload header's first bit is 0 for keyframes. Bits 1 and up do not matter here.
    keyframe = start and at < end and not data[at] & 1
    return FrameInfo(
        start=start,
        keyframe=keyframe,
        temporal=temporal,
        sync=sync,
        discardable=discardable,
        picture_id=picture,
        picture_id_at=picture_at,
        picture_id_bits=bits,
        tl0_index=tl0_index,
        tl0_index_at=tl0_index_at,
        payload_at=at,
    )
