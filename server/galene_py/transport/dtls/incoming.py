"""Protected packets of one peer on their way in: deciphered where they lie, counted, kept until the wake-up
ends.

Owned by the peer, called by the dispatcher once per packet. Knows no path and no handshake: keys come in.
"""

from __future__ import annotations

from contextlib import suppress

from pylibsrtp import Error, Session

from galene_py.transport.dtls.sources import Sources
from galene_py.transport.dtls.srtp import Arena, Handle, SrtpKeys, receive_session


class Incoming:
    """`rtp` and `rtcp` take from the receive arena; `packets` and `reports` hold what comes of it."""

    __slots__ = (
        "_arena",
        "_base",
        "_handle",
        "_heard",
        "_length",
        "_session",
        "_unprotect",
        "_unprotect_rtcp",
        "_view",
        "early",
        "overflow",
        "packets",
        "rejected",
        "reports",
        "sources",
    )

    def __init__(self, arena: Arena, now: float) -> None:
        self.packets: list[bytearray] = []
        """Decrypted RTP packets of this wake-up."""
        self.reports: list[bytes] = []
        """Decrypted RTCP packets of this wake-up."""
        self.sources = Sources(now)
        self.rejected = 0
        """Packets that failed authentication or were replayed."""
        self.overflow = 0
        """Packets of an SSRC beyond the bound."""
        self.early = 0
        """Packets while there were no keys."""
        self._heard = self.sources.heard
        # Each of these is needed for each packet: no way through the arena.
        self._arena, self._view, self._length, self._base = arena, arena.view, arena.length, arena.base
        self._unprotect, self._unprotect_rtcp = arena.unprotect, arena.unprotect_rtcp
        self._session: Session | None = None
        self._handle: Handle | None = None

    def open(self, keys: SrtpKeys, now: float) -> None:
        """From now on packets are protected with these keys: nothing of earlier ones counts."""
        self._session = receive_session(keys)
        self._handle = self._arena.handle(self._session)
        self.sources = Sources(now)
        self._heard = self.sources.heard

    def shut(self) -> None:
        """There are no keys any more."""
        self._handle = None

    def rtp(self, offset: int, size: int) -> bool:
        """Decrypt the RTP packet at `offset` of the receive arena into `packets`; whether that worked."""
        handle, view, length = self._handle, self._view, self._length
        if handle is None:
            self.early += 1
            return False
        ssrc = bytes(view[offset + 8 : offset + 12])
        known = ssrc in self._heard
        if not known and not self.sources.admits(ssrc):
            self.overflow += 1
            return False
        length[0] = size
        if self._unprotect(handle, self._base + offset, length):
            self.rejected += 1
            return False
        if not known:
            self._learn(ssrc)
        self.packets.append(bytearray(view[offset : offset + length[0]]))
        return True

    def rtcp(self, offset: int, size: int) -> bool:
        """The same for a compound packet of RTCP, into `reports`."""
        handle, view, length = self._handle, self._view, self._length
        if handle is None:
            self.early += 1
            return False
        ssrc = bytes(view[offset + 4 : offset + 8])
        known = ssrc in self._heard
        if not known and not self.sources.admits(ssrc):
            self.overflow += 1
            return False
        length[0] = size
        if self._unprotect_rtcp(handle, self._base + offset, length):
            self.rejected += 1
            return False
        if not known:
            self._learn(ssrc)
        self.reports.append(bytes(view[offset : offset + length[0]]))
        return True

    def _learn(self, ssrc: bytes) -> None:
        silent = self.sources.learn(ssrc)
        if silent is not None and self._session is not None:
            with suppress(Error):
                self._session.remove_stream(int.from_bytes(silent))

    def debug_state(self) -> dict[str, object]:
        """Counters for the statistics page; packets but for the SSRCs that have state."""
        return {
            "sources": len(self.sources),
            "rejected": self.rejected,
            "overflow": self.overflow,
            "early": self.early,
        }
