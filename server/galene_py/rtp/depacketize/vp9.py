"""VP9 (RFC 9628): one frame for each spatial layer; several become a superframe (VP9 bitstream, Annex B)."""

from __future__ import annotations

from collections.abc import Sequence

from galene_py.rtp import RtpError
from galene_py.rtp.depacketize.bits import BitReader
from galene_py.rtp.depacketize.picture import Picture
from galene_py.rtp.packet import Buffer
from galene_py.rtp.payload import vp9

_FRAMES_MAX = 8
_SYNC_CODE = 0x498342
_RGB = 7


def assemble(payloads: Sequence[Buffer]) -> Picture:
    """A picture. Raises RtpError."""
    frames: list[list[Buffer]] = []
    ended = True
    for payload in payloads:
        info = vp9.parse(payload, 0, len(payload))
        if info.start != ended:
            raise RtpError("VP9 frame without its beginning or its end")
        if info.start:
            frames.append([])
        frames[-1].append(payload[info.payload_at :])
        ended = bool(info.end)
    if not ended:
        raise RtpError("VP9 frame without its end")
    whole = [b"".join(parts) for parts in frames]
    headers = [_header(frame) for frame in whole]
    keyframe = headers[0][0] if headers else False
    width = max((header[1] for header in headers), default=0)
    height = max((header[2] for header in headers), default=0)
    return Picture(_superframe(whole), keyframe, width, height)


def _superframe(frames: list[bytes]) -> bytes:
    if not frames:
        raise RtpError("VP9 picture of nothing")
    if len(frames) == 1:
        return frames[0]
    if len(frames) > _FRAMES_MAX:
        raise RtpError("VP9 picture of too many layers")
    longest = max(map(len, frames))
    size = (longest.bit_length() + 7) // 8
    if size > 4:
        raise RtpError("VP9 frame is too long")
    marker = bytes((0xC0 | ((size - 1) << 3) | (len(frames) - 1),))
    index = b"".join(len(frame).to_bytes(size, "little") for frame in frames)
    return b"".join((*frames, marker, index, marker))


def _header(frame: bytes) -> tuple[bool, int, int]:
    """(keyframe, width, height) of the uncompressed header (§6.2); 0: not a keyframe."""
    bits = BitReader(frame)
    if bits.read(2) != 2:
        raise RtpError("VP9 frame without its marker")
    profile = bits.read(1) | (bits.read(1) << 1)
    if profile == 3:
        bits.skip(1)
    if bits.read(1):  # a frame that was sent before is shown
        return False, 0, 0
    if bits.read(1):
        return False, 0, 0
    bits.skip(2)
    if bits.read(24) != _SYNC_CODE:
        raise RtpError("VP9 keyframe without its sync code")
    if profile >= 2:
        bits.skip(1)
    if bits.read(3) != _RGB:
        bits.skip(4 if profile & 1 else 1)
    elif profile & 1:
        bits.skip(1)
    width = bits.read(16) + 1
    return True, width, bits.read(16) + 1
