"""H.264 (RFC 6184, packetization modes 0 and 1): single units, STAP-A and FU-A become Annex B.

Most senders put the parameter sets before every IDR picture. For those that send them once, the last ones
are kept and put there.
"""

from __future__ import annotations

from collections.abc import Sequence

from galene_py.rtp import RtpError
from galene_py.rtp.depacketize.bits import BitReader
from galene_py.rtp.depacketize.picture import Picture
from galene_py.rtp.packet import Buffer

_START_CODE = b"\x00\x00\x00\x01"
_IDR, _SPS, _PPS = 5, 7, 8
_STAP_A, _FU_A = 24, 28
_WITH_CHROMA = frozenset({100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135})
"""Profiles whose SPS says more (H.264 §7.3.2.1.1)."""


class Assembler:
    """Of one stream, for what it keeps of parameter sets."""

    def __init__(self) -> None:
        self._sets: dict[int, bytes] = {}
        self._repeated = False
        """Whether an IDR picture ever came with its SPS: then one without has lost it."""

    def __call__(self, payloads: Sequence[Buffer]) -> Picture:
        """An access unit. Raises RtpError."""
        units = _units(payloads)
        kinds = [unit[0] & 0x1F for unit in units]
        for kind, unit in zip(kinds, units, strict=True):
            if kind in (_SPS, _PPS):
                self._sets[kind] = unit
        keyframe = _IDR in kinds
        if keyframe and _SPS in kinds:
            self._repeated = True
        elif keyframe:
            if self._repeated or len(self._sets) < 2:
                raise RtpError("H.264 IDR picture without its parameter sets")
            units = [self._sets[_SPS], self._sets[_PPS], *units]
        width, height = read_size(self._sets[_SPS]) if keyframe else (0, 0)
        data = b"".join(part for unit in units for part in (_START_CODE, unit))
        return Picture(data, keyframe, width, height)


def _units(payloads: Sequence[Buffer]) -> list[bytes]:
    units: list[bytes] = []
    fragments: list[Buffer] = []
    for payload in payloads:
        if not len(payload):
            raise RtpError("H.264 unit header is missing")
        kind = payload[0] & 0x1F
        if kind != _FU_A and fragments:
            raise RtpError("H.264 fragment without its end")
        if 1 <= kind < _STAP_A:
            units.append(bytes(payload))
        elif kind == _STAP_A:
            units += _aggregated(payload)
        elif kind == _FU_A:
            _fragment(payload, fragments, units)
        else:
            raise RtpError("H.264 structure that was not negotiated")
    if fragments:
        raise RtpError("H.264 fragment without its end")
    if not units:
        raise RtpError("H.264 picture of nothing")
    return units


def _aggregated(payload: Buffer) -> list[bytes]:
    units = []
    at = 1
    while at < len(payload):
        size = int.from_bytes(payload[at : at + 2])
        at += 2
        if size == 0 or at + size > len(payload):
            raise RtpError("H.264 aggregated unit of impossible length")
        units.append(bytes(payload[at : at + size]))
        at += size
    return units


def _fragment(payload: Buffer, fragments: list[Buffer], units: list[bytes]) -> None:
    """One FU-A (RFC 6184 §5.8)."""
    if len(payload) < 3:
        raise RtpError("H.264 fragment is cut")
    start, end = payload[1] & 0x80, payload[1] & 0x40
    if bool(start) == bool(fragments) or (start and end):
        raise RtpError("H.264 fragment without its beginning, or with two")
    if start:
        fragments.append(bytes(((payload[0] & 0xE0) | (payload[1] & 0x1F),)))
    fragments.append(payload[2:])
    if end:
        units.append(b"".join(fragments))
        fragments.clear()


def read_size(sps: bytes) -> tuple[int, int]:
    """Width and height in pixels of a sequence parameter set (H.264 §7.3.2.1.1). Raises RtpError."""
    bits = BitReader(sps.replace(b"\x00\x00\x03", b"\x00\x00"), 1)
    profile = bits.read(8)
    bits.skip(16)
    bits.exp_golomb()
    chroma, separate = 1, 0
    if profile in _WITH_CHROMA:
        chroma, separate = _skip_chroma(bits)
    bits.exp_golomb()
    order = bits.exp_golomb()
    if order == 0:
        bits.exp_golomb()
    elif order == 1:
        bits.skip(1)
        bits.signed_exp_golomb()
        bits.signed_exp_golomb()
        for _ in range(min(bits.exp_golomb(), 255)):
            bits.signed_exp_golomb()
    bits.exp_golomb()
    bits.skip(1)
    width = 16 * (bits.exp_golomb() + 1)
    units = bits.exp_golomb() + 1
    frames_only = bits.read(1)
    height = 16 * units * (2 - frames_only)
    if not frames_only:
        bits.skip(1)
    bits.skip(1)
    if bits.read(1):
        across = 2 if chroma in (1, 2) and not separate else 1
        down = (2 if chroma == 1 and not separate else 1) * (2 - frames_only)
        width -= across * (bits.exp_golomb() + bits.exp_golomb())
        height -= down * (bits.exp_golomb() + bits.exp_golomb())
    if not (0 < width <= 0xFFFF and 0 < height <= 0xFFFF):
        raise RtpError("H.264 picture of impossible size")
    return width, height


def _skip_chroma(bits: BitReader) -> tuple[int, int]:
    """chroma_format_idc and separate_colour_plane_flag."""
    separate = 0
    chroma = bits.exp_golomb()
    if chroma == 3:
        separate = bits.read(1)
    bits.exp_golomb()
    bits.exp_golomb()
    bits.skip(1)
    if bits.read(1):
        for index in range(12 if chroma == 3 else 8):
            if bits.read(1):
                _skip_scaling_list(bits, 16 if index < 6 else 64)
    return chroma, separate


def _skip_scaling_list(bits: BitReader, size: int) -> None:
    """§7.3.2.1.1.1."""
    last = following = 8
    for _ in range(size):
        if following:
            following = (last + bits.signed_exp_golomb() + 256) % 256
        last = following or last
