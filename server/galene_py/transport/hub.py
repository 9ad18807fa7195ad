"""The transport hub: one UDP socket, adopted TCP connections, all peers, one outbox, one timer.

Reads what is there (bounded), finds the peer of each datagram, lets it decrypt, gives each handler its
packets once per wake-up, and sends everything at the end. Never makes a task, future or exception per
packet. Owns the sockets, the table of remote addresses, the table of ufrags and the certificate; everything
else belongs to the peers. Bad input costs a counter.

    hub = TransportHub(udp_port=8443)
    await hub.start(tcp=True)
    peer = hub.open(handler)            # peer.ufrag, peer.pwd go into the description
    peer.set_remote(ufrag, pwd, [("sha-256", "AB:CD:…")])
    hub.outbox.rtp(peers, packets)      # anytime; sent at the end of the wake-up or soon after
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import secrets
import socket
import time
from collections.abc import Callable, Sequence

from galene_py import limits
from galene_py.transport import candidates, paths, stun
from galene_py.transport.candidates import Address, Candidate
from galene_py.transport.demux import RTP_HEADER_BYTES, Kind, classify
from galene_py.transport.dtls import Certificate, DtlsContext
from galene_py.transport.ice import Credentials
from galene_py.transport.interfaces import CloseReason, PeerHandler
from galene_py.transport.outbox import Outbox
from galene_py.transport.paths import UdpPath
from galene_py.transport.peer import PeerTransport
from galene_py.transport.srtp import Arena
from galene_py.transport.stun import StunError
from galene_py.transport.tcp import TcpListener, TcpPath
from galene_py.transport.udp import Reader, open_socket

log = logging.getLogger(__name__)

SCRATCH = 0
"""Offset in the receive arena where frames of TCP connections are put."""


class TransportHub:
    """All connections of one server process. Methods are to be called on the event loop's thread."""

    outbox: Outbox
    arena: Arena

    def __init__(
        self,
        certificate: Certificate | None = None,
        udp_port: int = 0,
        *,
        host: str = "",
        public_addresses: Sequence[str] = (),
        tcp_port: int | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`host`: one local address to listen on instead of all. `public_addresses`: advertised instead of
        the interfaces' (ValueError for anything but IP addresses). `tcp_port`: advertised for ICE-TCP when
        somebody else accepts there and calls `adopt_tcp`."""
        self.certificate = certificate or Certificate()
        self.fingerprint = self.certificate.fingerprint
        """SHA-256 with colons, for `a=fingerprint:sha-256 …`."""
        self.dtls = DtlsContext(self.certificate)
        self.clock = clock
        self.udp_port = udp_port
        self.tcp_port = tcp_port
        self.peers: set[PeerTransport] = set()
        self.strangers = 0
        """Datagrams from addresses that belong to no peer, other than checks."""
        self.malformed = 0
        """Datagrams and messages that are nothing we know."""
        self.unknown_checks = 0
        """Checks for a ufrag that nobody has."""
        self.claimed = 0
        """Checks from an address that belongs to another peer."""
        self._host = host
        self._public = candidates.parse_public(public_addresses)
        self._ufrags: dict[bytes, PeerTransport] = {}
        self._paths: dict[bytes, UdpPath] = {}
        self._unproven: dict[TcpPath, None] = {}
        self._unsent: list[TcpPath] = []
        self._urgent: set[PeerTransport] = set()
        self._touched: list[PeerTransport] = []
        self._batch = limits.RECEIVE_BATCH
        self._awake = False
        self._flush_handle: asyncio.Handle | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._slow_due = 0.0
        self._interfaces: tuple[float, list[Address]] | None = None
        self._sock: socket.socket | None = None
        self._listener: TcpListener | None = None

    # --- for the owner ---

    async def start(self, *, tcp: bool = False) -> None:
        """Open the UDP socket, and with `tcp` a listening socket on the same port number. Raises OSError."""
        self._loop = asyncio.get_running_loop()
        self._sock = sock = open_socket(self.udp_port, self._host)
        self.udp_port = sock.getsockname()[1]
        try:
            if tcp:
                name = sock.getsockname()[0]
                self._listener = TcpListener(sock.family, name, self.udp_port, self)
                self.tcp_port = self._listener.port
        except OSError:
            sock.close()
            self._sock = None
            raise
        self._reader = Reader(sock)
        self.arena = self._reader.arena
        self.outbox = Outbox(sock, self._outbox_filled)
        self._loop.add_reader(sock.fileno(), self._readable)
        self._schedule_timer()

    def close(self) -> None:
        """Say goodbye to all peers and close the sockets. Handlers hear nothing."""
        if self._sock is None:
            return
        for peer in tuple(self.peers):
            peer.close()
        self._flush()
        for path in tuple(self._unproven):
            path.close()
        self._unproven.clear()
        for handle in (self._timer, self._flush_handle):
            if handle is not None:
                handle.cancel()
        if self._listener is not None:
            self._listener.close()
        self._loop.remove_reader(self._sock.fileno())
        self._sock.close()
        self._sock = None

    def open(self, handler: PeerHandler) -> PeerTransport:
        """A new peer that waits for its browser's first check."""
        peer = PeerTransport(self, handler)
        self.peers.add(peer)
        return peer

    def candidates(self) -> list[Candidate]:
        """What a description advertises now."""
        sock = self._sock
        ipv6 = sock is not None and sock.family == socket.AF_INET6
        addresses = self._public or self._local_addresses()
        return candidates.make_candidates(addresses, self.udp_port, self.tcp_port, ipv6=ipv6)

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
            path = TcpPath(sock, self, self.clock())
        except (OSError, ValueError):
            sock.close()
            return
        if len(self._unproven) >= limits.TCP_STRANGERS:
            oldest = next(iter(self._unproven))
            del self._unproven[oldest]
            oldest.close()
        self._unproven[path] = None

    def debug_state(self) -> dict[str, object]:
        return {
            "peers": len(self.peers),
            "paths": len(self._paths),
            "handshakes": len(self._urgent),
            "tcp_unproven": len(self._unproven),
            "strangers": self.strangers,
            "malformed": self.malformed,
            "unknown_checks": self.unknown_checks,
            "claimed": self.claimed,
            "batch": self._batch,
            "outbox": self.outbox.debug_state(),
        }

    # --- the wake-up ---

    def _readable(self) -> None:
        started = self.clock()
        count = self._reader.read(self._batch)
        self._awake = True
        try:
            self._dispatch(count, started)
            self._deliver(started)
        finally:
            self._awake = False
            self._flush()
        if count:
            self._adapt(count, self.clock() - started)

    def _adapt(self, count: int, elapsed: float) -> None:
        """Read fewer datagrams next time when these took too long, else a few more again."""
        if elapsed > limits.WAKEUP_SECONDS:
            fitting = int(count * limits.WAKEUP_SECONDS / elapsed)
            self._batch = max(fitting, limits.RECEIVE_BATCH_LEAST)
        else:
            self._batch = min(self._batch + 4, limits.RECEIVE_BATCH)

    def _dispatch(self, count: int, now: float) -> None:
        reader = self._reader
        names, width, sizes, view = reader.names, reader.name_bytes, reader.sizes, reader.arena.view
        known = self._paths
        for i in range(count):
            size = sizes[i]
            offset = i * limits.DATAGRAM_BYTES
            path = known.get(names[i * width : i * width + width])
            if path is not None and size >= RTP_HEADER_BYTES and 128 <= view[offset] <= 191:
                self._media(path, offset, size)
            elif size >= limits.DATAGRAM_BYTES or not size:
                self.malformed += 1
            elif view[offset] <= 3:
                data = bytes(view[offset : offset + size])
                if path is None:
                    path = UdpPath(names[i * width : i * width + width], reader.local(i))
                self._stun(path, data, now)
            elif path is None:
                self.strangers += 1
            else:
                self._other(path, bytes(view[offset : offset + size]), now)

    def _media(self, path: UdpPath | TcpPath, offset: int, size: int) -> None:
        """RTP or RTCP at `offset` of the receive arena (RFC 5761 §4)."""
        peer = path.peer
        if not isinstance(peer, PeerTransport):
            return
        empty = not peer.batch and not peer.reports
        if 192 <= self.arena.view[offset + 1] <= 223:
            taken = peer.take_rtcp(offset, size)
        else:
            taken = peer.take_rtp(offset, size)
        if taken and empty:
            self._touched.append(peer)

    def _other(self, path: UdpPath | TcpPath, data: bytes, now: float) -> None:
        peer = path.peer
        if isinstance(peer, PeerTransport) and classify(data) is Kind.DTLS:
            self._guarded(peer, lambda: peer.dtls_datagram(data, path, now))
        else:
            self.malformed += 1

    def _stun(self, path: UdpPath | TcpPath, data: bytes, now: float) -> None:
        try:
            message = stun.parse(data)
        except StunError:
            self.malformed += 1
            return
        name = message.get(stun.USERNAME)
        peer = None if name is None else self._ufrags.get(name.partition(b":")[0])
        if peer is None:
            self.unknown_checks += 1
            return
        owner = path.peer
        if isinstance(owner, PeerTransport) and owner is not peer and owner.holds(path, now):
            self.claimed += 1
            return
        peer.check(message, path, now)

    def _deliver(self, now: float) -> None:
        touched, self._touched = self._touched, []
        for peer in touched:
            self._guarded(peer, lambda peer=peer: peer.deliver(now))  # type: ignore[misc]

    def _guarded(self, peer: PeerTransport, action: Callable[[], None]) -> None:
        """Run something that may call the peer's handler; an exception closes this peer only."""
        try:
            action()
        except Exception:
            log.exception("a media handler failed; its peer is closed")
            try:
                peer.fail(CloseReason.HANDLER_FAILED)
            except Exception:
                log.exception("a media handler failed while closing")

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

    def _schedule_timer(self) -> None:
        delay = limits.TIMER_FAST_SECONDS if self._urgent else limits.TIMER_SLOW_SECONDS
        self._timer = self._loop.call_later(delay, self._tick)

    def _tick(self) -> None:
        now = self.clock()
        everyone = now >= self._slow_due
        if everyone:
            self._slow_due = now + limits.TIMER_SLOW_SECONDS
            old = [p for p in self._unproven if now - p.accepted > limits.TCP_STRANGER_SECONDS]
            for path in old:
                del self._unproven[path]
                path.close()
        self._awake = True
        try:
            for peer in tuple(self.peers if everyone else self._urgent):
                self._guarded(peer, lambda peer=peer: peer.tick(now))  # type: ignore[misc]
        finally:
            self._awake = False
            self._flush()
            self._schedule_timer()

    # --- for peers and connections ---

    def credentials(self) -> Credentials:
        """RFC 8445 §5.3: at least 24 bits of ufrag and 128 of password; ours are 48 and 144."""
        while True:
            ufrag = secrets.token_hex(6)
            if ufrag.encode() not in self._ufrags:
                return Credentials(ufrag, secrets.token_hex(18))

    def send(self, path: UdpPath | TcpPath, data: bytes) -> None:
        self.outbox.raw(path, data)

    def answers_to(self, ufrag: str, peer: PeerTransport) -> None:
        self._ufrags[ufrag.encode()] = peer

    def retire(self, ufrag: str) -> None:
        self._ufrags.pop(ufrag.encode(), None)

    def adopt(self, path: UdpPath | TcpPath, peer: PeerTransport) -> None:
        owner = path.peer
        if owner is peer:
            return
        if isinstance(owner, PeerTransport):
            owner.lose(path)
        path.peer = peer
        if isinstance(path, TcpPath):
            self._unproven.pop(path, None)
            return
        self._paths[path.raw] = path
        if path.local is not None and self._sock is not None:
            family = self._sock.family
            if paths.usual_source(path.raw, family) not in (None, path.local):
                path.set_pin(paths.make_pin(path.local, family))

    def abandon(self, path: UdpPath | TcpPath) -> None:
        path.peer = None
        if isinstance(path, TcpPath):
            path.flush()
            path.close()
        elif self._paths.get(path.raw) is path:
            del self._paths[path.raw]

    def watch(self, peer: PeerTransport) -> None:
        if not self._urgent and self._timer is not None:
            self._timer.cancel()
            self._urgent.add(peer)
            self._schedule_timer()
        self._urgent.add(peer)

    def unwatch(self, peer: PeerTransport) -> None:
        self._urgent.discard(peer)

    def forget(self, peer: PeerTransport) -> None:
        self.peers.discard(peer)
        with contextlib.suppress(ValueError):
            self._touched.remove(peer)

    def frames(self, path: TcpPath, frames: list[bytes]) -> None:
        """Frames of one TCP connection: the same wake-up as for datagrams."""
        now = self.clock()
        view = self.arena.view
        self._awake = True
        try:
            for frame in frames:
                if path.closed:
                    break
                kind = classify(frame)
                if kind is Kind.STUN:
                    self._stun(path, frame, now)
                elif path.peer is None:
                    self.strangers += 1
                    self._unproven.pop(path, None)
                    path.close()  # the first frame of a connection has to be a check
                elif kind in (Kind.RTP, Kind.RTCP) and len(frame) < limits.DATAGRAM_BYTES:
                    view[SCRATCH : SCRATCH + len(frame)] = frame
                    self._media(path, SCRATCH, len(frame))
                else:
                    self._other(path, frame, now)
            self._deliver(now)
        finally:
            self._awake = False
            self._flush()

    def unsent(self, path: TcpPath) -> None:
        self._unsent.append(path)

    def broken(self, path: TcpPath) -> None:
        self._unproven.pop(path, None)
        peer = path.peer
        path.peer = None
        if isinstance(peer, PeerTransport):
            peer.lose(path)
