"""One stream on its way to one receiver: a connection, and a down track per section that is wanted.

Offers the sender's own sections, waits for the answer, and joins each accepted section's track as soon as the
connection stands. Sections that are no longer wanted stay in the offer as inactive (RFC 3264 §8).
The published stream owns it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from galene_py.conference.media import MediaError
from galene_py.engine.candidates import CandidateCounter
from galene_py.engine.context import Context, nobody_cares
from galene_py.engine.downlink import Downlink
from galene_py.engine.receiving import Receiving
from galene_py.engine.section import DownSection
from galene_py.engine.track import Source, Track
from galene_py.sdp.model import SdpError
from galene_py.sdp.negotiation import OutgoingSection, accept, offer
from galene_py.sfu.congestion import Path

SCREEN = "screenshare"
"""The label of streams that show a screen."""


class SubscribedStream(Receiving):
    """Implements `conference.media.Subscribed`."""

    def __init__(
        self,
        context: Context,
        source: Source,
        want: frozenset[str],
        on_closed: Callable[[str], None],
        forget: Callable[[SubscribedStream], None],
        downlink: Downlink,
        on_paused: Callable[[bool], None],
    ) -> None:
        """`downlink`: the receiver's. Raises MediaError when there are too many connections."""
        self._on_paused = on_paused
        self._line, self._way = downlink, Path(source.numbers)
        super().__init__(context, on_closed, downlink, self._way)
        self._source = source
        self._pixels: int | None = None
        self._forget = forget
        self._candidates = CandidateCounter()
        # By an answer that refuses the section whose transport all share; it may come after the goodbye.
        self._peer.returns = True
        self.select(want)

    # --- for the conference ---

    @property
    def offer(self) -> str:
        """SDP to send to the receiver."""
        return self._offer

    def accept(self, answer: str) -> None:
        """Take an answer, to the last offer or to one before that crossed it. Raises MediaError."""
        if self._closed:
            return
        try:
            accepted = accept(answer, self._offered())
        except SdpError as error:
            raise MediaError(f"bad answer: {error}") from None
        for mid, section in self._sections.items():
            section.accepted = mid in accepted.mids
            section.wide = mid in accepted.wide
            section.repeats = mid in accepted.rtx
        if accepted.wide:
            self._line.estimator.paths.add(self._way)
        remote = accepted.remote
        self._peer.set_remote(remote.ufrag, remote.pwd, remote.fingerprints, passive=remote.passive)
        if not self._closed and self._peer.connected:
            self._update()

    def add_candidate(self, candidate: Mapping[str, object]) -> None:
        """Take a candidate: nothing to do, the server is ICE-lite. Raises MediaError."""
        self._candidates.add(candidate)

    def select(self, want: frozenset[str]) -> bool:
        """Send `want` from now on. True: `offer` has changed and must be sent again."""
        if self._closed:
            raise MediaError("the stream is closed")
        before = self._offered()
        tracks = self._source.tracks
        # Sound first: everybody takes it. Firefox does not connect when it has to refuse the first section,
        # whose transport the others share (RFC 9143 §7.3.3).
        for mid, track in sorted(tracks.items(), key=lambda item: item[1].kind != "audio"):
            section = self._sections.get(mid)
            if section is None and track.wanted(want):
                self._sections[mid] = self._section(track)
            elif section is not None and section.track is not track:
                section.replace(track)
        now = self._context.ticker.now()
        for mid, section in self._sections.items():
            section.want(tracks.get(mid) is section.track and section.track.wanted(want))
            section.choose("video-low" in want and "video" not in want, now)
        if self._peer.connected:
            self._update()
        if self._offered() == before:
            return False
        self._make_offer()
        return True

    def show(self, pixels: int | None) -> None:
        """How large the receiver shows the pictures, 0: not at all, None: it does not say."""
        for section in self._sections.values():
            section.pixels = pixels
        self._pixels = pixels

    def restart(self) -> str:
        """A new offer with new ICE credentials; media goes on until the receiver uses them."""
        if self._closed:
            raise MediaError("the stream is closed")
        self._peer.restart()
        self._make_offer()
        return self._offer

    # --- inside ---

    def _section(self, track: Track) -> DownSection:
        section = DownSection(track, self._peer, self._source)
        section.share(self._line, self._way)
        section.sharp = self._source.label == SCREEN
        section.pixels = self._pixels
        section.on_paused = self._on_paused
        if track.kind == "video":
            section.offer_repeats(self._rtx_type(track))
        return section

    def _rtx_type(self, track: Track) -> int:
        """A payload type for the retransmissions of a codec: the sender's own numbers are taken."""
        mine = track.section.codec.payload_type
        known = {
            section.track.section.codec.payload_type: section.rtx[0]
            for section in self._sections.values()
            if section.rtx
        }
        taken = {other.section.codec.payload_type for other in self._source.tracks.values()}
        free = (number for number in range(127, 95, -1) if number not in {*taken, *known.values()})
        return known.get(mine) or next(free)

    def _offered(self) -> list[OutgoingSection]:
        return [section.offered for section in self._sections.values()]

    def _make_offer(self) -> None:
        self._version += 1
        for section in self._sections.values():
            section.renew()
        local = self._context.local(self._peer, self._session_id, self._version)
        self._offer = offer(self._offered(), local)

    def _free(self) -> None:
        self._on_paused = nobody_cares
        for section in self._sections.values():
            section.on_paused = nobody_cares
        super()._free()
        self._forget(self)
