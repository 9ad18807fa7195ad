"""Packets of coded pictures, as senders make them by the RFCs: for the tests of what undoes them."""

from __future__ import annotations

import struct
from collections.abc import Callable
from fractions import Fraction
from functools import cache

import av

MTU = 300


@cache
def coded(codec: str, pictures: int = 6, size: tuple[int, int] = (64, 48)) -> tuple[tuple[bytes, bool], ...]:
    """What a real encoder makes of a moving picture: (bytes, keyframe)."""
    name = {"vp8": "libvpx", "vp9": "libvpx-vp9", "h264": "libx264", "av1": "libaom-av1"}[codec]
    if name not in av.codecs_available:
        name = "libsvtav1"
    encoder = av.CodecContext.create(name, "w")
    encoder.width, encoder.height, encoder.pix_fmt = *size, "yuv420p"
    encoder.time_base = Fraction(1, 30)
    if name != "libsvtav1":
        encoder.bit_rate = 500_000
    encoder.options = {
        "libx264": {"tune": "zerolatency", "profile": "baseline"},
        "libsvtav1": {"svtav1-params": "pred-struct=1:lookahead=0", "preset": "12"},
    }.get(name, {"lag-in-frames": "0"})
    packets = []
    for index in range(pictures):
        frame = av.VideoFrame(*size, "yuv420p")
        for plane in frame.planes:
            plane.update(bytes((x * 7 + index * 40) & 0xFF for x in range(plane.buffer_size)))
        frame.pts, frame.time_base = index, Fraction(1, 30)
        packets += encoder.encode(frame)
    packets += encoder.encode(None)
    return tuple((bytes(packet), packet.is_keyframe) for packet in packets)


def _cut(data: bytes, size: int = MTU) -> list[bytes]:
    return [data[at : at + size] for at in range(0, len(data), size)]


def vp8(frame: bytes) -> list[bytes]:
    """RFC 7741 §4.2, with a picture id of two bytes."""
    return [bytes((0x90 if not n else 0x80, 0x80, 0x92, 0x34)) + part for n, part in enumerate(_cut(frame))]


def vp9(frame: bytes, spatial: int | None = None) -> list[bytes]:
    """RFC 9628 §4.2, non-flexible mode; `spatial`: of which layer."""
    parts = _cut(frame)
    packets = []
    for n, part in enumerate(parts):
        first = 0x80 | (0x08 if n == 0 else 0) | (0x04 if n == len(parts) - 1 else 0)
        layer = b"" if spatial is None else bytes((spatial << 1, 7))
        packets.append(bytes((first | (0x20 if layer else 0), 0x11)) + layer + part)
    return packets


def h264(unit: bytes) -> list[bytes]:
    """RFC 6184: parameter sets as STAP-A, long units as FU-A."""
    units = [part.rstrip(b"\x00") for part in unit.replace(b"\0\0\0\1", b"\0\0\1").split(b"\0\0\1") if part]
    sets = [each for each in units if each[0] & 0x1F in (7, 8)]
    packets = []
    if sets:
        packets.append(b"\x78" + b"".join(struct.pack("!H", len(each)) + each for each in sets))
    for each in units:
        if each in sets:
            continue
        if len(each) <= MTU:
            packets.append(each)
            continue
        parts = _cut(each[1:])
        for n, part in enumerate(parts):
            flags = (0x80 if n == 0 else 0) | (0x40 if n == len(parts) - 1 else 0)
            packets.append(bytes(((each[0] & 0xE0) | 28, flags | (each[0] & 0x1F))) + part)
    return packets


def obus(unit: bytes) -> list[bytes]:
    """The OBUs of a temporal unit, without their lengths."""
    found = []
    at = 0
    while at < len(unit):
        header, at = unit[at : at + (2 if unit[at] & 4 else 1)], at + (2 if unit[at] & 4 else 1)
        size = shift = 0
        while True:
            size |= (unit[at] & 0x7F) << shift
            shift, at = shift + 7, at + 1
            if not unit[at - 1] & 0x80:
                break
        found.append(bytes((header[0] & ~2,)) + header[1:] + unit[at : at + size])
        at += size
    return found


def _leb128(value: int) -> bytes:
    return bytes((value,)) if value < 128 else bytes((value & 0x7F | 0x80,)) + _leb128(value >> 7)


def av1(unit: bytes) -> list[bytes]:
    """The AV1 RTP format §4.4: every element with its length; long ones cut."""
    packets = []
    new = any((each[0] >> 3) & 15 == 1 for each in obus(unit))
    for n, each in enumerate(obus(unit)):
        parts = _cut(each)
        for m, part in enumerate(parts):
            header = (0x80 if m else 0) | (0x40 if m < len(parts) - 1 else 0)
            header |= 0x08 if new and n == m == 0 else 0
            if (n + m) % 2:  # W: one element, whose length is left out
                packets.append(bytes((header | 0x10,)) + part)
            else:
                packets.append(bytes((header,)) + _leb128(len(part)) + part)
    return packets


PACKETIZERS: dict[str, Callable[[bytes], list[bytes]]] = {"vp8": vp8, "vp9": vp9, "h264": h264, "av1": av1}
