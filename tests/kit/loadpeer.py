"""A cheap WebRTC peer for tests and benches: ICE and DTLS once, then only kernel sends of ready packets.

It speaks just enough: one STUN check, a DTLS client handshake (blocking), SRTP keys, synthetic descriptions.
Packets are protected before the clock starts, so that the generator's cost is the kernel's.
"""

from __future__ import annotations

import os
import socket
import struct
import time

from OpenSSL import SSL
from pylibsrtp import Session

from galene_py.rtp import rtcp
from galene_py.sdp import reader
from galene_py.sdp.model import WIDE_URI
from galene_py.transport.ice import stun
from kit.dtls_side import CERTIFICATE, dtls_client, srtp_sessions

OPUS, VP8 = 111, 96
MID_ID, WIDE_ID = 4, 13


class LoadPeer:
    """One side of one connection; `connect` blocks until media can flow."""

    def __init__(self, *, receive_buffer: int = 1 << 20, wide: bool = False) -> None:
        """`wide`: as a receiver it promises transport-wide feedback."""
        self.wide = wide
        self.ufrag = os.urandom(6).hex()
        self.pwd = os.urandom(12).hex()
        self.sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 22)
        self.sock.bind(("127.0.0.1", 0))
        self.transmit: Session | None = None
        self.receive: Session | None = None
        self.consent = b""

    # Descriptions

    def offer(self, *, audio: int | None = None, video: int | None = None) -> str:
        """A sender's offer with the given SSRCs."""
        sections: list[tuple[str, str, int, str, int, tuple[str, ...]]] = []
        if audio is not None:
            sections.append(("audio", "0", OPUS, "opus/48000/2", audio, ()))
        if video is not None:
            asked = ("nack", "nack pli", "ccm fir", "goog-remb")
            sections.append(("video", "1", VP8, "VP8/90000", video, asked))
        lines = self._head([mid for _, mid, *_ in sections])
        for kind, mid, payload_type, codec, ssrc, feedback in sections:
            lines += [
                f"m={kind} 9 UDP/TLS/RTP/SAVPF {payload_type}",
                *self._transport("actpass"),
                f"a=mid:{mid}",
            ]
            lines += [f"a=extmap:{MID_ID} urn:ietf:params:rtp-hdrext:sdes:mid", "a=sendonly"]
            lines += [f"a=rtpmap:{payload_type} {codec}"]
            lines += [f"a=rtcp-fb:{payload_type} {item}" for item in feedback]
            lines += [f"a=ssrc:{ssrc} cname:load"]
        return "\r\n".join(lines) + "\r\n"

    def answer(self, offer: str) -> tuple[str, dict[str, int]]:
        """A receiver's answer that takes everything, and the announced SSRC of each kind."""
        session = reader.parse(offer)
        lines = self._head([section.mid for section in session.sections])
        ssrcs = {}
        for section in session.sections:
            format_ = next(iter(section.formats.values()))
            ssrcs[section.kind] = next(iter(section.ssrcs))
            lines += [
                f"m={section.kind} 9 UDP/TLS/RTP/SAVPF {format_.payload_type}",
                *self._transport("active"),
            ]
            lines += [f"a=mid:{section.mid}", "a=recvonly"]
            lines += [
                f"a=rtpmap:{format_.payload_type} {format_.name}/{format_.clock_rate}/{format_.channels}"
            ]
            taken = [item for item in format_.feedback if item != "transport-cc"]
            lines += [f"a=rtcp-fb:{format_.payload_type} {item}" for item in taken]
            lines += self._wide(format_.payload_type) if self.wide else []
        return "\r\n".join(lines) + "\r\n", ssrcs

    @staticmethod
    def _wide(payload_type: int) -> list[str]:
        return [f"a=extmap:{WIDE_ID} {WIDE_URI}", f"a=rtcp-fb:{payload_type} transport-cc"]

    def _head(self, mids: list[str]) -> list[str]:
        return ["v=0", "o=- 1 1 IN IP4 127.0.0.1", "s=-", "t=0 0", "a=group:BUNDLE " + " ".join(mids)]

    def _transport(self, setup: str) -> list[str]:
        fingerprint = CERTIFICATE.fingerprint
        return [
            "c=IN IP4 0.0.0.0",
            f"a=ice-ufrag:{self.ufrag}",
            f"a=ice-pwd:{self.pwd}",
            f"a=fingerprint:sha-256 {fingerprint}",
            f"a=setup:{setup}",
            "a=rtcp-mux",
            "a=rtcp-rsize",
        ]

    # Connection

    def connect(self, description: str, address: tuple[str, int], timeout: float = 5.0) -> None:
        """Check the path, shake hands, derive keys. `description` is the server's offer or answer."""
        session = reader.parse(description)
        remote = session.transport_of(next(s for s in session.sections if s.port))
        self.sock.connect(address)
        self.sock.settimeout(0.2)
        self.check(remote.ufrag, remote.pwd, timeout)
        self._handshake(timeout)
        self.sock.setblocking(False)

    def check(self, ufrag: str, pwd: str, timeout: float = 5.0) -> None:
        """One connectivity check with nomination; kept as `consent`, to be sent again."""
        request = self.consent = stun.build(
            stun.BINDING,
            stun.REQUEST,
            os.urandom(12),
            [
                (stun.USERNAME, f"{ufrag}:{self.ufrag}".encode()),
                (stun.PRIORITY, struct.pack("!I", 1853824767)),
                (stun.ICE_CONTROLLING, os.urandom(8)),
                (stun.USE_CANDIDATE, b""),
            ],
            key=pwd.encode(),
        )
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            self.sock.send(request)
            try:
                reply = stun.parse(self.sock.recv(2048))
            except (TimeoutError, stun.StunError):
                continue
            if reply.message_class == stun.SUCCESS:
                return
        raise TimeoutError("no answer to the connectivity check")

    def _handshake(self, timeout: float) -> None:
        connection = dtls_client()
        deadline = time.monotonic() + timeout
        while True:
            try:
                connection.do_handshake()
                break
            except SSL.WantReadError:
                pass
            self._flush(connection)
            if time.monotonic() > deadline:
                raise TimeoutError("no DTLS handshake")
            try:
                data = self.sock.recv(4096)
            except TimeoutError:
                connection.DTLSv1_handle_timeout()
                continue
            if 20 <= data[0] <= 63:
                connection.bio_write(data)
        self._flush(connection)
        self.transmit, self.receive = srtp_sessions(connection)

    def _flush(self, connection: SSL.Connection) -> None:
        try:
            stream = connection.bio_read(65536)
        except SSL.WantReadError:
            return
        while stream:  # the memory BIO forgets where datagrams end: send record by record
            end = 13 + int.from_bytes(stream[11:13])
            self.sock.send(stream[:end])
            stream = stream[end:]

    # Ready packets

    def protected(self, packets: list[bytes]) -> list[bytes]:
        """SRTP of each packet, in order."""
        assert self.transmit is not None
        return [self.transmit.protect(packet) for packet in packets]

    def protected_rtcp(self, packets: list[bytes]) -> list[bytes]:
        """SRTCP of each compound packet, in order."""
        assert self.transmit is not None
        return [self.transmit.protect_rtcp(packet) for packet in packets]


