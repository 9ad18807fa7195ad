"""One peer: its ICE state, its DTLS association, its SRTP sessions, put together. Owned by the hub.

Knows no socket: the hub brings datagrams and takes them. Never accepts DTLS or media from a path that has
not passed a check, and never gives out a decrypted packet before the certificate is verified. Which handshake
counts is `association`'s to say, packets come in through `incoming`; here is what they have in common: paths,
consent, the way out, the end.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Protocol

from pylibsrtp import Error, Session

from galene_py.transport import limits
from galene_py.transport.address_book import AddressBook
from galene_py.transport.dtls.association import Association
from galene_py.transport.dtls.incoming import Incoming
from galene_py.transport.dtls.session import DtlsContext, DtlsState
from galene_py.transport.dtls.srtp import Arena, SrtpKeys, transmit_session
from galene_py.transport.ice.agent import IceAgent
from galene_py.transport.ice.stun import StunMessage
from galene_py.transport.interfaces import CloseReason, Leisure, PeerHandler
from galene_py.transport.sockets.cohorts import STREAM, WITHOUT_RUNS, Route
from galene_py.transport.sockets.paths import UdpPath
from galene_py.transport.sockets.tcp import TcpPath

PeerPath = UdpPath["PeerTransport"] | TcpPath["PeerTransport"]

REASONS = {
    DtlsState.CLOSED: CloseReason.PEER_CLOSED,
    DtlsState.FAILED: CloseReason.DTLS_FAILED,
    DtlsState.MISMATCH: CloseReason.FINGERPRINT,
}


class PeerServices(Protocol):
    """What a peer needs of the hub that made it (`hub.TransportHub`)."""

    @property
    def book(self) -> AddressBook[PeerTransport]: ...

    @property
    def arena(self) -> Arena:
        """Where received datagrams lie."""

    @property
    def dtls(self) -> DtlsContext: ...

    @property
    def clock(self) -> Callable[[], float]:
        """Monotonic seconds."""

    def send(self, path: PeerPath, data: bytes) -> None:
        """Queue one datagram."""

    def at(self, peer: PeerTransport, due: float) -> None:
        """Call the peer's `poll` at that time, or earlier."""

    def forget(self, peer: PeerTransport) -> None:
        """The peer is closed."""


