"""A receiver that gets a track under an SSRC of its own.

All receivers of a track share one outgoing SSRC and numbering, so that they share plaintext. A receiver that
stopped taking a track and takes it again cannot come back to them: the numbers it missed may be more than
half a turn, and an SRTP sequence must never be used for two texts (RFC 3711 §9.1, RFC 7714
§8.1). It comes back under a new SSRC: its copies of the packets are patched, its reports are translated.

A receiver that once saw the section's MID beside an SSRC may take no other one for that section, whatever the
offer says, unless the MID comes with it (RFC 9143 §9.2; Firefox does so). Senders leave it out as soon
as they know that it was understood, so it is added here until the receiver reports on the new SSRC. What was
sent with it is resent with it: see above.

A receiver that names its own payload types (`viewed`) and has another one for the codec gets that, too.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from galene_py import limits
from galene_py.rtp import extensions
from galene_py.rtp.packet import Buffer, sequence_number, with_payload_type, with_ssrc
from galene_py.rtp.rtcp import (
    Fir,
    Item,
    Nack,
    Pli,
    Remb,
    ReportBlock,
    Rr,
    Sdes,
    Sr,
    parse_compound,
    serialize,
)
from galene_py.rtp.sequence import advance
from galene_py.transport.peer import PeerTransport
from galene_py.transport.sockets.cohorts import Route


class Alias:
    """Stands among a track's sinks for `peer`. Pure but for the reference to the peer."""

    def __init__(
        self,
        peer: PeerTransport,
        ssrc: int,
        original: int,
        mid: str = "",
        mid_extension: int = 0,
        payload_type: int | None = None,
    ) -> None:
        """`original` is the track's own outgoing SSRC; `mid_extension` the negotiated identifier of the
        extension that carries `mid`, 0: there is none; `payload_type`: in place of the sender's."""
        self.peer = peer
        self.ssrc = ssrc
        self._original = original
        self._bytes = ssrc.to_bytes(4)
        self._mid = mid.encode()
        self._mid_extension = mid_extension if 0 < len(self._mid) <= extensions.ONE_BYTE_DATA else 0
        self._payload_type = payload_type
        self._last_named: int | None = None
        """The newest sequence number that was sent with the MID."""
        self._understood = False
        self._seen: Route | None = None
        self._route: Route | None = None

    @property
    def apart(self) -> bool:
        """Whether packets may need more than another SSRC: then they must be dressed one by one."""
        return bool(self._mid_extension) or self._payload_type is not None

    @property
    def route(self) -> Route | None:
        """What the outbox looks for: the peer's, with another SSRC; None while `apart`."""
        if self.apart:
            return None
        theirs = self.peer.route
        if theirs is not self._seen:
            self._seen = theirs
            self._route = None if theirs is None else theirs._replace(ssrc=self._bytes)
        return self._route

    def dress(self, packets: Sequence[Buffer]) -> list[bytes]:
        """Copies of RTP packets under the alias."""
        dressed = [with_ssrc(packet, self._bytes) for packet in packets]
        if self._payload_type is not None:
            dressed = [with_payload_type(packet, self._payload_type) for packet in dressed]
        return [self._named(packet) for packet in dressed] if self._mid_extension else dressed

    def _named(self, packet: bytes) -> bytes:
        """With the MID, if it is needed, or belongs to this number."""
        sequence = sequence_number(packet)
        last = sequence if self._last_named is None else self._last_named
        ahead = advance(last, sequence)
        if not self._understood:
            self._last_named = sequence if ahead > 0 else last
        elif ahead > limits.CACHE_PACKETS_MAX:
            self._mid_extension = 0  # nothing that had it will be resent
            return packet
        elif ahead > 0:
            return packet
        return extensions.added(packet, self._mid_extension, self._mid)

    def dress_report(self, report: bytes) -> bytes:
        """A compound of our sender report and description under the alias."""
        dressed: list[Item] = []
        for item in parse_compound(report):
            if isinstance(item, Sr):
                item = replace(item, ssrc=self.ssrc)
            elif isinstance(item, Sdes):
                item = Sdes(tuple((self.ssrc, texts) for _, texts in item.chunks))
            dressed.append(item)
        return serialize(dressed)

    def translate(self, items: Iterable[Item]) -> list[Item]:
        """The receiver's reports, about the track's own SSRC instead of the alias."""
        return [self._translated(item) for item in items]

    def _translated(self, item: Item) -> Item:
        if isinstance(item, Rr | Sr):
            return replace(item, reports=tuple(self._block(block) for block in item.reports))
        if isinstance(item, Nack | Pli):
            return replace(item, media_ssrc=self._known(item.media_ssrc))
        if isinstance(item, Fir):
            return replace(item, entries=tuple((self._known(ssrc), number) for ssrc, number in item.entries))
        if isinstance(item, Remb):
            return replace(item, ssrcs=tuple(map(self._known, item.ssrcs)))
        return item

    def _block(self, block: ReportBlock) -> ReportBlock:
        if block.ssrc != self.ssrc:
            return block
        self._understood = self._last_named is not None
        return replace(block, ssrc=self._original)

    def _known(self, ssrc: int) -> int:
        return self._original if ssrc == self.ssrc else ssrc
