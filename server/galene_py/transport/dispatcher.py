"""Sorts what arrives: finds the peer of each datagram, lets it decrypt, and gives handlers their packets
once.

Works on the receive arena that the reader filled. Bad input costs a counter; an exception of a handler
costs its peer. Never touches a socket, and makes no object per datagram but its address and, for media, its
plaintext.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import asdict, dataclass

from galene_py.transport import limits
from galene_py.transport.address_book import AddressBook
from galene_py.transport.ice import stun
from galene_py.transport.ice.stun import StunError
from galene_py.transport.interfaces import CloseReason
from galene_py.transport.peer import PeerPath, PeerTransport
from galene_py.transport.sockets.demux import RTP_HEADER_BYTES, PacketKind, classify
from galene_py.transport.sockets.paths import UdpPath
from galene_py.transport.sockets.tcp import TcpPath
from galene_py.transport.sockets.udp import Reader

log = logging.getLogger(__name__)

SCRATCH = 0
"""Offset in the receive arena where frames of TCP connections are put."""


@dataclass(slots=True)
class DispatchCounters:
    """Datagrams."""

    strangers: int = 0
    """From addresses that belong to no peer, other than checks."""
    malformed: int = 0
    """Nothing we know."""
    unknown_checks: int = 0
    """Checks for a ufrag that nobody has."""
    claimed: int = 0
    """Checks from an address that another peer holds."""
    spared: int = 0
    """Transport-wide feedback that nobody wants to know."""
    stale: int = 0
    """Media that waited in the kernel while the process stood still."""


def give_up(peer: PeerTransport) -> None:
    """Close a peer whose handler has just raised an exception; to be called while it is handled."""
    log.exception("a media handler failed; its peer is closed")
    try:
        peer.fail(CloseReason.HANDLER_FAILED)
    except Exception:
        log.exception("a media handler failed while closing")


class Dispatcher:
    """One per hub. `datagrams` and `frames` take in, `deliver` gives out."""

    def __init__(self, reader: Reader, book: AddressBook[PeerTransport]) -> None:
        self.counters = DispatchCounters()
        self._reader = reader
        self._view = reader.arena.view
        self._book = book
        self._now = 0.0
        self._touched: list[PeerTransport] = []

    def datagrams(self, count: int, now: float) -> None:
        """Sort the first `count` datagrams that the reader has just read."""
        self._now = now
        self._sort(range(count), now)

    @property
    def touched(self) -> bool:
        """Whether there is something to deliver."""
        return bool(self._touched)

    def stale_datagrams(self, count: int, now: float) -> None:
        """The same when they are too old for anybody to want media of them; checks still count."""
        sizes, view = self._reader.sizes, self._view
        kept = [i for i in range(count) if not sizes[i] or not 128 <= view[i * limits.DATAGRAM_BYTES] <= 191]
        self.counters.stale += count - len(kept)
        self._now = now
        self._sort(kept, now)

    def _sort(self, indices: Iterable[int], now: float) -> None:
        """RFC 7983 §7; `demux.classify` says it more readably."""
        reader, view = self._reader, self._view
        names, width, sizes = reader.names, reader.name_bytes, reader.sizes
        known = self._book.udp
        for i in indices:
            size = sizes[i]
            offset = i * limits.DATAGRAM_BYTES
            path = known.get(names[i * width : i * width + width])
            if size >= limits.DATAGRAM_BYTES or not size:
                self.counters.malformed += 1
            elif path is not None and size >= RTP_HEADER_BYTES and 128 <= view[offset] <= 191:
                self._media(path, offset, size)
            elif view[offset] <= 3:
                self._check(path, bytes(view[offset : offset + size]), now, i)
            elif path is None:
                self.counters.strangers += 1
            else:
                self._other(path, bytes(view[offset : offset + size]), now)

    def frames(self, path: TcpPath[PeerTransport], frames: list[bytes], now: float) -> None:
        """Sort the frames of one TCP connection."""
        self._now = now
        for frame in frames:
            if path.closed:
                return
            kind = classify(frame)
            if kind is PacketKind.STUN:
                self._check(path, frame, now)
            elif path.peer is None:
                self.counters.strangers += 1
                self._book.dismiss(path)  # the first frame of a connection has to be a check
            elif kind in (PacketKind.RTP, PacketKind.RTCP) and len(frame) < limits.DATAGRAM_BYTES:
                self._view[SCRATCH : SCRATCH + len(frame)] = frame
                self._media(path, SCRATCH, len(frame))
            else:
                self._other(path, frame, now)

    def stale_frames(self, path: TcpPath[PeerTransport], frames: list[bytes], now: float) -> None:
        """The same when they are too old, as for datagrams."""
        kept = [frame for frame in frames if not frame or not 128 <= frame[0] <= 191]
        self.counters.stale += len(frames) - len(kept)
        self.frames(path, kept, now)

    def _media(self, path: PeerPath, offset: int, size: int) -> None:
        """RTP or RTCP at `offset` of the receive arena (RFC 5761 §4)."""
        peer = path.peer
        if peer is None:
            return
        incoming = peer.incoming
        empty = not incoming.packets and not incoming.reports
        if 192 <= self._view[offset + 1] <= 223:
            leisure = peer.leisure
            if leisure is not None and leisure.until > self._now and self._is_feedback(offset):
                self.counters.spared += 1
                return
            taken = incoming.rtcp(offset, size)
        else:
            taken = incoming.rtp(offset, size)
        if taken and empty:
            self._touched.append(peer)
            peer.heard = path

    def _is_feedback(self, offset: int) -> bool:
        """Whether a report begins with transport-wide feedback."""
        return self._view[offset] & 0xDF == 0x8F and self._view[offset + 1] == 205

    def _other(self, path: PeerPath, data: bytes, now: float) -> None:
        """Whatever else comes from a peer's address: DTLS, or nothing."""
        peer = path.peer
        if peer is not None and classify(data) is PacketKind.DTLS:
            try:
                peer.dtls_datagram(data, path, now)
            except Exception:
                give_up(peer)
        else:
            self.counters.malformed += 1

    def _check(self, path: PeerPath | None, data: bytes, now: float, index: int = 0) -> None:
        """A STUN message from a path, or as datagram `index` from an address not known yet."""
        try:
            message = stun.parse(data)
        except StunError:
            self.counters.malformed += 1
            return
        peer = self._book.addressee(message.get(stun.USERNAME))
        if peer is None:
            self.counters.unknown_checks += 1
            return
        if path is None:
            width = self._reader.name_bytes
            name = self._reader.names[index * width : index * width + width]
            path = UdpPath(name, self._reader.local(index))
        owner = path.peer
        if owner is not None and owner is not peer and owner.holds(path, now):
            self.counters.claimed += 1
            return
        try:
            peer.check(message, path, now)
        except Exception:
            give_up(peer)

    def deliver(self, now: float) -> int:
        """Give each handler what came for it; returns how many RTP packets that were."""
        touched, self._touched = self._touched, []
        media = 0
        for peer in touched:
            media += len(peer.incoming.packets)
            try:
                peer.deliver(now)
            except Exception:
                give_up(peer)
        return media

    def debug_state(self) -> dict[str, object]:
        return asdict(self.counters)
