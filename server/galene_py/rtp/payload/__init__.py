"""Codec payload descriptors: is this packet the start of a keyframe, which layer, which picture id?

`parser` gives the function for a codec, which works on a whole packet in place. It raises RtpError and
nothing else. Audio codecs have no descriptor: every packet stands alone.
"""

from __future__ import annotations

from collections.abc import Callable

from galene_py.rtp.packet import Buffer
from galene_py.rtp.payload import av1, h264, vp8, vp9
from galene_py.rtp.payload.frame import FrameInfo

__all__ = ["FrameInfo", "Parser", "parser"]

Parser = Callable[[Buffer, int, int], FrameInfo]
"""`f(buffer, start, end)`; positions in the result are indices into the buffer. Raises RtpError."""

_PARSERS: dict[str, Parser] = {"vp8": vp8.parse, "vp9": vp9.parse, "av1": av1.parse, "h264": h264.parse}


def parser(codec: str) -> Parser | None:
    """The descriptor parser of `codec` ('vp8' or 'video/VP8'); None for codecs without a descriptor."""
    return _PARSERS.get(codec.rpartition("/")[2].lower())