def rtp(
    ssrc: int,
    sequence: int,
    timestamp: int,
    payload_type: int,
    mid: str,
    payload: bytes,
    marker: bool,
) -> bytes:
    """One RTP packet with the MID extension, as browsers send them."""
    extension = bytes([MID_ID << 4 | len(mid) - 1]) + mid.encode()
    extension += bytes(-len(extension) % 4)
    return (
        struct.pack(
            "!BBHII", 0x90, marker << 7 | payload_type, sequence & 0xFFFF, timestamp & 0xFFFFFFFF, ssrc
        )
        + struct.pack("!HH", 0xBEDE, len(extension) // 4)
        + extension
        + payload
    )


def vp8_payload(picture: int, size: int, *, start: bool, key: bool) -> bytes:
    """A VP8 payload with a 15-bit picture id (RFC 7741); random content after the frame header."""
    head = bytes([0x80 | (0x10 if start else 0), 0x80, 0x80 | picture >> 8 & 0x7F, picture & 0xFF])
    body = bytes([0x00 if key else 0x01, 0, 0, 0x9D, 0x01, 0x2A, 0x00, 0x05, 0xD0, 0x02]) if start else b""
    return (head + body + os.urandom(size))[:size]


def receiver_report(ours: int, theirs: int, highest: int, remb: int | None) -> bytes:
    """RR, SDES-free, and optionally REMB (draft-alvestrand-rmcat-remb) for one source; compound bytes."""
    report = struct.pack("!BBHI", 0x81, 201, 7, ours)
    report += struct.pack("!IIIIII", theirs, 0, highest & 0xFFFFFFFF, 20, 0, 0)
    if remb is None:
        return report
    exponent = max(0, remb.bit_length() - 18)
    packed = exponent << 18 | remb >> exponent
    return (
        report
        + struct.pack("!BBHII", 0x8F, 206, 5, ours, 0)
        + b"REMB"
        + struct.pack("!B3sI", 1, packed.to_bytes(3), theirs)
    )


def receipts(first: int, count: int, ticks: int, seconds: float) -> bytes:
    """Transport-wide feedback: `count` packets from number `first` on came, the first one at `ticks`, and the
    others evenly in so many seconds."""
    numbers = tuple((first + index) & 0xFFFF for index in range(count))
    times = tuple(ticks + int(4000 * seconds * index / count) for index in range(count))
    return rtcp.serialize([rtcp.WideFeedback(7, 2, first & 0xFFFF, count, 0, numbers, times)])
