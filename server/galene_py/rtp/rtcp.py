"""RTCP compound packets to and from typed items (RFC 3550 §6, RFC 5506).

`parse_compound` reads everything that one datagram holds, `serialize` writes items one behind the other.
Feedback messages are in `feedback` and are exported here too. A compound that lies about a length is refused
as a whole with RtpError, the only error raised. Nothing is kept between calls.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from struct import Struct

from galene_py.rtp import RtpError, feedback, limits
from galene_py.rtp.feedback import Fir, Nack, Pli, Remb
from galene_py.rtp.wide import WideFeedback

__all__ = [
    "Bye",
    "Fir",
    "Item",
    "Nack",
    "Pli",
    "Remb",
    "ReportBlock",
    "Rr",
    "Sdes",
    "Sr",
    "Unknown",
    "WideFeedback",
    "parse_compound",
    "sender_report",
    "serialize",
]

SENDER_REPORT = 200
RECEIVER_REPORT = 201
SOURCE_DESCRIPTION = 202
GOODBYE = 203

SDES_CNAME = 1

_SR = Struct("!IQIII")
_LONE_SR = Struct("!BBHIQIII")
_BLOCK = Struct("!IIIIII")
_WORD = Struct("!I")


@dataclass(frozen=True, slots=True)
class ReportBlock:
    """How one source is received (RFC 3550 §6.4.1)."""

    ssrc: int
    fraction_lost: int
    """0..255, in 256ths, since the report before."""
    lost: int
    """Cumulative, -2^23..2^23-1; negative after duplicates. Clamped when written."""
    highest: int
    """Extended highest sequence number received, 32 bits."""
    jitter: int
    """In ticks of the codec's clock."""
    last_sr: int
    """Middle 32 bits of the NTP time of the last SR seen; 0: none yet."""
    delay_since_sr: int
    """In 1/65536 s; 0 with `last_sr` 0."""


@dataclass(frozen=True, slots=True)
class Sr:
    """Sender report (RFC 3550 §6.4.1)."""

    ssrc: int
    ntp: int
    """64 bits: seconds since 1900 and a 32-bit fraction."""
    rtp: int
    """The same instant in the stream's timestamps, 32 bits."""
    packets: int
    octets: int
    reports: tuple[ReportBlock, ...] = ()


@dataclass(frozen=True, slots=True)
class Rr:
    """Receiver report (RFC 3550 §6.4.2)."""

    ssrc: int
    reports: tuple[ReportBlock, ...] = ()


@dataclass(frozen=True, slots=True)
class Sdes:
    """Source description: per source its (type, value) items (RFC 3550 §6.5)."""

    chunks: tuple[tuple[int, tuple[tuple[int, bytes], ...]], ...]

    @staticmethod
    def cname(ssrc: int, name: str) -> Sdes:
        """One source and its canonical name, cut to what fits."""
        value = name.encode()[: limits.RTCP_CNAME_BYTES]
        return Sdes(((ssrc, ((SDES_CNAME, value),)),))


@dataclass(frozen=True, slots=True)
class Bye:
    """Sources that ended (RFC 3550 §6.6)."""

    ssrcs: tuple[int, ...]
    reason: bytes = b""


@dataclass(frozen=True, slots=True)
class Unknown:
    """A packet of a type or format that is not read here: APP, XR, other feedback."""

    packet_type: int
    count: int
    """The five bits of the header: count or format."""
    body: bytes
    """What follows the four header bytes."""


Item = Sr | Rr | Sdes | Bye | Nack | Pli | Fir | Remb | WideFeedback | Unknown


def parse_compound(data: bytes | bytearray | memoryview) -> list[Item]:
    """Every packet of a compound, in order. At most `limits.RTCP_PACKETS` are read, the rest is ignored.

    Reduced-size compounds (RFC 5506) are fine. Raises RtpError.
    """
    raw = bytes(data)
    items: list[Item] = []
    at = 0
    while at < len(raw) and len(items) < limits.RTCP_PACKETS:
        if len(raw) - at < 4:
            raise RtpError("RTCP header is cut")
        if raw[at] >> 6 != 2:
            raise RtpError("not RTCP version 2")
        end = at + 4 + 4 * ((raw[at + 2] << 8) | raw[at + 3])
        if end > len(raw):
            raise RtpError("RTCP packet is longer than the datagram")
        body = raw[at + 4 : end]
        wide = raw[at + 1] == feedback.TRANSPORT_FEEDBACK and raw[at] & 0x1F == feedback.FORMAT_WIDE
        if raw[at] & 0x20 and not wide:  # browsers pad that to whole words with one to three bytes
            body = _unpad(body)
        items.append(_parse(raw[at + 1], raw[at] & 0x1F, body))
        at = end
    if not items:
        raise RtpError("empty RTCP packet")
    return items


def sender_report(ssrc: int, ntp: int, rtp: int, packets: int, octets: int) -> bytes:
    """The same as serialising an `Sr` without reports, which is written more often than anything else. All
    but `ntp` are cut to 32 bits."""
    word = 0xFFFF_FFFF
    return _LONE_SR.pack(0x80, SENDER_REPORT, 6, ssrc, ntp, rtp & word, packets & word, octets & word)


def serialize(items: Iterable[Item]) -> bytes:
    """One compound of all items. Raises RtpError for what cannot be written."""
    return b"".join(_frame(*_write(item)) for item in items)


def _unpad(body: bytes) -> bytes:
    padding = body[-1] if body else 0
    if not padding or padding % 4 or padding > len(body):
        raise RtpError("RTCP padding of impossible length")
    return body[:-padding]


