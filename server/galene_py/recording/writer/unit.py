"""What goes into a file: a picture or a piece of sound with its time. No code beyond the types."""

from __future__ import annotations

from typing import NamedTuple


class Form(NamedTuple):
    """What a file must be told of a track before its first unit."""

    kind: str
    """'audio' or 'video'."""
    codec: str
    """'vp8', 'vp9', 'av1', 'h264', 'opus' or 'pcm_s16le'."""
    rate: int = 0
    """Hz, of sound."""


class Unit(NamedTuple):
    """One picture or one piece of sound."""

    seconds: float
    """Since the recording's start."""
    data: bytes
    keyframe: bool = True
    duration: float = 0.0
    """Seconds; 0 for pictures."""
    width: int = 0
    height: int = 0
    """Pixels, of keyframes."""
