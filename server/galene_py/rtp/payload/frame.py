"""What a payload descriptor says about its packet, in one form for all codecs; how picture ids are read."""

from __future__ import annotations

from typing import NamedTuple

from galene_py.rtp import RtpError
from galene_py.rtp.packet import Buffer


class FrameInfo(NamedTuple):
    """One packet's part of a frame. A "frame" is what the descriptor calls so: for scalable VP9 and AV1 one
    spatial layer of a picture."""

    start: bool = False
    """The packet begins a frame. For AV1 and H.264: a unit inside one; the timestamp tells frames apart."""
    end: bool | None = None
    """The packet ends a frame; None: the descriptor does not say, the RTP marker does."""
    keyframe: bool = False
    """The packet begins a picture that needs none before it. Only ever true together with `start`."""
    undecided: bool = False
    """Whether the frame is a keyframe shows in its next packet (H.264: access unit delimiter, SEI, PPS)."""
    spatial: int = 0
    """Spatial layer, 0 is the base."""
    temporal: int = 0
    """Temporal layer, 0 is the base."""
    sync: bool = False
    """From this frame on a receiver may be given this temporal layer too."""
    discardable: bool = False
    """No other frame refers to this one."""
    picture_id: int | None = None
    picture_id_at: int = 0
    """Index of the picture id's first byte in the buffer that was parsed; 0 when there is none."""
    picture_id_bits: int = 0
    """7, 15, or 0 when there is none."""
    tl0_index: int | None = None
    """TL0PICIDX: counts pictures of the base temporal layer, 0..255."""
    tl0_index_at: int = 0
    """Its index in the buffer that was parsed; 0 when there is none."""
    spatial_layers: int = 0
    """How many spatial layers the stream announces here; 0: the packet does not say."""
    payload_at: int = 0
    """Index of the first byte behind the descriptor (VP8, VP9); may be the end: there is no payload."""


def picture_id(data: Buffer, at: int, end: int) -> tuple[int, int]:
    """A picture id at `data[at]` and its bits, 7 or 15 (RFC 7741 §4.2, RFC 9628 §4.2). Raises RtpError."""
    if at < end and not data[at] & 0x80:
        return data[at], 7
    if at + 1 >= end:
        raise RtpError("picture id is cut")
    return ((data[at] & 0x7F) << 8) | data[at + 1], 15