def _parse(packet_type: int, count: int, body: bytes) -> Item:
    if packet_type == RECEIVER_REPORT:
        return _parse_rr(count, body)
    if packet_type in (feedback.TRANSPORT_FEEDBACK, feedback.PAYLOAD_FEEDBACK):
        item = feedback.parse(packet_type, count, body)
        return Unknown(packet_type, count, body) if item is None else item
    if packet_type == SENDER_REPORT:
        return _parse_sr(count, body)
    if packet_type == SOURCE_DESCRIPTION:
        return _parse_sdes(count, body)
    if packet_type == GOODBYE:
        return _parse_bye(count, body)
    return Unknown(packet_type, count, body)


def _parse_sr(count: int, body: bytes) -> Sr:
    if len(body) < 24 + 24 * count:
        raise RtpError("SR is too short")
    ssrc, ntp, rtp, packets, octets = _SR.unpack_from(body)
    return Sr(ssrc, ntp, rtp, packets, octets, _parse_blocks(body, 24, count))


def _parse_rr(count: int, body: bytes) -> Rr:
    if len(body) < 4 + 24 * count:
        raise RtpError("RR is too short")
    return Rr(int.from_bytes(body[:4]), _parse_blocks(body, 4, count))


def _parse_blocks(body: bytes, at: int, count: int) -> tuple[ReportBlock, ...]:
    blocks = []
    for offset in range(at, at + 24 * count, 24):
        ssrc, loss, highest, jitter, last_sr, delay = _BLOCK.unpack_from(body, offset)
        lost = loss & 0xFFFFFF
        lost -= (lost & 0x800000) << 1
        blocks.append(ReportBlock(ssrc, loss >> 24, lost, highest, jitter, last_sr, delay))
    return tuple(blocks)


def _parse_sdes(count: int, body: bytes) -> Sdes:
    chunks = []
    at = 0
    for _ in range(count):
        if len(body) - at < 4:
            raise RtpError("SDES chunk is cut")
        ssrc = int.from_bytes(body[at : at + 4])
        items, at = _parse_sdes_items(body, at + 4)
        chunks.append((ssrc, items))
    return Sdes(tuple(chunks))


def _parse_sdes_items(body: bytes, at: int) -> tuple[tuple[tuple[int, bytes], ...], int]:
    items = []
    while at < len(body) and body[at]:
        if at + 2 > len(body) or at + 2 + body[at + 1] > len(body):
            raise RtpError("SDES item is cut")
        items.append((body[at], body[at + 2 : at + 2 + body[at + 1]]))
        at += 2 + body[at + 1]
    if at >= len(body):
        raise RtpError("SDES chunk has no end")
    return tuple(items), (at + 4) & ~3


def _parse_bye(count: int, body: bytes) -> Bye:
    end = 4 * count
    if len(body) < end:
        raise RtpError("BYE is too short")
    ssrcs = tuple(int.from_bytes(body[at : at + 4]) for at in range(0, end, 4))
    reason = b""
    if len(body) > end:
        if end + 1 + body[end] > len(body):
            raise RtpError("BYE reason is cut")
        reason = body[end + 1 : end + 1 + body[end]]
    return Bye(ssrcs, reason)


def _frame(packet_type: int, count: int, body: bytes) -> bytes:
    if count > 31 or len(body) % 4 or len(body) > 0xFFFF * 4:
        raise RtpError("does not fit an RTCP packet")
    return bytes((0x80 | count, packet_type)) + (len(body) // 4).to_bytes(2) + body


def _write(item: Item) -> tuple[int, int, bytes]:
    match item:
        case Sr():
            head = _SR.pack(item.ssrc, item.ntp, item.rtp, item.packets, item.octets)
            return SENDER_REPORT, len(item.reports), head + _write_blocks(item.reports)
        case Rr():
            return RECEIVER_REPORT, len(item.reports), _WORD.pack(item.ssrc) + _write_blocks(item.reports)
        case Sdes():
            return (
                SOURCE_DESCRIPTION,
                len(item.chunks),
                b"".join(_write_chunk(*chunk) for chunk in item.chunks),
            )
        case Bye():
            return GOODBYE, len(item.ssrcs), _write_bye(item)
        case Unknown():
            return item.packet_type, item.count, item.body
        case _:
            return feedback.serialize(item)


def _write_blocks(blocks: Iterable[ReportBlock]) -> bytes:
    return b"".join(
        _BLOCK.pack(
            block.ssrc,
            (block.fraction_lost << 24) | (max(-0x800000, min(0x7FFFFF, block.lost)) & 0xFFFFFF),
            block.highest,
            block.jitter,
            block.last_sr,
            block.delay_since_sr,
        )
        for block in blocks
    )


def _write_chunk(ssrc: int, items: tuple[tuple[int, bytes], ...]) -> bytes:
    chunk = bytearray(_WORD.pack(ssrc))
    for kind, value in items:
        if not 0 < kind < 256 or len(value) > 255:
            raise RtpError("does not fit an SDES item")
        chunk += bytes((kind, len(value))) + value
    return bytes(chunk) + bytes(4 - len(chunk) % 4)  # at least one zero byte ends the list


def _write_bye(item: Bye) -> bytes:
    body = b"".join(_WORD.pack(ssrc) for ssrc in item.ssrcs)
    if item.reason:
        reason = item.reason[:255]
        body += bytes((len(reason),)) + reason
        body += bytes(-len(body) % 4)
    return body
