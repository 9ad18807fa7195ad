"""The transport hub: one UDP socket, adopted TCP connections, all peers, one outbox, one timer.

In a wake-up it reads what is there (bounded), has it sorted and delivered, and sends everything that this
led to with one system call. Never makes a task, future or exception per packet. Owns the sockets, the
address book, the outbox and the certificate; everything else belongs to the peers.

    hub = TransportHub(udp_port=8443)
    await hub.start(tcp=True)
    peer = hub.open(handler)            # peer.ufrag, peer.pwd go into the description
    peer.set_remote(ufrag, pwd, [("sha-256", "AB:CD:…")])
    hub.outbox.rtp(peers, packets)      # anytime; sent at the end of the wake-up or soon after
"""

from __future__ import annotations

import asyncio
import logging
import socket
import time
from collections.abc import Callable, Sequence

from galene_py.ticker import Pollable, Ticker
from galene_py.transport import limits
from galene_py.transport.address_book import AddressBook
from galene_py.transport.dispatcher import Dispatcher, give_up
from galene_py.transport.dtls.session import DtlsCertificate, DtlsContext
from galene_py.transport.dtls.srtp import Arena
from galene_py.transport.ice import candidates
from galene_py.transport.ice.candidates import Address, Candidate
from galene_py.transport.interfaces import PeerHandler
from galene_py.transport.peer import PeerPath, PeerTransport
from galene_py.transport.sockets.outbox import Outbox
from galene_py.transport.sockets.tcp import TcpListener, TcpPath
from galene_py.transport.sockets.udp import Reader, open_socket
from galene_py.transport.sockets.wakeups import WakeUps

log = logging.getLogger(__name__)


