"""The DTLS association of one peer, and the handshake that may put another one in its place.

A browser that gives up the section whose transport all share makes a new transport with the ICE credentials
of the old one: it says goodbye on the old association and hello from another port, in whatever order that
arrives. Any ClientHello with a random number of its own begins a handshake beside the association, which is
given up only for one that is finished and whose certificate has the right fingerprint (RFC 6347 §4.2.8): a
hello can be forged. Sans-IO like the sessions; knows no path. Owned by the peer.
"""

from __future__ import annotations

from collections.abc import Iterable

from galene_py.transport import limits
from galene_py.transport.dtls.records import hello_random, is_protected
from galene_py.transport.dtls.session import FINAL, NEVER, DtlsContext, DtlsSession, DtlsState
from galene_py.transport.dtls.srtp import SrtpKeys

LONG_AGO = float("-inf")


class Association:
    """Every call returns the datagrams to send, and may change `keys` and `ended`."""

    def __init__(self, context: DtlsContext) -> None:
        self.keys: SrtpKeys | None = None
        """Those to be used now; None before the first handshake, and after the other side's goodbye."""
        self.ended: DtlsState | None = None
        """Why there is nothing to wait for but, after a goodbye, another handshake."""
        self._context = context
        self._fingerprints: tuple[tuple[str, str], ...] = ()
        self._client = False
        self._current: DtlsSession | None = None
        self._next: DtlsSession | None = None
        self._random = b""
        """The other side's, of the handshake that began last."""
        self._begun = LONG_AGO
        """When that was."""
        self._associations = 0
        """How many there were. A handshake that fails after the first one is no end of anything."""

    @property
    def begun(self) -> bool:
        """Whether somebody has said hello."""
        return self._begun != LONG_AGO

    @property
    def handshaking(self) -> bool:
        """Whether a handshake is under way."""
        return self._next is not None

    @property
    def may_return(self) -> bool:
        """Whether the other side has said goodbye, and might say hello again: it is for clients to do so."""
        return self.ended is DtlsState.CLOSED and not self._client

    @property
    def due(self) -> float:
        """When `poll` has something to do; infinity: never."""
        due = min((session.due for session in self._sessions), default=NEVER)
        if self._associations and self._next is not None:
            due = min(due, self._begun + limits.DTLS_ANEW_PATIENCE)
        return due

    @property
    def _sessions(self) -> list[DtlsSession]:
        return [session for session in (self._current, self._next) if session is not None]

    def set_fingerprints(self, fingerprints: Iterable[tuple[str, str]]) -> list[bytes]:
        """What the description says of the peer's certificate: (algorithm, hexadecimal with colons)."""
        self._fingerprints = known = tuple(fingerprints)
        outgoing = [one for session in self._sessions for one in session.set_fingerprints(known)]
        self._look()
        return outgoing

    def start(self, now: float) -> list[bytes]:
        """Say hello as the client."""
        self._client, self._begun = True, now
        self._next = self._session()
        outgoing = self._next.start(now)
        self._look()
        return outgoing

    def receive(self, datagram: bytes, now: float) -> list[bytes]:
        """Take one datagram. Never raises. What is protected may belong to either: the other session drops
        what its keys do not fit."""
        self._consider(hello_random(datagram), now)
        outgoing: list[bytes] = []
        if self._current is not None and (self._next is None or is_protected(datagram)):
            outgoing += self._current.receive(datagram, now)
        if self._next is not None:
            outgoing += self._next.receive(datagram, now)
        self._look()
        return outgoing

    def _consider(self, random: bytes, now: float) -> None:
        """Begin a handshake if this hello is none that we know, but only one in a while: each costs a
        signature, and hellos can be forged."""
        fresh = random and random != self._random and not self._client
        if fresh and now - self._begun >= limits.DTLS_ANEW_SECONDS and self.ended in (None, DtlsState.CLOSED):
            self._next, self._random, self._begun = self._session(), random, now

    def poll(self, now: float) -> list[bytes]:
        """Send the last flight again when its answer is overdue; give up a handshake beside an association
        that takes too long."""
        outgoing = [one for session in self._sessions for one in session.poll(now)]
        self._look()
        if self._associations and self._next is not None and now >= self._begun + limits.DTLS_ANEW_PATIENCE:
            self._next = None
        return outgoing

    def confirm(self) -> None:
        """The other side has used its keys: it has our last flight."""
        if self._current is not None:
            self._current.confirm()

    def close(self) -> list[bytes]:
        """Say goodbye when connected."""
        return [one for session in self._sessions for one in session.close()]

    def _session(self) -> DtlsSession:
        session = DtlsSession(self._context, client=self._client)
        session.set_fingerprints(self._fingerprints)
        return session

    def _look(self) -> None:
        """Act on the states that the sessions are in."""
        coming, current = self._next, self._current
        if current is not None and current.state in FINAL:
            self._current, self.keys, self.ended = None, None, current.state
        if coming is not None and coming.state is DtlsState.CONNECTED:
            self._current, self._next = coming, None
            self.keys, self.ended = coming.keys, None
            self._associations += 1
        elif coming is not None and coming.state in FINAL:
            self._next = None
            if not self._associations:
                self.ended = coming.state

    def debug_state(self) -> dict[str, object] | None:
        """The session in use, or the one that will be; None: nobody has said hello."""
        session = self._current or self._next
        state = None if session is None else session.debug_state()
        return None if state is None else {**state, "associations": self._associations}
