"""One stream that a sender publishes: its connection, its tracks, its receivers.

Takes the packets of one wake-up, finds their track, and hands what the track delivers to the outbox: a plain
function over a batch, with no task, queue or object per packet. Owns its peer, its tracks and its receivers;
whoever published owns it. It knows nothing of groups and signalling.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from typing import cast

from galene_py.conference import media
from galene_py.conference.media import MediaError, MediaSink
from galene_py.engine.candidates import CandidateCounter
from galene_py.engine.context import Context, nobody, nobody_cares
from galene_py.engine.downlink import Downlink
from galene_py.engine.router import Router
from galene_py.engine.subscribed import SubscribedStream
from galene_py.engine.tap import Tap
from galene_py.engine.track import Source, Track
from galene_py.engine.viewed import ViewedStream
from galene_py.rtp import RtpError, rtcp
from galene_py.sdp.model import SdpError
from galene_py.sdp.negotiation import IncomingSection, Negotiated, answer, read_offer
from galene_py.sfu import StreamClock


class PublishedStream:
    """Implements `conference.media.Published` and `transport.interfaces.PeerHandler`."""

    def __init__(
        self,
        context: Context,
        offer: str,
        codecs: Sequence[str],
        label: str,
        on_closed: Callable[[str], None],
        forget: Callable[[PublishedStream], None],
        on_speaking: Callable[[bool], None] = nobody_cares,
    ) -> None:
        """Raises MediaError when the offer cannot be used."""
        self.label = label
        self.source = Source(stream_id=secrets.token_hex(8), cname=secrets.token_hex(8), label=label)
        self.source.speech.tell = on_speaking
        self.tracks = self.source.tracks
        self.subscriptions: set[SubscribedStream] = set()
        self.viewers: set[ViewedStream] = set()
        self._taps: set[Tap] = set()
        self.malformed = 0
        self._context = context
        self._codecs = tuple(codecs)
        self._on_closed = on_closed
        self._forget = forget
        self._router: Router[Track] = Router()
        self._candidates = CandidateCounter()
        self._clock = StreamClock(time.time(), context.ticker.now())
        self._session_id = secrets.randbits(62)
        self._version = 0
        self._closed = False
        negotiated = self._read(offer)
        self._remote = negotiated.remote
        self._active = self._remote.passive
        """Whether we are the DTLS client: as the first offer wants it, whatever later ones say."""
        self._peer = context.open(self)
        self._apply(negotiated)

    # --- for the conference ---

    @property
    def answer(self) -> str:
        """SDP of the last answer."""
        return self._answer

    @property
    def kinds(self) -> frozenset[str]:
        """What the sender sends: a subset of {'audio', 'video'}."""
        return frozenset(track.kind for track in self.tracks.values())

    def renegotiate(self, offer: str) -> str:
        """Take a new offer. Afterwards every subscription's `select` tells whether its receiver needs a new
        offer too. Raises MediaError; the stream then goes on as it was."""
        if self._closed:
            raise MediaError("the stream is closed")
        negotiated = self._read(offer)
        before, after = self._remote, negotiated.remote
        if not set(before.fingerprints) & set(after.fingerprints):
            raise MediaError("another certificate in the offer: close the stream and publish a new one")
        if (before.ufrag, before.pwd) != (after.ufrag, after.pwd):
            self._peer.restart()
        if before.tag != after.tag:
            # Browsers close the transport of the former section once they have our answer, and make another.
            self._peer.returns = True
        self._remote = after
        self._apply(negotiated)
        return self._answer

    def add_candidate(self, candidate: Mapping[str, object]) -> None:
        """Take a candidate: nothing to do, the server is ICE-lite. Raises MediaError."""
        self._candidates.add(candidate)

    def subscribe(
        self,
        want: frozenset[str],
        *,
        on_closed: Callable[[str], None],
        on_paused: Callable[[bool], None] = nobody_cares,
        downlink: media.Downlink | None = None,
    ) -> SubscribedStream | None:
        """Prepare a connection to one more receiver, on a line of its own if `downlink` is None. Returns None
        if nothing of `want` is sent. Raises MediaError."""
        if self._closed or not any(track.wanted(want) for track in self.tracks.values()):
            return None
        # There is one engine: its lines are ours.
        line = Downlink(self._context) if downlink is None else cast(Downlink, downlink)
        subscription = SubscribedStream(
            self._context, self.source, want, on_closed, self.subscriptions.discard, line, on_paused
        )
        self.subscriptions.add(subscription)
        return subscription

    def tap(self, sink: MediaSink) -> Tap:
        """Give the sink every packet from now on; nothing when closed."""
        tap = Tap(self._context, self.source, sink, self._taps.discard)
        self._taps.add(tap)
        return tap

    def close(self) -> None:
        """End the stream and its subscriptions. Harmless when closed."""
        if not self._closed:
            self._peer.close()
            self._free()

    def debug_state(self) -> dict[str, object]:
        """What the statistics page shows."""
        return {
            "label": self.label,
            "transport": self._peer.debug_state(),
            "tracks": [track.debug_state() for track in self.tracks.values()],
            "unroutable": self._router.unroutable,
            "refused": self._router.refused,
            "malformed": self.malformed,
            "receivers": len(self.subscriptions) + len(self.viewers),
        }

    # --- for the hub ---

    def connected(self) -> None:
        """Start the reports to the sender."""
        for track in self.tracks.values():
            track.schedule()

    def rtp(self, packets: list[bytearray], now: float) -> None:
        """Forward the packets of one wake-up."""
        first = packets[0][8:12]
        for packet in packets:
            if packet[8:12] != first:
                self._mixed(packets, now)
                return
        self._run(packets, now)

    def _mixed(self, packets: list[bytearray], now: float) -> None:
        runs: dict[bytes, list[bytearray]] = {}
        for packet in packets:
            runs.setdefault(bytes(packet[8:12]), []).append(packet)
        for run in runs.values():
            self._run(run, now)

    def _run(self, packets: list[bytearray], now: float) -> None:
        """Forward packets of one SSRC."""
        found = self._router.find(int.from_bytes(packets[0][8:12]), packets[0])
        if found is not None:
            found.track.receive(found.encoding, packets, now)

    def rtcp(self, packet: bytes, now: float) -> None:
        """Sender reports and the like."""
        try:
            items = rtcp.parse_compound(packet)
        except RtpError:
            self.malformed += 1
            return
        for track in self.tracks.values():
            track.sender_rtcp(items, now)

    def closed(self, reason: str) -> None:
        """The connection died from below."""
        tell = self._on_closed
        self._free()
        tell(reason)

    # --- inside ---

    def _read(self, offer: str) -> Negotiated:
        try:
            return read_offer(offer, self._codecs)
        except SdpError as error:
            raise MediaError(f"bad offer: {error}") from None

    def _apply(self, negotiated: Negotiated) -> None:
        kept: dict[str, Track] = {}
        for section in negotiated.sections:
            if section.active:
                kept[section.mid] = self._track(section)
        for mid, track in self.tracks.items():
            if kept.get(mid) is not track:
                track.close()
        self.tracks.clear()
        self.tracks.update(kept)
        for tap in self._taps:
            tap.update()
        for viewer in self.viewers:
            viewer.update()
        self._router.configure([(track.section, track) for track in kept.values()])
        self._version += 1
        local = self._context.local(self._peer, self._session_id, self._version)
        remote = negotiated.remote
        self._answer = answer(negotiated, local, active=self._active)
        self._peer.set_remote(remote.ufrag, remote.pwd, remote.fingerprints, passive=self._active)
        if self._peer.connected:
            self.connected()

    def _track(self, section: IncomingSection) -> Track:
        """The track of a section: the one that is there, unless its codec or its layers changed."""
        track = self.tracks.get(section.mid)
        if track is not None and track.fits(section):
            track.section = section
            return track
        return Track(self._context, self._peer, section, self._clock, self.source)

    def _free(self) -> None:
        self._closed = True
        self.source.speech.tell = nobody_cares  # it leads to whoever holds us, as does `_on_closed`
        self._context.released()
        for subscription in tuple(self.subscriptions):
            subscription.close()
        for tap in tuple(self._taps):
            tap.close()
        for viewer in tuple(self.viewers):
            viewer.watch(None)
        for track in self.tracks.values():
            track.close()
        self.tracks.clear()
        self._router = Router()
        self._on_closed = nobody  # it leads to whoever holds us
        self._forget(self)
