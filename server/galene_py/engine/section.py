"""One section on its way to one receiver: whether it is wanted and accepted, and its down track while both.

Joins a connection's state with `sfu.DownTrack`. Owned by one connection to a receiver.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence

from galene_py.engine.again import Again
from galene_py.engine.alias import Alias
from galene_py.engine.context import Context, nobody_cares
from galene_py.engine.downlink import Downlink
from galene_py.engine.track import Source, Track
from galene_py.rtp.rtcp import Item
from galene_py.sdp.model import MID_URI, WIDE_URI
from galene_py.sdp.negotiation import OutgoingSection
from galene_py.sfu import DownTrack
from galene_py.sfu.bandwidth import Granted
from galene_py.sfu.congestion import Path
from galene_py.ticker import Pollable
from galene_py.transport.peer import PeerTransport

Tell = Callable[[], dict[str, object]]
"""Tells of a track what the statistics page shows."""


class DownSection:
    """`active`: the receiver wants it; `accepted`: its answer took it; it runs while both hold."""

    def __init__(
        self, track: Track, peer: PeerTransport, source: Source, payload_type: int | None = None
    ) -> None:
        """`payload_type`: the receiver's own for the track's codec, if it has one."""
        self.track = track
        self.accepted = False
        self.active = False
        self.ssrc = track.out_ssrc
        self._peer = peer
        self._source = source
        self._track_id = secrets.token_hex(8)
        self._low = False
        self._used = False
        """Whether a run has ended after which the receiver was not offered an alias: it may know the section
        by another SSRC."""
        self._alias: Alias | None = None
        self._down: DownTrack | None = None
        self.wide = False
        """Whether the receiver's answer promised transport-wide feedback."""
        self.sharp = False
        """Whether fewer pictures are better than smaller ones."""
        self.pixels: int | None = None
        """How large the receiver shows it; None: it does not say."""
        self.repeats = False
        """Whether the receiver takes retransmissions under an SSRC of their own."""
        self.rtx: tuple[int, int] | None = None
        """Payload type and SSRC that these are offered under."""
        self.on_paused: Callable[[bool], None] = nobody_cares
        self._told_paused = False
        self._again: Again | None = None
        self._downlink: Downlink | None = None
        self._path: Path | None = None
        self._reported = (0, 0)
        """Reports and packets as of the last report."""
        if payload_type not in (None, track.section.codec.payload_type):
            self.ssrc = secrets.randbits(31) + 1
            self._alias = Alias(peer, self.ssrc, track.out_ssrc, payload_type=payload_type)

    def share(self, downlink: Downlink, path: Path) -> None:
        """It may be part of the receiver's line; `path` is the connection's part of that."""
        self._downlink, self._path = downlink, path

    def offer_repeats(self, payload_type: int) -> None:
        """Offer retransmissions (RFC 4588) under this payload type."""
        self.rtx = payload_type, secrets.randbits(31) + 1

    @property
    def down(self) -> DownTrack | None:
        """What is sent, while it runs."""
        return self._down

    @property
    def speaks(self) -> bool:
        """Whether who sends it speaks now."""
        return self._source.speaks

    @property
    def path(self) -> Path | None:
        """What its receiver says of its connection."""
        return self._path

    @property
    def offered(self) -> OutgoingSection:
        """As it is offered."""
        incoming = self.track.section
        return OutgoingSection(
            mid=incoming.mid,
            codec=incoming.codec,
            extensions=self._extensions,
            ssrc=self.ssrc,
            cname=self._source.cname,
            stream_id=self._source.stream_id,
            track_id=self._track_id,
            active=self.active,
            rtx=self.rtx,
        )

    @property
    def _extensions(self) -> tuple[tuple[str, int], ...]:
        """The sender's, and our numbers where the receiver's line is measured."""
        stamp = self.track.stamp
        ours = () if stamp is None or self._downlink is None else ((WIDE_URI, stamp.identifier),)
        return (*self.track.section.extensions, *ours)

    def replace(self, track: Track) -> None:
        """The sender changed the section so much that it is another track."""
        self.stop()
        self.track = track
        self.ssrc = track.out_ssrc
        self._used = self._used or self._alias is not None
        self._alias = None
        self.accepted = False

    def want(self, active: bool) -> None:
        """The receiver wants it, or not. When it did not before, its answer is needed first."""
        if active and not self.active:
            self.accepted = False
        self.active = active

    def renew(self) -> None:
        """Before an offer: one that ended and begins again does so under an SSRC of its own (see `alias`),
        also with another track: the receiver may know the section by the old one's."""
        if self.active and self._used and self._down is None:
            self.ssrc = secrets.randbits(31) + 1
            section = self.track.section
            self._alias = Alias(
                self._peer, self.ssrc, self.track.out_ssrc, section.mid, section.extension(MID_URI)
            )
            self._used = self.accepted = False
            if self.rtx is not None:
                self.offer_repeats(self.rtx[0])

    def choose(self, low: bool, now: float) -> None:
        """Prefer the poorest encoding, or the best the receiver can take."""
        self._low = low
        if self._down is not None:
            self.track.up.select(self._down, low=low, now=now)
            self.track.answer_now(now)

    def update(self, now: float) -> None:
        """Start or stop, as the conditions say. Only while connected."""
        if not (self.active and self.accepted):
            self.stop()
        elif self._down is None and not self._used:
            self._start(now)

    def _start(self, now: float) -> None:
        down = DownTrack(self._alias or self._peer, cname=self._source.cname, low=self._low)
        self._down = down
        self._reported = (0, 0)
        if self.wide and self._downlink is not None and self._path is not None:
            down.bandwidth = Granted()
            if self.track.stamp is not None:
                self.track.stamp.wanted += 1
            self._path.begin(now)
            self._downlink.begin(self, now)
        if self.rtx is not None and self.repeats:
            self._again = Again(*self.rtx, self.track.stamp)
        self.track.add(down, now)

    def stop(self) -> None:
        """Send no more."""
        if self._down is not None:
            self.track.remove(self._down)
            if isinstance(self._down.bandwidth, Granted) and self.track.stamp is not None:
                self.track.stamp.wanted -= 1
            if self._downlink is not None:
                self._downlink.end(self)
            self._down = None
            self._tell_paused(False)
            self._used = True
            # What goes on does so under another SSRC (`renew`), and nothing of this one is resent any more.
            self._peer.retire(self.ssrc)
            if self._again is not None:
                self._peer.retire(self._again.ssrc)
                self._again = None

    def receiver_rtcp(self, items: Sequence[Item], context: Context, now: float) -> None:
        """Reports and requests of the receiver."""
        if self._down is None:
            return
        alias = self._alias
        feedback = self._down.rtcp(items if alias is None else alias.translate(items), now)
        if self._downlink is not None and self.wide:
            self._account(self._down, self._downlink, now)
        if feedback.resend:
            context.hub.outbox.rtp([self._peer], self._again_of(feedback.resend, now))
        if feedback.upstream:
            self.track.answer_now(now)

    def _again_of(self, packets: list[bytearray], now: float) -> Sequence[bytes | bytearray]:
        """What is sent for packets that were lost."""
        if self._again is not None:
            return self._again.packets(packets, now)
        if self.track.stamp is not None and self._path is not None:
            for packet in packets:
                number = self.track.stamp.number(packet)
                if number is not None:
                    self._path.resent(number)
        return packets if self._alias is None else self._alias.dress(packets)

    def _account(self, down: DownTrack, downlink: Downlink, now: float) -> None:
        """Tell the receiver's line what was lost of what was sent."""
        reports, packets = self._reported
        if down.reports != reports:
            sent = down.packets - packets
            self._reported = down.reports, down.packets
            downlink.report(down.bandwidth.loss * sent, sent, now)

    @property
    def fills(self) -> bool:
        """Whether it can be sent more than there is."""
        return self._again is not None and self.track.stamp is not None

    def fill(self, size: int, context: Context, now: float) -> None:
        """Send at least `size` bytes that its receiver can do without."""
        if self._again is not None and self._down is not None and self._down.forwarder is not None:
            context.hub.outbox.rtp([self._peer], self._again.fill(size, self._down.forwarder, now))

    def shared(self, now: float) -> None:
        """Its share of the receiver's line has changed."""
        if self._down is not None:
            self.track.up.receiver_changed(self._down, now)
            self.track.answer_now(now)
            self._tell_paused(self._down.paused)

    def _tell_paused(self, paused: bool) -> None:
        if paused != self._told_paused:
            self._told_paused = paused
            self.on_paused(paused)

    def poll(self, now: float) -> Sequence[bytes]:
        """The sender report that is due."""
        if self._down is None:
            return ()
        reports = self._down.poll(now)
        return reports if self._alias is None else [self._alias.dress_report(report) for report in reports]

    def rests(self, now: float) -> bool:
        """Whether there is nothing to report before packets flow again."""
        return self._down is None or self._down.rests(now)

    def rest(self, item: Pollable) -> None:
        """Have the item polled when they do; what is paused would have it polled all the time."""
        if self._down is not None and not self._down.paused:
            self.track.rest(self._down, item)

    def teller(self) -> Tell | None:
        """What tells of the run that there is, also when that has ended; None: it is not sent."""
        down, codec = self._down, self.track.section.codec
        return (
            None if down is None else lambda: {"kind": codec.kind, "codec": codec.name, **down.debug_state()}
        )

    def debug_state(self) -> dict[str, object]:
        """What the statistics page shows."""
        state = {} if self._down is None else self._down.debug_state()
        section = self.track.section
        return {
            "mid": section.mid,
            "kind": section.kind,
            "codec": section.codec.name,
            "active": self.active,
            "accepted": self.accepted,
            **state,
        }