class PeerTransport:
    """A connection to one browser. Made by `TransportHub.open`.

    For its owner: `ufrag`, `pwd`, `set_remote`, `restart`, `retire`, `close`, `connected`, `closed`,
    `returns`, `debug_state`. The other methods are the hub's.
    """

    __slots__ = (
        "_association",
        "_handler",
        "_heard_at",
        "_ice",
        "_initiates",
        "_keys",
        "_outgoing",
        "_services",
        "_waiting",
        "bytes_received",
        "closed",
        "connected",
        "early",
        "fingerprints",
        "heard",
        "incoming",
        "leisure",
        "packets_received",
        "returns",
        "route",
    )

    def __init__(self, services: PeerServices, handler: PeerHandler) -> None:
        self._services = services
        self._handler: PeerHandler | None = handler
        """None once closed: it refers to us, and both would wait for the garbage collector."""
        self._waiting = now = services.clock()
        """Since when there has been no association, if there is none."""
        self._ice = IceAgent[PeerPath](services.book.credentials(), now)
        self._association = Association(services.dtls)
        self.leisure: Leisure | None = None
        """The owner's, if it has any."""
        self._initiates = False
        """Whether we are the client of the handshake."""
        self._keys: SrtpKeys | None = None
        """Those that the sessions were made of."""
        self._outgoing: Session | None = None
        self.incoming = Incoming(services.arena, now)
        """The dispatcher's: takes in what is protected."""
        self.fingerprints: tuple[tuple[str, str], ...] = ()
        self.route: Route | None = None
        """How the outbox reaches the peer; None while it cannot."""
        self.connected = False
        self.closed = False
        self.returns = False
        """The owner's: whether a goodbye may be followed by another hello, for which it is worth waiting."""
        self.heard: PeerPath | None = None
        """The hub's: where protected packets came from since ICE was told."""
        self._heard_at = now
        """When the last came."""
        self.packets_received = 0
        self.bytes_received = 0
        self.early = 0
        """DTLS datagrams from a path without a check."""
        services.book.answers_to(self._ice.local.ufrag, self)
        services.at(self, now + limits.CONNECT_SECONDS)

    # --- for the owner ---

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
        `passive`: it waits for our ClientHello (RFC 5763 §5); not changed any more once the handshake has
        begun. May come before or after the first packets, and again after a restart. Calls `connected` or
        `closed` at once when the handshake was waiting for it."""
        if self.closed:
            return
        self._ice.set_remote(ufrag, pwd)
        self.fingerprints = tuple(fingerprints)
        now = self._services.clock()
        outgoing = self._association.set_fingerprints(self.fingerprints)
        if not self._association.begun:
            self._initiates = passive
            self._say_hello(now)
        else:
            self._after_dtls(outgoing, now)

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
        self._send_dtls(self._association.close(), self._ice.selected)
        self._free()

    def retire(self, ssrc: int) -> None:
        """Free what protecting packets of an SSRC of ours needs. Nothing may be sent under it any more, not
        even again: its numbers would start anew under the same key (RFC 7714 §8.1)."""
        if self._outgoing is not None:
            with suppress(Error):  # nothing was ever sent under it
                self._outgoing.remove_stream(ssrc)

    # --- for the hub ---

    def check(self, message: StunMessage, path: PeerPath, now: float) -> None:
        """A STUN message whose USERNAME names this peer."""
        self._hear()
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

    def dtls_datagram(self, datagram: bytes, path: PeerPath, now: float) -> None:
        """A DTLS datagram from a path of this peer."""
        if self.closed or not self._ice.is_valid(path):
            self.early += 1
            return
        self._after_dtls(self._association.receive(datagram, now), now, path)

    def deliver(self, now: float) -> None:
        """Give the handler what this wake-up brought. Exceptions are the handler's and come through."""
        self._heard_at = now
        incoming = self.incoming
        packets, reports = incoming.packets, incoming.reports
        if packets:
            incoming.packets = []
            self.packets_received += len(packets)
            self.bytes_received += sum(map(len, packets))
            if self._handler is not None:
                self._handler.rtp(packets, now)
        if reports:
            incoming.reports = []
            for report in reports:
                if self._handler is not None:
                    self._handler.rtcp(report, now)

    def holds(self, path: PeerPath, now: float) -> bool:
        """Whether the path is this peer's alone for the time being."""
        self._hear()
        return not self.closed and self._ice.holds(path, now)

    def poll(self, now: float) -> float | None:
        """Timers: retransmission, giving up, consent. When there will be something to do; None: never."""
        self._hear()
        self.incoming.sources.turn(now)
        association = self._association
        if association.due <= now:
            if self.incoming.sources.heard:
                association.confirm()
            self._after_dtls(association.poll(now), now)
        if not self.closed:
            self._expire(now)
        return None if self.closed else self._due

    def _expire(self, now: float) -> None:
        if not self.connected and self._waited(now):
            self.fail(
                CloseReason.PEER_CLOSED if self._association.may_return else CloseReason.CONNECT_TIMEOUT
            )
        elif self.connected and self._ice.consent_lost(now):
            self.fail(CloseReason.CONSENT_LOST)
        else:
            old = self._ice.expire(now)
            for path in old:
                self._services.book.abandon(path)
            if old:
                self.reroute()

    @property
    def _due(self) -> float:
        """When `poll` has something to do if nothing comes."""
        lost = self._ice.due if self.connected else self._waiting + self._patience
        # To the second: what many peers wait for is looked at together.
        return min(self._association.due, math.ceil(min(lost, self.incoming.sources.due)))

    def _hear(self) -> None:
        """Tell ICE what has come: not with each packet."""
        if self.heard is not None:
            self._ice.heard(self.heard, self._heard_at)
            self.heard = None

    def lose(self, path: PeerPath) -> None:
        """The path is another peer's now, or broken."""
        self._ice.lose(path)
        self.reroute()

    def fail(self, reason: CloseReason) -> None:
        """Close from below and tell the handler."""
        handler = self._handler
        self.close()
        if handler is not None:
            handler.closed(reason)

    def reroute(self) -> None:
        """Work out again how the outbox reaches the peer."""
        path, keys = self._ice.selected, self._keys
        if self.closed or self._outgoing is None or path is None or keys is None:
            self.route = None
            return
        shape = keys.profile.rtp_overhead
        if path.reliable:
            shape |= STREAM
        elif not path.gso:
            shape |= WITHOUT_RUNS
        route = Route(self._services.arena.handle(self._outgoing), shape, path, b"")
        if route != self.route:
            self.route = route

    @property
    def _may_return(self) -> bool:
        """Whether the other side, having said goodbye, is expected to go on."""
        return self._association.may_return and (self.returns or self._association.handshaking)

    def _waited(self, now: float) -> bool:
        """Whether the time for a handshake is over."""
        return now - self._waiting > self._patience

    @property
    def _patience(self) -> float:
        """How long to wait for a handshake, in seconds."""
        returning = self._association.may_return and not self._association.handshaking
        return limits.DTLS_RETURN_SECONDS if returning else limits.CONNECT_SECONDS

    def _say_hello(self, now: float) -> None:
        """Begin the handshake, if that is ours to do and there is a way to the other side."""
        if self._initiates and not self._association.begun and self._ice.selected is not None:
            self._after_dtls(self._association.start(now), now)

    def _after_dtls(self, outgoing: list[bytes], now: float, path: PeerPath | None = None) -> None:
        """Send what the handshake has to say, to `path` where something came from, and act on its state."""
        association = self._association
        self._send_dtls(outgoing, path or self._ice.selected)
        if association.keys is not self._keys:
            self._use(association.keys, now, path)
        if association.ended is not None and not self._may_return:
            self.fail(REASONS[association.ended])
        elif not self.closed:
            self._services.at(self, self._due)

    def _use(self, keys: SrtpKeys | None, now: float, path: PeerPath | None) -> None:
        """Other keys are there, or none any more."""
        anew, self._keys = self._outgoing is not None, keys
        self.connected = keys is not None
        if keys is None:
            self._waiting = now
            self.incoming.shut()
            self.reroute()
            return
        self.incoming.open(keys, now)
        self._outgoing = transmit_session(keys)
        if anew and path is not None:
            self._ice.prefer(path)
        self.reroute()
        if self._handler is not None:
            self._handler.connected()

    def _send_dtls(self, outgoing: list[bytes], path: PeerPath | None) -> None:
        if path is not None:
            for datagram in outgoing:
                self._services.send(path, datagram)

    def _free(self) -> None:
        self.closed = True
        self.connected = False
        self.route = None
        self._handler = None
        self.incoming.shut()
        services, agent = self._services, self._ice
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
            "dtls": self._association.debug_state(),
            "received": self.packets_received,
            "received_bytes": self.bytes_received,
            **self.incoming.debug_state(),
            "early": self.early + self.incoming.early,
        }
