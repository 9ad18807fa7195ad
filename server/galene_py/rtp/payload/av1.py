"""AV1 aggregation header (RTP Payload Format For AV1, version 1.0, §4.4) and the first OBU's own header.

Layers are read from the OBU extension header; the dependency descriptor, a header extension that encrypted
or scalable streams use, is not negotiated by this server.
"""

from __future__ import annotations

from galene_py.rtp import RtpError
from galene_py.rtp.packet import Buffer
from galene_py.rtp.payload.frame import FrameInfo

_OBU_TEMPORAL_DELIMITER = 2
_OBU_SEQUENCE_HEADER = 1


def parse(data: Buffer, at: int, end: int) -> FrameInfo:
    """The packet at `data[at:end]`. Raises RtpError when what the header promises is not there."""
    if at >= end:
        raise RtpError("AV1 aggregation header is missing")
    header = data[at]
    at += 1
    start = not header & 0x80
    new_sequence = bool(header & 0x08)
    if new_sequence and not start:
        raise RtpError("AV1 sequence begins with a fragment")
    count = (header >> 4) & 3
    kind, temporal, spatial = -1, 0, 0
    if start:
        size, at = (end - at, at) if count == 1 else leb128(data, at, end)
        if size < 1 or at + size > end:
            raise RtpError("AV1 element of impossible length")
        obu = data[at]
        kind = (obu >> 3) & 0x0F
        if obu & 0x04:
            if size < 2:
                raise RtpError("AV1 OBU header is cut")
            temporal, spatial = data[at + 1] >> 5, (data[at + 1] >> 3) & 3
    return FrameInfo(
        start=start,
        # N says that a coded video sequence begins here, which is the only place to join the stream.
        keyframe=new_sequence or kind == _OBU_SEQUENCE_HEADER,
        undecided=start and not new_sequence and kind == _OBU_TEMPORAL_DELIMITER,
        spatial=spatial,
        temporal=temporal,
        # Every temporal structure that encoders use refers only to the base picture before it.
        sync=temporal > 0,
    )


def leb128(data: Buffer, at: int, end: int) -> tuple[int, int]:
    """A length, and where it ends. Longer than eight bytes is not allowed (AV1 specification §4.10.5)."""
    value = 0
    for index in range(8):
        if at >= end:
            raise RtpError("AV1 length is cut")
        value |= (data[at] & 0x7F) << (7 * index)
        at += 1
        if not data[at - 1] & 0x80:
            return value, at
    raise RtpError("AV1 length does not end")