class TransportHub:
    """All connections of one server process. To be used on the event loop's thread, after `start`."""

    outbox: Outbox
    """Sends media and reports to peers."""
    arena: Arena
    """Where received datagrams lie."""
    book: AddressBook[PeerTransport]

    def __init__(
        self,
        certificate: DtlsCertificate | None = None,
        udp_port: int = 0,
        *,
        host: str = "",
        public_addresses: Sequence[str] = (),
        tcp_port: int | None = None,
        tcp_addresses: Sequence[str] = (),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`udp_port` 0: any. `host`: one local address to listen on instead of all. `public_addresses`:
        advertised instead of the interfaces' (ValueError for anything but IP addresses). `tcp_port`:
        advertised for ICE-TCP when somebody else accepts there and calls `adopt_tcp`; `tcp_addresses`: the
        only ones where they do, if they do not everywhere."""
        self.certificate = certificate or DtlsCertificate()
        self.fingerprint = self.certificate.fingerprint
        """SHA-256 with colons, for `a=fingerprint:sha-256 …`."""
        self.dtls = DtlsContext(self.certificate)
        self.clock = clock
        self.udp_port = udp_port
        self.tcp_port = tcp_port
        self.peers: set[PeerTransport] = set()
        self._host = host
        self._public = candidates.parse_public(public_addresses)
        self._tcp_addresses = candidates.parse_public(tcp_addresses) or None
        self._unsent: list[TcpPath[PeerTransport]] = []
        self._batch = limits.RECEIVE_BATCH
        self._cost = 0.0
        """Seconds that one received RTP packet takes, with all that it leads to; rises at once, falls
        slowly."""
        self._usual_cost = 0.0
        """The same, as the mean of many: one wake-up that was interrupted does not show."""
        self._awake = False
        self._departed = False
        """Whether a peer has gone since the outbox was told so."""
        self._alive = 0.0
        """When the process last showed that it runs, by the event loop's clock."""
        self._standstills = 0
        self._flush_handle: asyncio.Handle | None = None
        self._interfaces: tuple[float, list[Address]] | None = None
        self._sock: socket.socket | None = None
        self._listener: TcpListener | None = None

    # --- for the owner ---

    async def start(self, *, tcp: bool = False) -> None:
        """Open the UDP socket, and with `tcp` a listening socket on the same port number. Raises OSError."""
        self._loop = asyncio.get_running_loop()
        sock = self._open_sockets(tcp)
        self.udp_port = sock.getsockname()[1]
        self._sock = sock
        self._reader = Reader(sock)
        self.arena = self._reader.arena
        self.book = AddressBook[PeerTransport](sock.family)
        self._dispatcher = Dispatcher(self._reader, self.book)
        self.outbox = Outbox(sock, self._outbox_filled)
        self._alive = self._loop.time()
        self._wakeups = WakeUps(self._loop, sock.fileno(), self._receive, self.clock)
        self._ticker = Ticker(self._loop, self.clock, work=self._tick, failed=self._poll_failed)
        self._ticker.at(self, self.clock())

    def _open_sockets(self, tcp: bool) -> socket.socket:
        """The UDP socket, and the TCP one on the same number; without one given, on a number that is free for
        both."""
        attempts = 20 if tcp and not self.udp_port else 1
        while True:
            sock = open_socket(self.udp_port, self._host)
            if not tcp:
                return sock
            address, port = sock.getsockname()[:2]
            attempts -= 1
            try:
                self._listener = TcpListener(sock.family, address, port, self.adopt_tcp)
            except OSError:
                sock.close()
                if not attempts:
                    raise
            else:
                self.tcp_port = port
                return sock

    def close(self) -> None:
        """Say goodbye to all peers and close the sockets. Handlers hear nothing. Harmless when closed."""
        if self._sock is None:
            return
        for peer in tuple(self.peers):
            peer.close()
        self._flush()
        self.book.clear()
        self._ticker.close()
        if self._listener is not None:
            self._listener.close()
        self._wakeups.close()
        self._sock.close()
        self._sock = None

    def open(self, handler: PeerHandler) -> PeerTransport:
        """A new peer that waits for its browser's first check."""
        peer = PeerTransport(self, handler)
        self.peers.add(peer)
        return peer

    def candidates(self) -> list[Candidate]:
        """What a description advertises now."""
        ipv6 = self._sock is not None and self._sock.family == socket.AF_INET6
        addresses = self._public or self._local_addresses()
        return candidates.make_candidates(
            addresses, self.udp_port, self.tcp_port, tcp_addresses=self._tcp_addresses, ipv6=ipv6
        )

    def _local_addresses(self) -> list[Address]:
        if self._host:
            return candidates.parse_public([self._host])
        now = self.clock()
        if self._interfaces is None or now - self._interfaces[0] > limits.INTERFACES_SECONDS:
            self._interfaces = now, candidates.usable(candidates.interface_addresses())
        return self._interfaces[1]

    def adopt_tcp(self, sock: socket.socket) -> None:
        """Take over an accepted connection whose first bytes look like RFC 4571 framing. Nothing may have
        been read from it."""
        if self._sock is None:
            sock.close()
            return
        try:
            path = TcpPath[PeerTransport](sock, self, self.clock())
        except (OSError, ValueError):
            sock.close()
        else:
            path.standstills = self._standstills
            self.book.welcome(path)

    def debug_state(self) -> dict[str, object]:
        return {
            "peers": len(self.peers),
            "paths": len(self.book.udp),
            "connecting": sum(not peer.connected for peer in self.peers),
            "timed": len(self._ticker),
            "polls": self._ticker.polls,
            "tcp_unproven": self.book.unproven,
            "batch": self._batch,
            "gathering": self._wakeups.gathering,
            **self._dispatcher.debug_state(),
            "outbox": self.outbox.debug_state(),
        }

    # --- the wake-up ---

    def _receive(self, now: float) -> tuple[int, bool]:
        """Read and handle what is there: how many datagrams, and whether there may be more."""
        self._show_life(now)
        most = self._batch
        total = count = self._reader.read(most)
        if not count:
            return 0, False
        self._awake = True  # what is sent from here on goes out together at the end
        media = 0
        try:
            self._dispatcher.datagrams(count, now)
            if count < most and self._dispatcher.touched and not self._wakeups.gathering:
                # The rest of a burst of media has often come meanwhile; now it needs no wake-up of its own.
                count = self._reader.read(most - count)
                self._dispatcher.datagrams(count, now)
                total += count
            media = self._dispatcher.deliver(now)
        finally:
            self._sleep()
        if media:
            self._adapt(self.clock() - now, media)
        return total, total == most

    def _show_life(self, now: float) -> None:
        """Notice that the whole process stood still, as with a suspended machine. Forwarded now, all at once,
        the media of that time would make receivers expect more such delays: they would delay everything by
        seconds, and take a minute to recover. Lost, it costs a keyframe."""
        stood, self._alive = self._loop.time() - self._alive, self._loop.time()
        if stood < limits.STANDSTILL_SECONDS:
            return
        self._standstills += 1
        for _ in range(limits.STANDSTILL_READS):
            count = self._reader.read(limits.RECEIVE_BATCH)
            self._dispatcher.stale_datagrams(count, now)
            if count < limits.RECEIVE_BATCH:
                break

    def _sleep(self) -> None:
        self._awake = False
        self._flush()

    def _adapt(self, elapsed: float, media: int) -> None:
        """Read as many datagrams next time as the time for one wake-up allows. What one costs is learnt: it
        depends on how many receive it. A higher cost is believed at once, a lower one bit by bit."""
        cost = elapsed / media
        change = cost - self._cost
        self._cost += change if change > 0 else change / 4
        fitting = int(limits.WAKEUP_SECONDS / max(self._cost, 1e-6))
        self._batch = min(max(fitting, limits.RECEIVE_BATCH_LEAST), limits.RECEIVE_BATCH)
        self._usual_cost += (cost - self._usual_cost) / 32
        self._wakeups.worthwhile = self._usual_cost < limits.GATHER_COST_SECONDS

    def _outbox_filled(self) -> None:
        if not self._awake and self._flush_handle is None:
            self._flush_handle = self._loop.call_soon(self._flush)

    def _flush(self) -> None:
        if self._flush_handle is not None:
            self._flush_handle.cancel()
            self._flush_handle = None
        self.outbox.flush()
        if self._unsent:
            unsent, self._unsent = self._unsent, []
            for path in unsent:
                path.flush()

    # --- the timer ---

    def _tick(self, now: float) -> None:
        self._show_life(now)
        self._awake = True
        try:
            self._ticker.run(now)
        finally:
            self._sleep()

    def poll(self, now: float) -> float:
        """What is the hub's own to do, whoever is there."""
        self.book.expire(now)
        if self._departed:
            self._departed = False
            self.outbox.forget(everybody=not self.peers)
        return now + limits.TIMER_SECONDS

    @staticmethod
    def _poll_failed(item: Pollable) -> None:
        if isinstance(item, PeerTransport):
            give_up(item)
        else:
            log.exception("the hub's timer failed")

    # --- for peers and connections ---

    def send(self, path: PeerPath, data: bytes) -> None:
        self.outbox.raw(path, data)

    def at(self, peer: PeerTransport, due: float) -> None:
        self._ticker.at(peer, due)

    def forget(self, peer: PeerTransport) -> None:
        self.peers.discard(peer)
        self._ticker.forget(peer)
        self._departed = True

    def frames(self, path: TcpPath[PeerTransport], frames: list[bytes]) -> None:
        """Frames of one TCP connection: a wake-up like that for datagrams."""
        now = self.clock()
        self._show_life(now)
        self._awake = True
        try:
            if path.standstills == self._standstills:
                self._dispatcher.frames(path, frames, now)
            else:
                self._dispatcher.stale_frames(path, frames, now)
                path.standstills = self._standstills if path.drained else path.standstills
            self._dispatcher.deliver(now)
        finally:
            self._sleep()

    def unsent(self, path: TcpPath[PeerTransport]) -> None:
        """The connection has something to send at the end of the wake-up."""
        self._unsent.append(path)

    def broken(self, path: TcpPath[PeerTransport]) -> None:
        """The connection was closed by the other side."""
        self.book.dismiss(path)
        peer = path.peer
        path.peer = None
        if peer is not None:
            peer.lose(path)
