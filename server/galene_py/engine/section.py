"""One section on its way to one receiver: whether it is wanted and accepted, and its down track while both.

Joins a connection's state with `sfu.DownTrack`. Owned by one connection to a receiver.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence

from galene_py.engine.alias import Alias
from galene_py.engine.context import Context
from galene_py.engine.track import Source, Track
from galene_py.rtp.rtcp import Item
from galene_py.sdp.model import MID_URI
from galene_py.sdp.negotiation import OutgoingSection
from galene_py.sfu import DownTrack
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
        if payload_type not in (None, track.section.codec.payload_type):
            self.ssrc = secrets.randbits(31) + 1
            self._alias = Alias(peer, self.ssrc, track.out_ssrc, payload_type=payload_type)

    @property
    def offered(self) -> OutgoingSection:
        """As it is offered."""
        incoming = self.track.section
        return OutgoingSection(
            mid=incoming.mid,
            codec=incoming.codec,
            extensions=incoming.extensions,
            ssrc=self.ssrc,
            cname=self._source.cname,
            stream_id=self._source.stream_id,
            track_id=self._track_id,
            active=self.active,
        )

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
            self._down = DownTrack(self._alias or self._peer, cname=self._source.cname, low=self._low)
            self.track.add(self._down, now)

    def stop(self) -> None:
        """Send no more."""
        if self._down is not None:
            self.track.remove(self._down)
            self._down = None
            self._used = True
            # What goes on does so under another SSRC (`renew`), and nothing of this one is resent any more.
            self._peer.retire(self.ssrc)

    def receiver_rtcp(self, items: Sequence[Item], context: Context, now: float) -> None:
        """Reports and requests of the receiver."""
        if self._down is None:
            return
        alias = self._alias
        feedback = self._down.rtcp(items if alias is None else alias.translate(items), now)
        if feedback.resend:
            resend = feedback.resend if alias is None else alias.dress(feedback.resend)
            context.hub.outbox.rtp([self._peer], resend)
        if feedback.upstream:
            self.track.answer_now(now)

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
        """Have the item polled when they do."""
        if self._down is not None:
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
