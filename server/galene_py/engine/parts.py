"""What the parts of the engine share: the hub as the engine sees it, and the context of one engine.

Protocol classes and one small record. The hub is the transport room's, the context the engine's.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from galene_py.conference.media import MediaError
from galene_py.engine import limits
from galene_py.sdp.negotiation import LocalParameters
from galene_py.ticker import Ticker
from galene_py.transport.sockets.outbox import Route

Buffer = bytes | bytearray | memoryview


class Peer(Protocol):
    """One connection of the hub (`transport.peer.PeerTransport`)."""

    returns: bool

    @property
    def ufrag(self) -> str: ...
    @property
    def pwd(self) -> str: ...
    @property
    def connected(self) -> bool: ...
    @property
    def route(self) -> Route | None: ...

    def set_remote(
        self, ufrag: str, pwd: str, fingerprints: Iterable[tuple[str, str]], *, passive: bool = False
    ) -> None: ...
    def restart(self) -> tuple[str, str]: ...
    def retire(self, ssrc: int) -> None: ...
    def close(self) -> None: ...
    def debug_state(self) -> dict[str, object]: ...


class Handler(Protocol):
    """What the hub calls (`transport.interfaces.PeerHandler`)."""

    def connected(self) -> None: ...
    def rtp(self, packets: list[bytearray], now: float) -> None: ...
    def rtcp(self, packet: bytes, now: float) -> None: ...
    def closed(self, reason: str) -> None: ...


class Outbox(Protocol):
    """Where packets leave (`transport.outbox.Outbox`)."""

    def rtp(self, peers: Sequence[Peer], packets: Sequence[Buffer]) -> None: ...
    def rtcp(self, peer: Peer, packet: Buffer) -> None: ...


class Candidate(Protocol):
    """One of the server's addresses (`transport.candidates.Candidate`)."""

    def sdp(self) -> str: ...


class Hub(Protocol):
    """The transport hub (`transport.hub.TransportHub`)."""

    @property
    def outbox(self) -> Outbox: ...
    @property
    def fingerprint(self) -> str: ...

    def candidates(self) -> Sequence[Candidate]: ...
    def open(self, handler: Handler) -> Peer: ...


def nobody(reason: str) -> None:
    """Stands for a callback that is not to be called any more."""


@dataclass(slots=True)
class Context:
    """What every stream of one engine needs. `peers` counts open connections, for the bound."""

    hub: Hub
    ticker: Ticker
    peers: int = 0
    counters: dict[str, int] = field(default_factory=dict)

    def open(self, handler: Handler) -> Peer:
        """Open a connection. Raises MediaError when there are too many."""
        if self.peers >= limits.ENGINE_PEERS:
            raise MediaError("the server carries too many streams")
        peer = self.hub.open(handler)
        self.peers += 1
        return peer

    def released(self) -> None:
        """A connection was closed."""
        self.peers -= 1

    def local(self, peer: Peer, session_id: int, version: int) -> LocalParameters:
        """Our side of a description for `peer`."""
        return LocalParameters(
            ufrag=peer.ufrag,
            pwd=peer.pwd,
            fingerprint=self.hub.fingerprint,
            candidates=[candidate.sdp() for candidate in self.hub.candidates()],
            session_id=session_id,
            version=version,
        )
