"""How many connections each origin may hold, and how many all together: a share of the process's descriptors.

Behind a reverse proxy on this machine all connections are the proxy's, so what comes from loopback or a Unix
socket has no share of its own. Some descriptors are kept back for files, so that whoever is connected is
served also when no one else can connect.

Owner of the state: the listener has one. Sockets are only looked at: one that is closed elsewhere counts no
more.
"""

from __future__ import annotations

import resource
import socket

from galene_py.budget.origin import origin, stands_for_many
from galene_py.web import limits


class Crowd:
    """`descriptors`: how many the process may have; None: what the operating system says."""

    def __init__(self, descriptors: int | None = None) -> None:
        if descriptors is None:
            soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
            descriptors = limits.DESCRIPTORS_ASSUMED if soft == resource.RLIM_INFINITY else soft
        kept_back = min(limits.DESCRIPTORS_KEPT_BACK, descriptors // 8)
        self._last = descriptors - kept_back
        self.share = max(descriptors // limits.ORIGIN_CONNECTIONS_SHARE, limits.ORIGIN_CONNECTIONS_LEAST)
        self._held: dict[str, set[socket.socket]] = {}
        self._arrivals = 0

    def full(self, sock: socket.socket) -> bool:
        """Whether this socket took one of the descriptors that are kept back."""
        # The kernel gives out the lowest number that is free.
        return sock.fileno() >= self._last

    def admits(self, sock: socket.socket, address: str) -> bool:
        """Whether one more may come from this address; it is counted until it is closed."""
        self._arrivals += 1
        if self._arrivals % self.share == 0:
            self._forget_closed()
        whose = origin(address)
        if stands_for_many(whose):
            return True
        held = self._held.setdefault(whose, set())
        if len(held) >= self.share:
            held = self._held[whose] = {one for one in held if one.fileno() >= 0}
        if len(held) >= self.share:
            return False
        held.add(sock)
        return True

    def debug_state(self) -> dict[str, object]:
        """Counters for the statistics page."""
        self._forget_closed()
        return {"origins": len(self._held), "most": max(map(len, self._held.values()), default=0)}

    def _forget_closed(self) -> None:
        for whose, held in list(self._held.items()):
            still = {one for one in held if one.fileno() >= 0}
            if still:
                self._held[whose] = still
            else:
                del self._held[whose]
