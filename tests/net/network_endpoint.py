"""What cameras and viewers of the network tests share: a connection through a `Line` of the emulator.

Real ICE checks, DTLS and SRTP; repeats what gets lost. Knows nothing of pictures and sound.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
from collections.abc import Sequence

from emulator import Line
from OpenSSL import SSL
from pylibsrtp import Error as SrtpError
from pylibsrtp import Session

from galene_py.rtp import rtcp
from galene_py.sdp import reader
from galene_py.transport.ice import stun
from kit.dtls_side import CERTIFICATE, dtls_client, srtp_sessions

CHECK_S = 2.5
RETRY_S = 0.15


class Endpoint:
    """ICE controlling agent, DTLS client, SRTP, on one socket; repeats what gets lost."""

    def __init__(self, line: Line) -> None:
        self.line = line
        self.ufrag, self.pwd = os.urandom(4).hex(), os.urandom(16).hex()
        self.loop = asyncio.get_running_loop()
        self.connected = asyncio.Event()
        self.answers = 0
        self.closed = False
        self.sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.sock.setblocking(False)
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 21)
        self.sock.connect(line.address)
        self.loop.add_reader(self.sock, self._readable)
        self._ssl = dtls_client()
        self._flight: list[bytes] = []
        self._tx: Session | None = None
        self._rx: Session | None = None

    # Descriptions

    def head(self, mids: Sequence[str]) -> list[str]:
        return ["v=0", "o=- 1 1 IN IP4 127.0.0.1", "s=-", "t=0 0", "a=group:BUNDLE " + " ".join(mids)]

    def transport(self, setup: str) -> list[str]:
        return [
            "c=IN IP4 0.0.0.0",
            f"a=ice-ufrag:{self.ufrag}",
            f"a=ice-pwd:{self.pwd}",
            f"a=fingerprint:sha-256 {CERTIFICATE.fingerprint}",
            f"a=setup:{setup}",
            "a=rtcp-mux",
        ]

    # Connection

    async def connect(self, description: str, patience: float = 10.0) -> None:
        """`description`: the server's offer or answer."""
        session = reader.parse(description)
        remote = session.transport_of(session.sections[0])
        self._remote = (remote.ufrag, remote.pwd)
        self._check()
        async with asyncio.timeout(patience):
            await self.connected.wait()
        self.started()

    def started(self) -> None:
        """Media can flow."""

    def _check(self) -> None:
        if self.closed:
            return
        ufrag, pwd = self._remote
        attributes = [
            (stun.USERNAME, f"{ufrag}:{self.ufrag}".encode()),
            (stun.PRIORITY, (1 << 24).to_bytes(4)),
            (stun.ICE_CONTROLLING, bytes(8)),
            (stun.USE_CANDIDATE, b""),
        ]
        self.send(stun.build(stun.BINDING, stun.REQUEST, os.urandom(12), attributes, key=pwd.encode()))
        self.loop.call_later(CHECK_S if self.connected.is_set() else RETRY_S, self._check)
        if self.answers and not self.connected.is_set():
            for datagram in self._flight:
                self.send(datagram)

    def send(self, data: bytes) -> None:
        with contextlib.suppress(OSError):  # as on any network
            self.sock.send(data)

    def media(self, plain: bytes) -> None:
        assert self._tx is not None
        self.send(self._tx.protect(plain))

    def report(self, *items: rtcp.Item) -> None:
        assert self._tx is not None
        if not self.closed:
            self.send(self._tx.protect_rtcp(rtcp.serialize(items)))

    def rtp(self, data: bytes) -> None:
        """A packet came."""

    def repeated(self, data: bytes) -> None:
        """A packet that came before came again."""

    def rtcp(self, items: list[rtcp.Item]) -> None:
        """A compound came."""

    def _readable(self) -> None:
        with contextlib.suppress(OSError):
            for _ in range(200):
                self._receive(self.sock.recv(65536))

    def _receive(self, data: bytes) -> None:
        if data[0] <= 3:
            self.answers += 1
            if self.answers == 1:
                self._handshake()
        elif data[0] < 64:
            self._ssl.bio_write(data)
            self._handshake()
        elif self._rx is None:
            pass
        else:
            self._decrypt(data)

    def _decrypt(self, data: bytes) -> None:
        assert self._rx is not None
        report = 192 <= data[1] <= 223
        try:
            plain = self._rx.unprotect_rtcp(data) if report else self._rx.unprotect(data)
        except SrtpError:
            if not report:
                self.repeated(data)
        else:
            if report:
                self.rtcp(rtcp.parse_compound(plain))
            else:
                self.rtp(plain)

    def _handshake(self) -> None:
        try:
            self._ssl.do_handshake()
        except SSL.WantReadError:
            pass
        else:
            if self._tx is None:
                self._tx, self._rx = srtp_sessions(self._ssl)
                self.connected.set()
        flight = []
        with contextlib.suppress(SSL.Error):
            while True:
                flight.append(self._ssl.bio_read(1200))
        if flight:
            self._flight = flight
            for datagram in flight:
                self.send(datagram)

    def vanish(self) -> None:
        """Gone without a word."""
        if not self.closed:
            self.closed = True
            self.loop.remove_reader(self.sock)
            self.sock.close()
