"""RTCP feedback messages: NACK, PLI, FIR, REMB; `wide` has the transport-wide one.

Types, and functions between them and the bytes behind an RTCP header (RFC 4585, RFC 5104, and the draft
rmcat-remb-03). `rtcp` frames them. Every reader raises RtpError and nothing else; nothing is kept.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from struct import Struct

from galene_py.rtp import RtpError, limits, wide
from galene_py.rtp.wide import WideFeedback

TRANSPORT_FEEDBACK = 205
PAYLOAD_FEEDBACK = 206
FORMAT_NACK = 1
FORMAT_PLI = 1
FORMAT_FIR = 4
FORMAT_APPLICATION = 15
FORMAT_WIDE = 15

_PAIR = Struct("!II")
_NACK = Struct("!HH")
_FIR = Struct("!IB3x")


@dataclass(frozen=True, slots=True)
class Nack:
    """Packets of `media_ssrc` that did not arrive (RFC 4585 §6.2.1)."""

    sender_ssrc: int
    media_ssrc: int
    lost: tuple[int, ...]
    """Sequence numbers as listed; at most `limits.RTCP_NACK_SEQUENCES` when parsed."""


@dataclass(frozen=True, slots=True)
class Pli:
    """The picture is lost, a keyframe is needed (RFC 4585 §6.3.1)."""

    sender_ssrc: int
    media_ssrc: int


@dataclass(frozen=True, slots=True)
class Fir:
    """A keyframe is demanded of each SSRC; a repeated command number is a repetition (RFC 5104 §4.3.1)."""

    sender_ssrc: int
    media_ssrc: int
    entries: tuple[tuple[int, int], ...]
    """(SSRC, command number 0..255)."""


@dataclass(frozen=True, slots=True)
class Remb:
    """The bit rate that a receiver can take, for the sum of `ssrcs`."""

    sender_ssrc: int
    bitrate: int
    """Bits per second, 0..(2^18-1) * 2^63. Written with 18 significant bits, rounded down."""
    ssrcs: tuple[int, ...]


Feedback = Nack | Pli | Fir | Remb | WideFeedback


def parse(packet_type: int, fmt: int, body: bytes) -> Feedback | None:
    """Read what follows the 4 header bytes. None: a kind that is not known here. Raises RtpError."""
    if len(body) < 8:
        raise RtpError("feedback is too short")
    sender, media = _PAIR.unpack_from(body)
    fci = body[8:]
    if packet_type == TRANSPORT_FEEDBACK:
        if fmt == FORMAT_NACK:
            return Nack(sender, media, _parse_nack(fci))
        if fmt == FORMAT_WIDE:
            return wide.parse(body)
    elif packet_type == PAYLOAD_FEEDBACK:
        if fmt == FORMAT_PLI:
            return Pli(sender, media)
        if fmt == FORMAT_FIR:
            return _parse_fir(sender, media, fci)
        if fmt == FORMAT_APPLICATION and fci[:4] == b"REMB":
            return _parse_remb(sender, fci)
    return None


def serialize(item: Feedback) -> tuple[int, int, bytes]:
    """(packet type, format, body behind the header). Raises RtpError for what cannot be written."""
    match item:
        case Nack():
            head = _PAIR.pack(item.sender_ssrc, item.media_ssrc)
            return TRANSPORT_FEEDBACK, FORMAT_NACK, head + _nack_entries(item.lost)
        case Pli():
            return PAYLOAD_FEEDBACK, FORMAT_PLI, _PAIR.pack(item.sender_ssrc, item.media_ssrc)
        case Fir():
            head = _PAIR.pack(item.sender_ssrc, item.media_ssrc)
            return PAYLOAD_FEEDBACK, FORMAT_FIR, head + b"".join(_FIR.pack(*entry) for entry in item.entries)
        case Remb():
            return PAYLOAD_FEEDBACK, FORMAT_APPLICATION, _remb_body(item)
        case WideFeedback():
            return TRANSPORT_FEEDBACK, FORMAT_WIDE, wide.serialize(item)


# --- NACK ---


def _parse_nack(fci: bytes) -> tuple[int, ...]:
    if not fci or len(fci) % 4:
        raise RtpError("NACK of impossible length")
    lost: list[int] = []
    for first, mask in _NACK.iter_unpack(fci):
        lost.append(first)
        while mask:
            bit = mask & -mask
            lost.append((first + bit.bit_length()) & 0xFFFF)
            mask ^= bit
        if len(lost) >= limits.RTCP_NACK_SEQUENCES:
            break
    return tuple(lost[: limits.RTCP_NACK_SEQUENCES])


def _nack_entries(lost: Iterable[int]) -> bytes:
    """Pairs of a first sequence number and a mask of the 16 that follow it. Order of `lost` is kept for the
    firsts, so a run in order packs best."""
    entries: list[list[int]] = []
    for sequence in lost:
        behind = (sequence - entries[-1][0]) & 0xFFFF if entries else 0
        if 1 <= behind <= 16:
            entries[-1][1] |= 1 << (behind - 1)
        else:
            entries.append([sequence, 0])
    if not entries:
        raise RtpError("NACK of nothing")
    return b"".join(_NACK.pack(first, mask) for first, mask in entries)


# --- FIR, REMB ---


def _parse_fir(sender: int, media: int, fci: bytes) -> Fir:
    if not fci or len(fci) % 8:
        raise RtpError("FIR of impossible length")
    return Fir(sender, media, tuple((int(ssrc), int(number)) for ssrc, number in _FIR.iter_unpack(fci)))


def _parse_remb(sender: int, fci: bytes) -> Remb:
    if len(fci) < 8 or len(fci) != 8 + 4 * fci[4]:
        raise RtpError("REMB of impossible length")
    exponent = fci[5] >> 2
    mantissa = ((fci[5] & 3) << 16) | (fci[6] << 8) | fci[7]
    ssrcs = tuple(int.from_bytes(fci[at : at + 4]) for at in range(8, len(fci), 4))
    return Remb(sender, mantissa << exponent, ssrcs)


def _remb_body(item: Remb) -> bytes:
    exponent = max(0, item.bitrate.bit_length() - 18)
    mantissa = item.bitrate >> exponent
    if item.bitrate < 0 or exponent > 63 or len(item.ssrcs) > 255:
        raise RtpError("does not fit a REMB")
    fields = bytes(
        (len(item.ssrcs), (exponent << 2) | (mantissa >> 16), (mantissa >> 8) & 0xFF, mantissa & 0xFF)
    )
    ssrcs = b"".join(ssrc.to_bytes(4) for ssrc in item.ssrcs)
    return _PAIR.pack(item.sender_ssrc, 0) + b"REMB" + fields + ssrcs
