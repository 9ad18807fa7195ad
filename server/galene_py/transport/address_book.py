"""Who is where: ufrags and remote addresses of all peers. Owned by the hub.

An address enters only after a check of its peer, and belongs to one peer at a time. Never reads or sends.
"""

from __future__ import annotations

import secrets
from typing import Generic

from galene_py.transport import limits
from galene_py.transport.ice.agent import IceCredentials
from galene_py.transport.sockets import paths
from galene_py.transport.sockets.paths import Owner, UdpPath
from galene_py.transport.sockets.tcp import TcpPath


class AddressBook(Generic[Owner]):
    """`udp` is looked up once per datagram, hence public: raw socket address → path."""

    def __init__(self, family: int) -> None:
        self.udp: dict[bytes, UdpPath[Owner]] = {}
        self._family = family
        self._ufrags: dict[bytes, Owner] = {}
        self._unproven: dict[TcpPath[Owner], None] = {}

    def credentials(self) -> IceCredentials:
        """Fresh ones. RFC 8445 §5.3 asks for 24 random bits of ufrag and 128 of password; ours have 48 and
        144."""
        while True:
            ufrag = secrets.token_hex(6)
            if ufrag.encode() not in self._ufrags:
                return IceCredentials(ufrag, secrets.token_hex(18))

    def answers_to(self, ufrag: str, peer: Owner) -> None:
        self._ufrags[ufrag.encode()] = peer

    def retire(self, ufrag: str) -> None:
        self._ufrags.pop(ufrag.encode(), None)

    def addressee(self, username: bytes | None) -> Owner | None:
        """The peer that a check's USERNAME names: ours, colon, theirs (RFC 8445 §7.2.2)."""
        return None if username is None else self._ufrags.get(username.partition(b":")[0])

    def adopt(self, path: UdpPath[Owner] | TcpPath[Owner], peer: Owner) -> None:
        """The path has passed a check of this peer, and leaves the one that had it."""
        owner = path.peer
        if owner is peer:
            return
        if owner is not None:
            owner.lose(path)
        path.peer = peer
        if isinstance(path, TcpPath):
            self._unproven.pop(path, None)
            return
        self.udp[path.raw] = path
        if path.local is not None and paths.usual_source(path.raw, self._family) not in (None, path.local):
            path.set_pin(paths.make_pin(path.local, self._family))

    def abandon(self, path: UdpPath[Owner] | TcpPath[Owner]) -> None:
        """The peer no longer uses the path."""
        path.peer = None
        if isinstance(path, TcpPath):
            path.flush()
            path.close()
        elif self.udp.get(path.raw) is path:
            del self.udp[path.raw]

    # --- TCP connections that have not passed a check ---

    @property
    def unproven(self) -> int:
        return len(self._unproven)

    def welcome(self, path: TcpPath[Owner]) -> None:
        """A new connection; the oldest of too many goes."""
        if len(self._unproven) >= limits.TCP_STRANGERS:
            self.dismiss(next(iter(self._unproven)))
        self._unproven[path] = None

    def dismiss(self, path: TcpPath[Owner]) -> None:
        """Close a connection that belongs to nobody."""
        self._unproven.pop(path, None)
        path.close()

    def expire(self, now: float) -> None:
        """Close connections that had time enough for a check."""
        while path := next(iter(self._unproven), None):  # the oldest is the first
            if now - path.accepted <= limits.TCP_STRANGER_SECONDS:
                return
            self.dismiss(path)

    def clear(self) -> None:
        for path in tuple(self._unproven):
            self.dismiss(path)
