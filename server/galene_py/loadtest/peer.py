"""One media connection of a person: a socket, ICE, DTLS, SRTP. What comes is handed on deciphered.

Owned by a person. Never blocks, has no task: the loop calls when there is something to read, the test's tick
when time has passed.
"""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress

from OpenSSL import SSL
from pylibsrtp import Error as SrtpError

from galene_py.loadtest import limits
from galene_py.loadtest.descriptions import Remote
from galene_py.loadtest.handshake import Handshake
from galene_py.loadtest.ice import Address, Datagrams, IceAgent
from galene_py.transport.dtls.session import DtlsCertificate

TakeRtp = Callable[[list[bytes], float], None]
"""Packets of one wake-up, and the time."""
TakeRtcp = Callable[[bytes, float], None]


class MediaPeer:
    """`connected` is a future: done when media can flow, an OSError when that takes too long."""

    def __init__(self, certificate: DtlsCertificate, rtp: TakeRtp, rtcp: TakeRtcp) -> None:
        self._loop = asyncio.get_running_loop()
        self.ice = IceAgent()
        self.connected: asyncio.Future[None] = self._loop.create_future()
        self.undecipherable = 0
        self._certificate = certificate
        self._rtp = rtp
        self._rtcp = rtcp
        self._handshake: Handshake | None = None
        self._sock: socket.socket | None = None
        self._give_up = time.monotonic() + limits.LOAD_CONNECT_SECONDS

    def set_remote(self, remote: Remote, *, controlling: bool) -> None:
        """Begin to connect to who described itself so."""
        self.ice.set_remote(remote.ufrag, remote.pwd, controlling=controlling or remote.lite)
        self.add(remote.addresses)

    def add(self, addresses: Iterable[Address]) -> None:
        """Take addresses of the other side; those of the first one's family count."""
        for address in addresses:
            family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
            if self._sock is None:
                self._open(family)
            if self._sock is not None and self._sock.family == family:
                self.ice.add([address])
        self.poll(time.monotonic())

    def poll(self, now: float) -> None:
        """Do what is due."""
        self._send_all(self.ice.poll(now))
        if self._handshake is not None:
            self._send_flight(self._handshake.poll(now))
        if now > self._give_up and not self.connected.done():
            what = "answers our checks" if self.ice.selected is None else "ends the DTLS handshake"
            self.connected.set_exception(OSError(f"nobody {what}"))

    def send_rtp(self, packets: Sequence[bytes]) -> None:
        """Encipher and send; what the kernel has no room for is lost, as on a network."""
        assert self._handshake is not None
        assert self._handshake.sessions is not None
        assert self._sock is not None
        protect, send = self._handshake.sessions[0].protect, self._sock.send
        with suppress(OSError):
            for packet in packets:
                send(protect(packet))

    def send_rtcp(self, packet: bytes) -> None:
        """Encipher and send one compound."""
        if self._handshake is not None and self._handshake.sessions is not None and self._sock is not None:
            with suppress(OSError):
                self._sock.send(self._handshake.sessions[0].protect_rtcp(packet))

    def close(self) -> None:
        """End it. Harmless when closed."""
        if self._sock is not None:
            self._loop.remove_reader(self._sock)
            self._sock.close()
            self._sock = None
        if not self.connected.done():
            self.connected.cancel()
        self.connected.exception() if not self.connected.cancelled() else None

    # --- inside ------------------------------------------------------------------------------------

    def _open(self, family: socket.AddressFamily) -> None:
        sock = socket.socket(family, socket.SOCK_DGRAM)
        sock.setblocking(False)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, limits.RECEIVE_BUFFER_BYTES)
        sock.bind(("::" if family is socket.AF_INET6 else "0.0.0.0", 0))
        self._sock = sock
        self._loop.add_reader(sock, self._readable)

    def _readable(self) -> None:
        now = time.monotonic()
        batch: list[bytes] = []
        for _ in range(limits.READ_AT_ONCE):
            if self._sock is None:
                return
            try:
                data, address = self._sock.recvfrom(2048)
            except (BlockingIOError, InterruptedError):
                break
            except OSError:
                continue  # an ICMP message about something that we sent
            if not data:
                continue
            if data[0] >= 128:
                if 192 <= data[1] <= 223:
                    self._control(data, now)
                else:
                    batch.append(data)
            elif data[0] <= 3:
                self._stun(data, address[:2], now)
            elif 20 <= data[0] <= 63 and self._handshake is not None:
                self._dtls(data, now)
        if batch:
            self._media(batch, now)

    def _stun(self, data: bytes, address: Address, now: float) -> None:
        self._send_all(self.ice.received(data, address))
        if self.ice.selected is not None and self._handshake is None and self._sock is not None:
            self._sock.connect(self.ice.selected)
            self._handshake = Handshake(self._certificate)
            self._send_flight(self._handshake.start(now))

    def _dtls(self, data: bytes, now: float) -> None:
        assert self._handshake is not None
        try:
            self._send_flight(self._handshake.received(data, now))
        except SSL.Error as error:
            if not self.connected.done():
                self.connected.set_exception(OSError(f"the DTLS handshake failed: {error}"))
            return
        if self._handshake.sessions is not None and not self.connected.done():
            self.connected.set_result(None)

    def _media(self, batch: list[bytes], now: float) -> None:
        if self._handshake is None or self._handshake.sessions is None:
            return
        unprotect = self._handshake.sessions[1].unprotect
        packets = []
        for data in batch:
            try:
                packets.append(unprotect(data))
            except SrtpError:
                self.undecipherable += 1
        self._rtp(packets, now)

    def _control(self, data: bytes, now: float) -> None:
        if self._handshake is None or self._handshake.sessions is None:
            return
        try:
            packet = self._handshake.sessions[1].unprotect_rtcp(data)
        except SrtpError:
            self.undecipherable += 1
            return
        self._rtcp(packet, now)

    def _send_flight(self, records: list[bytes]) -> None:
        if self._sock is not None:
            with suppress(OSError):
                for record in records:
                    self._sock.send(record)

    def _send_all(self, datagrams: Datagrams) -> None:
        if self._sock is None:
            return
        for data, address in datagrams:
            with suppress(OSError):
                if self._handshake is None:
                    self._sock.sendto(data, address)
                else:
                    self._sock.send(data)
