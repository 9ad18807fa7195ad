"""Who a batch goes to, with everything that sending to them needs, worked out once and not once per batch.

A list of receivers is usually the same as a moment ago: its routes are compared with the remembered ones, and
only when one has changed are the columns for libsrtp and for the kernel made anew. Owned by the outbox. Never
protects and never sends.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from typing import Any, NamedTuple, Protocol

from galene_py.transport import limits
from galene_py.transport.dtls.srtp import Handle
from galene_py.transport.sockets.paths import UdpPath
from galene_py.transport.sockets.tcp import TcpPath


class Route(NamedTuple):
    """How packets get to a peer."""

    handle: Handle
    """Its session."""
    shape: int
    """How many bytes protection adds to a packet, plus `WITHOUT_RUNS` when packets are sent one by one, and
    `STREAM` when the path is TCP."""
    path: UdpPath[Any] | TcpPath[Any]
    ssrc: bytes
    """What RTP packets get on the way (4 bytes); empty when they keep theirs."""


WITHOUT_RUNS = 256
STREAM = 512
OVERHEAD_MASK = 255


class Destination(Protocol):
    """What the outbox needs to know of whoever gets packets: a peer, or one under another SSRC."""

    @property
    def route(self) -> Route | None:
        """None while packets cannot be sent."""


class Cohort:
    """The receivers of one shape, as columns: what the hot loop goes through."""

    __slots__ = ("_handles", "_messages", "overhead", "renamed", "routes", "runs", "size", "stream")

    def __init__(self, shape: int, routes: list[Route]) -> None:
        self.routes = routes
        self.size = len(routes)
        self.overhead = shape & OVERHEAD_MASK
        self.stream = bool(shape & STREAM)
        self.runs = not shape & WITHOUT_RUNS
        """Whether the kernel may be given several packets as one message."""
        self.renamed = bool(routes[0].ssrc)
        """Whether everybody's packets get an SSRC of their own; otherwise nobody's do."""
        self._handles: dict[int, list[Handle]] = {}
        self._messages: dict[int, tuple[list[UdpPath[Any]], array[int]]] = {}

    def handles(self, times: int) -> list[Handle]:
        """Everybody's session, `times` times in a row (1..`limits.OUTBOX_CHUNK`). Not to be changed."""
        found = self._handles.get(times)
        if found is None:
            found = self._handles[times] = [route.handle for route in self.routes for _ in range(times)]
        return found

    def messages(self, times: int) -> tuple[list[UdpPath[Any]], array[int]]:
        """Everybody's path and the address of its socket address, `times` times in a row. Not for streams.
        Not to be changed."""
        found = self._messages.get(times)
        if found is None:
            routes = self.routes
            paths = [p for route in routes if isinstance(p := route.path, UdpPath) for _ in range(times)]
            found = self._messages[times] = paths, array("Q", [path.pointer for path in paths])
        return found


class Cohorts:
    """The cohorts of the lists of receivers that were asked for lately."""

    def __init__(self) -> None:
        self._known: dict[int, tuple[list[Route], list[Cohort]]] = {}

    def forget(self) -> None:
        """Somebody is gone: keep no addresses and sessions of theirs. What is still needed is made anew."""
        self._known.clear()

    def cohorts(self, peers: Sequence[Destination]) -> list[Cohort]:
        """The connected ones of `peers`, by shape."""
        routes = [route for peer in peers if (route := peer.route) is not None]
        # The list's identity only says where to look; the routes say whether it is still what it was.
        known = self._known.get(id(peers))
        if known is not None and known[0] == routes:
            return known[1]
        cohorts = make_cohorts(routes)
        if len(routes) > 1:
            if len(self._known) >= limits.OUTBOX_COHORTS:
                self._known.clear()
            self._known[id(peers)] = routes, cohorts
        return cohorts


def make_cohorts(routes: list[Route]) -> list[Cohort]:
    """One cohort per shape, and one for those of it whose packets get other SSRCs."""
    if len(routes) == 1:
        return [Cohort(routes[0].shape, routes)]
    alike: dict[tuple[int, bool], list[Route]] = {}
    for route in routes:
        alike.setdefault((route.shape, bool(route.ssrc)), []).append(route)
    return [Cohort(shape, members) for (shape, _), members in alike.items()]
