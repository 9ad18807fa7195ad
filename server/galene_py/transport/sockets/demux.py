"""Tells what a datagram on the shared socket is, by its first bytes. Pure, keeps nothing.

RFC 7983 §7 (as updated by RFC 9443): 0–3 STUN, 20–63 DTLS, 128–191 RTP or RTCP. RTP and RTCP are told
apart by the second byte (RFC 5761 §4): packet types 192–223 are RTCP.
"""

from __future__ import annotations

from enum import Enum


class PacketKind(Enum):
    STUN = "stun"
    DTLS = "dtls"
    RTP = "rtp"
    RTCP = "rtcp"
    OTHER = "other"


RTP_HEADER_BYTES = 12
RTCP_HEADER_BYTES = 8
"""A report's first packet has at least a header and the sender's SSRC (RFC 3550 §6.4)."""
DTLS_HEADER_BYTES = 13
STUN_HEADER_BYTES = 20


def classify(data: bytes | bytearray | memoryview) -> PacketKind:
    """The kind of a datagram; `OTHER` for anything too short to be what its first byte claims."""
    size = len(data)
    if size < RTCP_HEADER_BYTES:
        return PacketKind.OTHER
    first = data[0]
    if 128 <= first <= 191:
        if 192 <= data[1] <= 223:
            return PacketKind.RTCP
        return PacketKind.RTP if size >= RTP_HEADER_BYTES else PacketKind.OTHER
    if first <= 3:
        return PacketKind.STUN if size >= STUN_HEADER_BYTES else PacketKind.OTHER
    if 20 <= first <= 63:
        return PacketKind.DTLS if size >= DTLS_HEADER_BYTES else PacketKind.OTHER
    return PacketKind.OTHER
