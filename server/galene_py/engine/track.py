"""One media section of a sender: the up track, its due times, its reports.

The seam between the engine's connections and the pure forwarding unit: packets and reports go through here to
`sfu.UpTrack`, what it wants to say to the sender comes out of `poll`. Owned by one published stream.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from galene_py import limits
from galene_py.engine.alias import Alias
from galene_py.engine.context import Context, nobody_cares
from galene_py.rtp.packet import HEADER_BYTES
from galene_py.rtp.rtcp import Item
from galene_py.sdp.model import AUDIO_LEVEL_URI
from galene_py.sdp.negotiation import IncomingSection
from galene_py.sfu import Delivery, DownTrack, StreamClock, UpTrack
from galene_py.sfu.numbers import Numbers, Stamp
from galene_py.sfu.voice import Voice
from galene_py.ticker import Pollable
from galene_py.transport.peer import PeerTransport

NEVER = float("inf")
WIDE_ID = 13
"""Identifier of our transport-wide numbers among the header extensions that receivers are offered: one that
no browser uses for levels, names or rids."""


Take = Callable[[Sequence[Delivery], float], None]
"""Takes what a track put out, for all its receivers, and when (monotonic seconds)."""


class Track:
    """An up track on its connection."""

    def __init__(
        self,
        context: Context,
        peer: PeerTransport,
        section: IncomingSection,
        clock: StreamClock,
        source: Source,
    ) -> None:
        """`source`: the stream's, whose tracks share a connection on either side."""
        self.section = section
        used = {identifier for _, identifier in section.extensions}
        self.stamp = Stamp(WIDE_ID, source.numbers) if WIDE_ID not in used else None
        """What gives the packets transport-wide numbers."""
        level = section.extension(AUDIO_LEVEL_URI)
        self.voice = Voice(level) if level else None
        """Where the packets say how loud they are."""
        self._listener = Listener(self.voice, source.speech) if self.voice is not None else None
        self.out_ssrc = secrets.randbits(31) + 1
        self._dressed: set[Alias] = set()
        """Receivers whose packets must be made one by one."""
        self._taps: dict[DownTrack, Take] = {}
        self._apart = False
        """Whether there are any of these two: they are not served by the outbox."""
        self._context = context
        self._peer = peer
        self._send = context.hub.outbox.rtp
        self._scheduled = NEVER
        self._closed = False
        self._resting: dict[DownTrack, Pollable] = {}
        """Whom to poll when packets flow again, by what it rests for."""
        codec = section.codec
        self.up = UpTrack(
            codec.kind,
            codec.name,
            codec.clock_rate,
            codec.payload_type,
            self.out_ssrc,
            nack="nack" in codec.feedback,
            pli="nack pli" in codec.feedback,
            fir="ccm fir" in codec.feedback,
            remb="goog-remb" in codec.feedback,
            encodings=max(1, len(section.encodings) or len(section.ssrcs)),
            clock=clock,
            cname=source.cname,
        )

    @property
    def kind(self) -> str:
        """'audio' or 'video'."""
        return self.section.kind

    def wanted(self, want: frozenset[str]) -> bool:
        """Whether somebody who wants `want` gets this track."""
        if self.kind == "audio":
            return "audio" in want
        return "video" in want or "video-low" in want

    def fits(self, section: IncomingSection) -> bool:
        """Whether a new description's section is still this track."""
        mine = self.section
        same_layers = (mine.encodings, len(mine.ssrcs)) == (section.encodings, len(section.ssrcs))
        return same_layers and (mine.codec, mine.extensions) == (section.codec, section.extensions)

    def receive(self, encoding: int, packets: list[bytearray], now: float) -> None:
        """Forward packets of one encoding to everybody who takes them."""
        if self.stamp is not None and self.stamp.wanted and min(map(len, packets)) >= HEADER_BYTES:
            self.stamp.packets(packets, now)
        if self.voice is not None and self.voice.heard(packets, now) and self._listener is not None:
            self._listener.begun(self._context, now)
        up = self.up
        deliveries = up.receive(packets, now, encoding)
        send = self._send
        for audience, outgoing in deliveries:
            send(audience.sinks, outgoing)  # type: ignore[arg-type]  # sinks are opaque to the track
        if self._apart:
            self._serve_apart(deliveries, now)
        if self._resting:
            self._wake(now)
        if up.due < self._scheduled:
            self.schedule()

    def rest(self, down: DownTrack, item: Pollable) -> None:
        """Poll the item when packets flow again."""
        self._resting[down] = item

    def _wake(self, now: float) -> None:
        for item in self._resting.values():
            self._context.ticker.at(item, now)
        self._resting.clear()

    def _serve_apart(self, deliveries: Sequence[Delivery], now: float) -> None:
        for take in self._taps.values():
            take(deliveries, now)
        if self._dressed:
            self._send_dressed(deliveries)
        self._apart = bool(self._dressed or self._taps)

    def _send_dressed(self, deliveries: Sequence[Delivery]) -> None:
        for audience, outgoing in deliveries:
            for sink in audience.sinks:
                if sink in self._dressed and isinstance(sink, Alias):
                    self._send([sink.peer], sink.dress(outgoing))
        self._dressed = {alias for alias in self._dressed if alias.apart}

    def add(self, down: DownTrack, now: float) -> None:
        """A receiver joins: cached packets are sent, or a keyframe is asked for at once."""
        if isinstance(down.sink, Alias) and down.sink.apart:
            self._dressed.add(down.sink)
            self._apart = True
        deliveries = self.up.add(down, now)
        for audience, outgoing in deliveries:
            self._send(audience.sinks, outgoing)  # type: ignore[arg-type]
        self._send_dressed(deliveries)
        self.answer_now(now)

    def remove(self, down: DownTrack) -> None:
        """A receiver leaves."""
        if isinstance(down.sink, Alias):
            self._dressed.discard(down.sink)
        self._resting.pop(down, None)
        self._context.sums.end_down({"kind": self.kind, **down.debug_state()})
        self.up.remove(down)

    def add_tap(self, down: DownTrack, take: Take, now: float) -> list[Delivery]:
        """Something that is no browser takes the packets, too. Returns what is for it alone."""
        self._taps[down] = take
        self._apart = True
        first = self.up.add(down, now)
        self.answer_now(now)
        return first

    def remove_tap(self, down: DownTrack) -> None:
        """No more."""
        del self._taps[down]
        self.up.remove(down)

    def sender_rtcp(self, items: Sequence[Item], now: float) -> None:
        """Reports of the sender."""
        self.up.rtcp(items, now)

    def answer_now(self, now: float) -> None:
        """Something is to be asked of the sender: at once when it is due, otherwise when it will be."""
        if self.up.due <= now and self._peer.connected and not self._closed:
            self._report(now)
        self.schedule()

    def schedule(self) -> None:
        """Poll when the up track next has something to say."""
        due = self.up.due
        if due < self._scheduled and self._peer.connected and not self._closed:
            self._scheduled = due
            self._context.ticker.at(self, due)

    def poll(self, now: float) -> float | None:
        """Say what is due to the sender."""
        self._scheduled = NEVER
        if self._closed or not self._peer.connected:
            return None
        self._report(now)
        if self.up.due == NEVER:
            return None
        self._scheduled = max(self.up.due, now + limits.TICK_SECONDS)
        return self._scheduled

    def _report(self, now: float) -> None:
        for report in self.up.poll(now):
            self._context.hub.outbox.rtcp(self._peer, report)

    def close(self) -> None:
        """The section is gone."""
        self._closed = True
        self._context.sums.end_up(self.debug_state())
        self._context.ticker.forget(self)
        if self._listener is not None:
            self._listener.close(self._context)
        self._peer.retire(self.out_ssrc)  # that of the reports to the sender, who hears no more of them

    def debug_state(self) -> dict[str, object]:
        """What the statistics page shows."""
        return {"mid": self.section.mid, **self.up.debug_state()}


