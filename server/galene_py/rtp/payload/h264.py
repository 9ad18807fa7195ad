"""H.264 payload structures (RFC 6184 §5): single units, STAP-A, FU-A; the others are only told apart.

H.264 has no layer ids here, but a picture whose nal_ref_idc is 0 is referred to by no other: it counts as
temporal layer 1, which may be left out and taken in again at any time.
"""

from __future__ import annotations

from galene_py.rtp import RtpError
from galene_py.rtp.packet import Buffer
from galene_py.rtp.payload.frame import FrameInfo

_IDR = 5
_SPS = 7
_STAP_A = 24
_FU_A = 28
_FU_B = 29


def parse(data: Buffer, at: int, end: int) -> FrameInfo:
    """The packet at `data[at:end]`. Raises RtpError when it is cut."""
    if at >= end:
        raise RtpError("H.264 unit header is missing")
    header = data[at]
    kind = header & 0x1F
    start = True
    if kind == _STAP_A:
        kinds = _aggregated(data, at + 1, end)
    elif kind in (_FU_A, _FU_B):
        if at + 1 >= end:
            raise RtpError("H.264 fragment header is cut")
        start = bool(data[at + 1] & 0x80)
        kinds = [data[at + 1] & 0x1F]
    else:
        kinds = [kind]
    picture = any(1 <= unit <= _IDR for unit in kinds)
    keyframe = start and (_SPS in kinds or _IDR in kinds)
    discardable = picture and not header & 0x60 and not keyframe
    return FrameInfo(
        start=start,
        keyframe=keyframe,
        undecided=start and not picture and not keyframe,
        temporal=1 if discardable else 0,
        sync=discardable,
        discardable=discardable,
    )


def _aggregated(data: Buffer, at: int, end: int) -> list[int]:
    """Types of the units in a STAP-A (RFC 6184 §5.7.1)."""
    kinds = []
    while at < end:
        if at + 2 > end:
            raise RtpError("H.264 aggregate is cut")
        size = (data[at] << 8) | data[at + 1]
        at += 2
        if size == 0 or at + size > end:
            raise RtpError("H.264 aggregated unit of impossible length")
        kinds.append(data[at] & 0x1F)
        at += size
    if not kinds:
        raise RtpError("H.264 aggregate of nothing")
    return kinds
