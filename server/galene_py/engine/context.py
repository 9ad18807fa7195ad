"""What every stream of one engine needs: the hub, the timer, and how many connections there are.

Owned by the engine.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from galene_py.conference.media import MediaError
from galene_py.engine import limits
from galene_py.sdp.negotiation import LocalParameters
from galene_py.sfu.sums import Sums
from galene_py.ticker import Ticker
from galene_py.transport.hub import TransportHub
from galene_py.transport.interfaces import PeerHandler
from galene_py.transport.peer import PeerTransport


def nobody(reason: str) -> None:
    """Stands for a callback that is not to be called any more."""


def nobody_cares(whether: bool) -> None:
    """The same for what may be called many times."""


@dataclass(slots=True)
class Context:
    """`peers` counts open connections, for the bound."""

    hub: TransportHub
    ticker: Ticker
    peers: int = 0
    sums: Sums = field(default_factory=Sums)

    def open(self, handler: PeerHandler) -> PeerTransport:
        """Open a connection. Raises MediaError when there are too many."""
        if self.peers >= limits.ENGINE_PEERS:
            raise MediaError("the server carries too many streams")
        peer = self.hub.open(handler)
        self.peers += 1
        return peer

    def released(self) -> None:
        """A connection was closed."""
        self.peers -= 1

    def local(self, peer: PeerTransport, session_id: int, version: int) -> LocalParameters:
        """Our side of a description for `peer`."""
        return LocalParameters(
            ufrag=peer.ufrag,
            pwd=peer.pwd,
            fingerprint=self.hub.fingerprint,
            candidates=[candidate.sdp() for candidate in self.hub.candidates()],
            session_id=session_id,
            version=version,
        )
