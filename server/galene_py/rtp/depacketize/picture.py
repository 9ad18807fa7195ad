"""One coded picture, in the form that containers hold. No code beyond the types."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from galene_py.rtp.packet import Buffer


class Picture(NamedTuple):
    """All of one instant: for scalable streams every layer that was sent."""

    data: bytes
    """VP8 and VP9: the frame, for spatial layers a superframe; H.264: Annex B with start codes; AV1: a
    temporal unit in the low-overhead format, without its delimiter."""
    keyframe: bool
    """Whether decoding may begin here."""
    width: int = 0
    height: int = 0
    """Pixels, as the picture itself says; 0: it does not (only keyframes do)."""


Assemble = Callable[[Sequence[Buffer]], Picture]
"""The RTP payloads of one picture, all of them, in order. Raises RtpError when they are damaged or when the
first ones are missing."""