class Speech:
    """Whom to tell that somebody in a stream begins (True) or ends to speak."""

    tell: Callable[[bool], None] = staticmethod(nobody_cares)


class Listener:
    """Tells that somebody speaks, and, when it is time to, that they have ended; for the ticker."""

    def __init__(self, voice: Voice, speech: Speech) -> None:
        self._voice = voice
        self._speech = speech

    def begun(self, context: Context, now: float) -> None:
        """They speak."""
        context.ticker.at(self, self._voice.due)
        self._speech.tell(True)

    def poll(self, now: float) -> float | None:
        """Whether they still do."""
        if self._voice.ended(now):
            self._speech.tell(False)
        return self._voice.due if self._voice.speaking else None

    def close(self, context: Context) -> None:
        """The track is gone."""
        context.ticker.forget(self)
        if self._voice.speaking:
            self._voice.speaking = False
            self._speech.tell(False)


@dataclass(frozen=True, slots=True)
class Source:
    """What a published stream has for whoever takes it."""

    stream_id: str
    cname: str
    label: str = ""
    tracks: dict[str, Track] = field(default_factory=dict)
    """By MID; changes with the sender's description."""
    numbers: Numbers = field(default_factory=Numbers)
    """Transport-wide, of what goes to receivers."""
    speech: Speech = field(default_factory=Speech)

    @property
    def speaks(self) -> bool:
        """Whether somebody speaks in it."""
        return any(track.voice is not None and track.voice.speaking for track in self.tracks.values())
