"""Packets and receivers for tests of SRTP and the outbox."""

from __future__ import annotations

import socket
import struct
from typing import Any

from pylibsrtp import Session

from galene_py.transport.dtls.srtp import (
    PROFILES,
    Profile,
    SrtpKeys,
    make_arena,
    receive_session,
    transmit_session,
)
from galene_py.transport.sockets import sockaddr
from galene_py.transport.sockets.cohorts import STREAM, Route
from galene_py.transport.sockets.paths import UdpPath

GCM, SHA1 = PROFILES


def keys(profile: Profile) -> SrtpKeys:
    key = bytes(range(profile.key + profile.salt))
    return SrtpKeys(profile, key, key)


def rtp(sequence: int, payload: bytes = b"x" * 50, ssrc: int = 7) -> bytearray:
    return bytearray(struct.pack("!BBHII", 0x80, 96, sequence & 0xFFFF, 0, ssrc) + payload)


def rtcp(ssrc: int = 7) -> bytes:
    return struct.pack("!BBHI", 0x80, 201, 1, ssrc)


class UdpReceiver:
    """A receiver that decrypts what came to its socket."""

    def __init__(self, family: int, profile: Profile = GCM, native: bool = True, flags: int = 0) -> None:
        self.sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.sock.bind(("127.0.0.1", 0))
        self.sock.settimeout(2)
        port = self.sock.getsockname()[1]
        self.path = UdpPath(sockaddr.pack(bytes((127, 0, 0, 1)), port, family))
        self.session = transmit_session(keys(profile))
        self.incoming: Session = receive_session(keys(profile))
        handle: Any = make_arena(0, native=native).handle(self.session)
        self.route: Route | None = Route(handle, profile.rtp_overhead | flags, self.path, b"")

    def packet(self) -> bytes:
        return self.incoming.unprotect(self.sock.recv(4096))

    def report(self) -> bytes:
        return self.incoming.unprotect_rtcp(self.sock.recv(4096))

    def is_empty(self) -> bool:
        self.sock.setblocking(False)
        try:
            self.sock.recv(4096)
        except BlockingIOError:
            return True
        finally:
            self.sock.settimeout(2)
        return False

    def close(self) -> None:
        self.sock.close()


class StreamReceiver:
    """A receiver behind TCP."""

    def __init__(self, profile: Profile = GCM, native: bool = True) -> None:
        self.frames: list[bytes] = []
        self.session = transmit_session(keys(profile))
        self.incoming: Session = receive_session(keys(profile))
        handle: Any = make_arena(0, native=native).handle(self.session)
        self.route: Route | None = Route(handle, profile.rtp_overhead | STREAM, self, b"")

    def write(self, frame: bytes | bytearray | memoryview) -> None:
        self.frames.append(bytes(frame))

    def packets(self) -> list[bytes]:
        return [self.incoming.unprotect(frame) for frame in self.frames]
