"""One peer: its ICE state, its DTLS session, its SRTP sessions, put together. Owned by the hub.

Knows no socket: the hub brings datagrams and takes them. Never accepts DTLS or media from a path that has
not passed a check, and never gives out a decrypted packet before the certificate is verified.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Protocol

from galene_py import limits
from galene_py.transport.dtls import FINAL, DtlsContext, DtlsSession, DtlsState
from galene_py.transport.ice import Credentials, IceAgent
from galene_py.transport.interfaces import CloseReason, PeerHandler
from galene_py.transport.outbox import STREAM, WITHOUT_RUNS, Route
from galene_py.transport.paths import UdpPath
from galene_py.transport.srtp import Arena, Handle, receive_session, transmit_session
from galene_py.transport.stun import StunMessage
from galene_py.transport.tcp import TcpPath

REASONS = {
    DtlsState.CLOSED: CloseReason.PEER_CLOSED,
    DtlsState.FAILED: CloseReason.DTLS_FAILED,
    DtlsState.MISMATCH: CloseReason.FINGERPRINT,
}


class Addresses(Protocol):
    """What a peer needs of the address book."""

    def credentials(self) -> Credentials: ...

    def answers_to(self, ufrag: str, peer: PeerTransport) -> None: ...

    def retire(self, ufrag: str) -> None: ...

    def adopt(self, path: UdpPath | TcpPath, peer: PeerTransport) -> None: ...

    def abandon(self, path: UdpPath | TcpPath) -> None: ...


class PeerServices(Protocol):
    """What a peer needs of the hub."""

    @property
    def book(self) -> Addresses: ...

    @property
    def arena(self) -> Arena:
        """Where received datagrams lie."""

    @property
    def dtls(self) -> DtlsContext: ...

    @property
    def clock(self) -> Callable[[], float]:
        """Monotonic seconds."""

    def send(self, path: UdpPath | TcpPath, data: bytes) -> None:
        """Queue one datagram."""

    def watch(self, peer: PeerTransport) -> None:
        """A handshake is under way: tick often."""

    def unwatch(self, peer: PeerTransport) -> None: ...

    def forget(self, peer: PeerTransport) -> None:
        """The peer is closed."""


class PeerTransport:
    """A connection to one browser. Made by `TransportHub.open`.

    For its owner: `ufrag`, `pwd`, `set_remote`, `restart`, `close`, `connected`, `closed`, `debug_state`.
    The other methods are the hub's.
    """

    __slots__ = (
        "_dtls",
        "_handler",
        "_ice",
        "_initiates",
        "_opened",
        "_receive",
        "_services",
        "_sessions",
        "_ssrcs",
        "_transmit",
        "batch",
        "bytes_received",
        "closed",
        "connected",
        "early",
        "fingerprints",
        "heard",
        "overflow",
        "packets_received",
        "rejected",
        "reports",
        "route",
    )

    def __init__(self, services: PeerServices, handler: PeerHandler) -> None:
        self._services = services
        self._handler = handler
        self._opened = services.clock()
        self._ice = IceAgent[UdpPath | TcpPath](services.book.credentials(), self._opened)
        self._dtls: DtlsSession | None = None
        self._initiates = False
        """Whether we are the client of the handshake."""
        self._receive: Handle | None = None
        self._transmit: Handle | None = None
        self._sessions: tuple[object, ...] = ()
        self._ssrcs: set[bytes] = set()
        self.fingerprints: tuple[tuple[str, str], ...] = ()
        self.route: Route | None = None
        """How the outbox reaches the peer; None while it cannot."""
        self.connected = False
        self.closed = False
        self.heard: UdpPath | TcpPath | None = None
        """The hub's: where protected packets came from since the last tick."""
        self.batch: list[bytearray] = []
        """The hub's: decrypted packets of this wake-up."""
        self.reports: list[bytes] = []
        self.packets_received = 0
        self.bytes_received = 0
        self.rejected = 0
        """Packets that failed authentication or were replayed."""
        self.overflow = 0
        """Packets of an SSRC beyond the bound."""
        self.early = 0
        """DTLS or media from a path without a check, or media before the handshake was done."""
        services.book.answers_to(self._ice.local.ufrag, self)

    # --- for the owner ---

    @property
    def handler(self) -> PeerHandler:
        return self._handler

    @property
    def ufrag(self) -> str:
        return self._ice.local.ufrag

    @property
    def pwd(self) -> str:
        return self._ice.local.pwd

    def set_remote(
        self, ufrag: str, pwd: str, fingerprints: Iterable[tuple[str, str]], *, passive: bool = False
    ) -> None:
        """What the other side's description says; fingerprints as (algorithm, hexadecimal with colons).
        `passive`: it waits for our ClientHello (RFC 5763 §5); no more changed once the handshake has begun.
        May come before or after the first packets, and again after a restart. Calls `connected` or `closed`
        at once when the handshake was waiting for it."""
        if self.closed:
            return
        self._ice.set_remote(ufrag, pwd)
        self.fingerprints = tuple(fingerprints)
        if self._dtls is not None:
            self._dtls.set_fingerprints(self.fingerprints)
            self._after_dtls()
        else:
            self._initiates = passive
            self._say_hello(self._services.clock())

    def restart(self) -> tuple[str, str]:
        """Start an ICE restart: new credentials for the next description. DTLS, SRTP and the address in use
        stay until a check with the new credentials arrives (RFC 8445 §9)."""
        if not self.closed:
            new = self._services.book.credentials()
            retired = self._ice.restart(new)
            self._services.book.answers_to(new.ufrag, self)
            if retired is not None:
                self._services.book.retire(retired)
        return self.ufrag, self.pwd

    def close(self) -> None:
        """Say goodbye and free everything. The handler hears nothing more. Harmless when closed."""
        if self.closed:
            return
        if self._dtls is not None:
            self._dtls.close()
            self._send_dtls()
        self._free()

    # --- for the hub ---

    def check(self, message: StunMessage, path: UdpPath | TcpPath, now: float) -> None:
        """A STUN message whose USERNAME names this peer."""
        outcome = self._ice.check(message, path, now)
        if outcome.valid:
            self._services.book.adopt(path, self)
        if outcome.response is not None:
            self._services.send(path, outcome.response)
        if outcome.retired is not None:
            self._services.book.retire(outcome.retired)
        if outcome.lost is not None:
            self._services.book.abandon(outcome.lost)
        if outcome.valid:
            self.reroute()
            self._say_hello(now)

    def dtls_datagram(self, datagram: bytes, path: UdpPath | TcpPath, now: float) -> None:
        """A DTLS datagram from a path of this peer."""
        if self.closed or not self._ice.is_valid(path):
            self.early += 1
            return
        if self._dtls is None:
            self._dtls = self._session()
        self._dtls.receive(datagram, now)
        self._after_dtls()

    def take_rtp(self, offset: int, size: int) -> bool:
        """Decrypt the RTP packet at `offset` of the receive arena into `batch`; whether that worked."""
        handle = self._receive
        if handle is None:
            self.early += 1
            return False
        arena = self._services.arena
        view, length = arena.view, arena.length
        ssrc = bytes(view[offset + 8 : offset + 12])
        known = ssrc in self._ssrcs
        if not known and len(self._ssrcs) >= limits.SSRCS_PER_PEER:
            self.overflow += 1
            return False
        length[0] = size
        if arena.unprotect(handle, arena.base + offset, length):
            self.rejected += 1
            return False
        if not known:
            self._ssrcs.add(ssrc)
        self.batch.append(bytearray(view[offset : offset + length[0]]))
        return True

    def take_rtcp(self, offset: int, size: int) -> bool:
        """Decrypt the compound packet at `offset` of the receive arena into `reports`."""
        handle = self._receive
        if handle is None:
            self.early += 1
            return False
        arena = self._services.arena
        view, length = arena.view, arena.length
        ssrc = bytes(view[offset + 4 : offset + 8])
        known = ssrc in self._ssrcs
        if not known and len(self._ssrcs) >= limits.SSRCS_PER_PEER:
            self.overflow += 1
            return False
        length[0] = size
        if arena.unprotect_rtcp(handle, arena.base + offset, length):
            self.rejected += 1
            return False
        if not known:
            self._ssrcs.add(ssrc)
        self.reports.append(bytes(view[offset : offset + length[0]]))
        return True

    def deliver(self, now: float) -> None:
        """Give the handler what this wake-up brought. Exceptions are the handler's and come through."""
        packets, reports = self.batch, self.reports
        if packets:
            self.batch = []
            self.packets_received += len(packets)
            self.bytes_received += sum(map(len, packets))
            if not self.closed:
                self._handler.rtp(packets, now)
        if reports:
            self.reports = []
            for report in reports:
                if not self.closed:
                    self._handler.rtcp(report, now)

    def holds(self, path: UdpPath | TcpPath, now: float) -> bool:
        """Whether the path is this peer's alone for the time being."""
        return not self.closed and self._ice.holds(path, now)

    def tick(self, now: float) -> None:
        """Timers: retransmission, giving up, consent."""
        if self.heard is not None:
            self._ice.heard(self.heard, now)
            self.heard = None
        session = self._dtls
        if session is not None and session.next_due is not None:
            if self._ssrcs:
                session.confirm()
            session.poll(now)
            self._after_dtls()
        if self.closed:
            return
        if not self.connected and now - self._opened > limits.CONNECT_SECONDS:
            self.fail(CloseReason.CONNECT_TIMEOUT)
        elif self.connected and self._ice.consent_lost(now):
            self.fail(CloseReason.CONSENT_LOST)
        else:
            old = self._ice.expire(now)
            for path in old:
                self._services.book.abandon(path)
            if old:
                self.reroute()

    def lose(self, path: UdpPath | TcpPath) -> None:
        """The path broke."""
        self._ice.lose(path)
        self.reroute()

    def fail(self, reason: CloseReason) -> None:
        """Close from below and tell the handler."""
        if self.closed:
            return
        self.close()
        self._handler.closed(reason)

    def reroute(self) -> None:
        """Work out again how the outbox reaches the peer."""
        path = self._ice.selected
        keys = None if self._dtls is None else self._dtls.keys
        if self._transmit is None or path is None or keys is None:
            self.route = None
            return
        shape = keys.profile.rtp_overhead
        if path.reliable:
            shape |= STREAM
        elif not path.gso:
            shape |= WITHOUT_RUNS
        route = (self._transmit, shape, path, b"")
        if route != self.route:
            self.route = route

    def _session(self) -> DtlsSession:
        session = DtlsSession(self._services.dtls, client=self._initiates)
        session.set_fingerprints(self.fingerprints)
        self._services.watch(self)
        return session

    def _say_hello(self, now: float) -> None:
        """Begin the handshake, if that is ours to do and there is a way to the other side."""
        if self._initiates and self._dtls is None and self._ice.selected is not None:
            self._dtls = self._session()
            self._dtls.start(now)
            self._after_dtls()

    def _after_dtls(self) -> None:
        """Send what the handshake wants to send, and act on the state it is in."""
        session = self._dtls
        if session is None:
            return
        self._send_dtls()
        if session.state in FINAL:
            self.fail(REASONS[session.state])
        elif session.state is DtlsState.CONNECTED and not self.connected and session.keys is not None:
            incoming, outgoing = receive_session(session.keys), transmit_session(session.keys)
            self._sessions = (incoming, outgoing)
            self._receive = self._services.arena.handle(incoming)
            self._transmit = self._services.arena.handle(outgoing)
            self.connected = True
            self.reroute()
            self._handler.connected()
        if session.next_due is None and self.connected:
            self._services.unwatch(self)

    def _send_dtls(self) -> None:
        path = self._ice.selected
        if self._dtls is None:
            return
        for datagram in self._dtls.take():
            if path is not None:
                self._services.send(path, datagram)

    def _free(self) -> None:
        self.closed = True
        self.connected = False
        self.route = None
        self._receive = self._transmit = None
        services, agent = self._services, self._ice
        services.unwatch(self)
        for path in agent.paths:
            agent.lose(path)
            services.book.abandon(path)
        services.book.retire(agent.local.ufrag)
        if agent.previous is not None:
            services.book.retire(agent.previous.ufrag)
        services.forget(self)

    def debug_state(self) -> dict[str, object]:
        """Counters for the statistics page; packets unless named otherwise."""
        return {
            "connected": self.connected,
            "ice": self._ice.debug_state(),
            "dtls": None if self._dtls is None else self._dtls.debug_state(),
            "received": self.packets_received,
            "received_bytes": self.bytes_received,
            "sources": len(self._ssrcs),
            "rejected": self.rejected,
            "overflow": self.overflow,
            "early": self.early,
        }
