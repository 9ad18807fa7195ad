"""VP9 payload descriptor (RFC 9628 §4.2), flexible and non-flexible mode, scalability structure included."""

from __future__ import annotations

from galene_py.rtp import RtpError
from galene_py.rtp.packet import Buffer
from galene_py.rtp.payload.frame import FrameInfo, picture_id


def parse(data: Buffer, at: int, end: int) -> FrameInfo:
    """The descriptor at `data[at:end]`. Raises RtpError when it is cut."""
    if at >= end:
        raise RtpError("VP9 descriptor is missing")
    first = data[at]
    at += 1
    predicted, layered, flexible, start = first & 0x40, first & 0x20, first & 0x10, bool(first & 0x08)
    picture, picture_at, bits = None, 0, 0
    if first & 0x80:
        picture_at = at
        picture, bits = picture_id(data, at, end)
        at += 1 + (bits == 15)
    temporal, spatial, sync = 0, 0, False
    tl0_index, tl0_index_at = None, 0
    if layered:
        if at >= end or (not flexible and at + 1 >= end):
            raise RtpError("VP9 layer indices are cut")
        temporal, sync, spatial = data[at] >> 5, bool(data[at] & 0x10), (data[at] >> 1) & 7
        at += 1
        if not flexible:
            tl0_index, tl0_index_at = data[at], at
            at += 1
    if flexible and predicted:
        at = _skip_references(data, at, end)
    spatial_layers = 0
    if first & 0x02:
        spatial_layers, at = _scalability_structure(data, at, end)
    return FrameInfo(
        start=start,
        end=bool(first & 0x04),
        keyframe=start and not predicted and spatial == 0,
        spatial=spatial,
        temporal=temporal,
        sync=sync,
        picture_id=picture,
        picture_id_at=picture_at,
        picture_id_bits=bits,
        tl0_index=tl0_index,
        tl0_index_at=tl0_index_at,
        spatial_layers=spatial_layers,
        payload_at=at,
    )


def _skip_references(data: Buffer, at: int, end: int) -> int:
    """Up to three P_DIFF bytes, the last without its lowest bit."""
    for _ in range(3):
        if at >= end:
            raise RtpError("VP9 references are cut")
        at += 1
        if not data[at - 1] & 1:
            return at
    raise RtpError("VP9 with more than three references")


def _scalability_structure(data: Buffer, at: int, end: int) -> tuple[int, int]:
    """Checks the lengths; the number of spatial layers, 1..8, and where the structure ends."""
    if at >= end:
        raise RtpError("VP9 scalability structure is cut")
    head = data[at]
    layers = (head >> 5) + 1
    at += 1 + (4 * layers if head & 0x10 else 0)
    if head & 0x08:
        if at >= end:
            raise RtpError("VP9 picture group is cut")
        pictures = data[at]
        at += 1
        for _ in range(pictures):
            if at >= end:
                raise RtpError("VP9 picture group is cut")
            at += 1 + ((data[at] >> 2) & 3)
    if at > end:
        raise RtpError("VP9 scalability structure is cut")
    return layers, at
