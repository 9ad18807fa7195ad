"""A small WebRTC client whose every datagram the test decides about: STUN, DTLS, SRTP over UDP or TCP."""

from __future__ import annotations

import asyncio
import hashlib
import os
import socket
import struct

from aiortc_peer import Waiting
from OpenSSL import SSL
from pylibsrtp import Session

from galene_py.transport.hub import TransportHub
from galene_py.transport.ice import stun
from galene_py.transport.peer import PeerTransport
from kit.dtls_side import CERTIFICATE, dtls_client, srtp_sessions


class LightClient(Waiting):
    """`connect` does what a browser does; the steps are there one by one as well."""

    def __init__(self, hub: TransportHub, peer: PeerTransport, *, tcp: bool = False, host: str = "127.0.0.1"):
        self.hub, self.peer, self.tcp, self.host = hub, peer, tcp, host
        self.ufrag, self.pwd = os.urandom(4).hex(), os.urandom(16).hex()
        self.fingerprints = [("sha-256", CERTIFICATE.fingerprint)]
        self.stun: list[stun.StunMessage] = []
        self.rtp: list[bytes] = []
        self.rtcp: list[bytes] = []
        self.sequence = 20_000
        """The last sequence number of `ssrc` 1 and 2 that a test has used."""
        self.connected = False
        self.closed = False
        self.changed = asyncio.Event()
        self.loop = asyncio.get_running_loop()
        self.buffer = b""
        self.tx: Session | None = None
        self.rx: Session | None = None
        self.ssl = dtls_client()
        self.sock = self._open()

    def _open(self) -> socket.socket:
        family = socket.AF_INET6 if ":" in self.host else socket.AF_INET
        if self.tcp:
            sock = socket.create_connection((self.host, self.hub.tcp_port or 0))
        else:
            sock = socket.socket(family, socket.SOCK_DGRAM)
            sock.connect((self.host, self.hub.udp_port))
        sock.setblocking(False)
        self.loop.add_reader(sock.fileno(), self._readable)
        return sock

    def move(self) -> None:
        """Go on from another address."""
        self.loop.remove_reader(self.sock.fileno())
        self.sock.close()
        self.sock = self._open()

    def goodbye(self) -> bytes:
        """The datagram that ends the DTLS association, not sent."""
        self.ssl.shutdown()
        return self.ssl.bio_read(1200)

    async def renew(self) -> None:
        """Another handshake, after which another association is in use."""
        self.ssl = dtls_client()
        self.connected = False
        self.shake()
        await self.until(lambda: self.connected)

    def close(self) -> None:
        self.loop.remove_reader(self.sock.fileno())
        self.sock.close()
        self.closed = True

    def send(self, data: bytes) -> None:
        self.sock.send(len(data).to_bytes(2) + data if self.tcp else data)

    def check(
        self, *, nominate: bool = True, pwd: str | None = None, ufrag: str | None = None, priority: int = 1
    ) -> None:
        attributes = [
            (stun.USERNAME, f"{ufrag or self.peer.ufrag}:{self.ufrag}".encode()),
            (stun.PRIORITY, priority.to_bytes(4)),
            (stun.ICE_CONTROLLING, bytes(8)),
        ]
        if nominate:
            attributes.append((stun.USE_CANDIDATE, b""))
        key = (pwd or self.peer.pwd).encode()
        self.send(stun.build(stun.BINDING, stun.REQUEST, os.urandom(12), attributes, key=key))

    def shake(self) -> None:
        """Send the first flight of the handshake; the rest happens by itself."""
        self._handshake()

    async def connect(self) -> LightClient:
        self.peer.set_remote(self.ufrag, self.pwd, self.fingerprints)
        self.check()
        await self.until(lambda: self.stun)
        self.shake()
        await self.until(lambda: self.connected and (self.peer.connected or self.peer.closed))
        return self

    def media(self, packet: bytes) -> None:
        assert self.tx is not None
        self.send(self.tx.protect(packet))

    def report(self, packet: bytes) -> None:
        assert self.tx is not None
        self.send(self.tx.protect_rtcp(packet))

    async def settled(self) -> None:
        """The hub has looked at everything sent so far: a check is answered."""
        answers = len(self.stun)
        self.check()
        await self.until(lambda: len(self.stun) > answers)

    def _readable(self) -> None:
        try:
            while data := self.sock.recv(65536):
                if not self.tcp:
                    self._receive(data)
                    continue
                self.buffer += data
                while len(self.buffer) > 1 and len(self.buffer) >= 2 + int.from_bytes(self.buffer[:2]):
                    size = int.from_bytes(self.buffer[:2])
                    frame, self.buffer = self.buffer[2 : 2 + size], self.buffer[2 + size :]
                    self._receive(frame)
        except BlockingIOError:
            pass
        except OSError:
            self.close()
        else:
            self.close()
        self.changed.set()

    def _receive(self, data: bytes) -> None:
        if data[0] <= 3:
            self.stun.append(stun.parse(data))
        elif data[0] < 64:
            self.ssl.bio_write(data)
            self._handshake()
        elif 192 <= data[1] <= 223:
            assert self.rx is not None
            self.rtcp.append(self.rx.unprotect_rtcp(data))
        else:
            assert self.rx is not None
            self.rtp.append(self.rx.unprotect(data))

    def _handshake(self) -> None:
        try:
            self.ssl.do_handshake()
            if not self.connected:
                self.tx, self.rx = srtp_sessions(self.ssl)
                self.connected = True
        except SSL.WantReadError:
            pass
        while True:
            try:
                data = self.ssl.bio_read(1200)
            except SSL.Error:
                return
            self.send(data)


def rtp(sequence: int, ssrc: int = 1, payload: bytes = b"payload") -> bytes:
    return struct.pack("!BBHII", 0x80, 96, sequence & 0xFFFF, 0, ssrc) + payload


def report(ssrc: int = 1) -> bytes:
    return struct.pack("!BBHI", 0x80, 201, 1, ssrc)


def digest(packets: list[bytes]) -> str:
    return hashlib.sha256(b"".join(packets)).hexdigest()
