"""AV1 (RTP Payload Format For AV1, version 1.0, §4.4, §5): OBU elements become a temporal unit.

Elements are put together, get the length field that packets leave out, and lose what containers do not want:
temporal delimiters, tile lists and padding (AV1 in Matroska, §"Block Data").
"""

from __future__ import annotations

from collections.abc import Sequence

from galene_py.rtp import RtpError
from galene_py.rtp.depacketize.bits import BitReader
from galene_py.rtp.depacketize.picture import Picture
from galene_py.rtp.packet import Buffer
from galene_py.rtp.payload.av1 import leb128

_SEQUENCE_HEADER, _TEMPORAL_DELIMITER, _FRAME_HEADER, _FRAME, _TILE_LIST, _PADDING = 1, 2, 3, 6, 8, 15
_LEFT_OUT = frozenset({_TEMPORAL_DELIMITER, _TILE_LIST, _PADDING})
_EXTENSION, _HAS_SIZE = 0x04, 0x02


def assemble(payloads: Sequence[Buffer]) -> Picture:
    """A temporal unit. Raises RtpError."""
    parts: list[bytes] = []
    width = height = 0
    keyframe: bool | None = None
    for obu in _obus(payloads):
        kind, header, body = _split(obu)
        if kind in _LEFT_OUT:
            continue
        if kind == _SEQUENCE_HEADER:
            width, height = read_size(body)
        elif kind in (_FRAME, _FRAME_HEADER) and keyframe is None:
            # show_existing_frame, then frame_type, of which 0 is KEY_FRAME (AV1 §5.9.2).
            keyframe = bool(width) and bool(body) and not body[0] & 0xE0
        parts += (header, _leb128(len(body)), body)
    if not parts:
        raise RtpError("AV1 temporal unit of nothing")
    return Picture(b"".join(parts), bool(keyframe), width, height)


def _obus(payloads: Sequence[Buffer]) -> list[bytes]:
    """The OBUs, fragments put together."""
    obus: list[bytes] = []
    fragment: list[Buffer] | None = None
    for payload in payloads:
        if len(payload) < 2:
            raise RtpError("AV1 aggregation header without elements")
        header = payload[0]
        if bool(header & 0x80) != (fragment is not None):
            raise RtpError("AV1 fragment without its beginning or its end")
        elements = _elements(payload)
        for index, element in enumerate(elements):
            whole = (
                [] if fragment is None else fragment
            )  # grown in place: an OBU may come in thousands of them
            whole.append(element)
            fragment = None
            if index == len(elements) - 1 and header & 0x40:
                fragment = whole
            else:
                obus.append(b"".join(whole))
    if fragment is not None:
        raise RtpError("AV1 fragment without its end")
    return obus


def _elements(payload: Buffer) -> list[Buffer]:
    count = (payload[0] >> 4) & 3
    elements: list[Buffer] = []
    at = 1
    while at < len(payload):
        if count and len(elements) == count - 1:
            elements.append(payload[at:])
            return elements
        size, at = leb128(payload, at, len(payload))
        if at + size > len(payload):
            raise RtpError("AV1 element of impossible length")
        elements.append(payload[at : at + size])
        at += size
    if not elements or (count and len(elements) != count):
        raise RtpError("AV1 elements are missing")
    return elements


def _split(obu: bytes) -> tuple[int, bytes, bytes]:
    """Kind, header with the flag of a length, and what follows without the length."""
    if not obu:
        raise RtpError("AV1 OBU of nothing")
    first = obu[0]
    at = 2 if first & _EXTENSION else 1
    if first & 0x80 or len(obu) < at:
        raise RtpError("AV1 OBU header is damaged")
    header = bytes((first | _HAS_SIZE,)) + obu[1:at]
    size = len(obu) - at
    if first & _HAS_SIZE:
        size, at = leb128(obu, at, len(obu))
        if at + size > len(obu):
            raise RtpError("AV1 OBU of impossible length")
    return (first >> 3) & 0x0F, header, obu[at : at + size]


def _leb128(value: int) -> bytes:
    parts = bytearray()
    while value > 0x7F:
        parts.append((value & 0x7F) | 0x80)
        value >>= 7
    parts.append(value)
    return bytes(parts)


def read_size(sequence_header: bytes) -> tuple[int, int]:
    """max_frame_width and max_frame_height (AV1 §5.5.1). Raises RtpError."""
    bits = BitReader(sequence_header)
    bits.skip(4)
    if bits.read(1):  # reduced_still_picture_header
        bits.skip(5)
    else:
        _skip_operating_points(bits)
    width_bits, height_bits = bits.read(4) + 1, bits.read(4) + 1
    width = bits.read(width_bits) + 1
    return width, bits.read(height_bits) + 1


def _skip_operating_points(bits: BitReader) -> None:
    delay_bits = 0
    if bits.read(1):  # timing_info_present_flag
        bits.skip(64)
        if bits.read(1):
            bits.exp_golomb()
        if bits.read(1):  # decoder_model_info_present_flag
            delay_bits = bits.read(5) + 1
            bits.skip(32 + 5 + 5)
    display_delay = bits.read(1)
    for _ in range(bits.read(5) + 1):
        bits.skip(12)
        if bits.read(5) > 7:
            bits.skip(1)
        if delay_bits and bits.read(1):
            bits.skip(2 * delay_bits + 1)
        if display_delay and bits.read(1):
            bits.skip(4)
