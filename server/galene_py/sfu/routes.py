"""Which receiver is served by which forwarder, and how receivers move between them.

Receivers begin at an encoding's pass-through. One that gets fewer layers moves to a rewriter at once (which
acts at the next picture); one that goes to another encoding waits for a keyframe there, and all that wait in
the same place go together and share one rewriter. Owned by its up track. Decides nothing about bandwidth.
"""

from __future__ import annotations

from collections.abc import Sequence

from galene_py.rtp.packet import sequence_number, timestamp
from galene_py.rtp.payload import Parser
from galene_py.rtp.sequence import later, timestamp_advance
from galene_py.sfu import limits
from galene_py.sfu.clock import StreamClock
from galene_py.sfu.down import DownTrack
from galene_py.sfu.encoding import Encoding
from galene_py.sfu.forwarder import NO_LAYERS, Audience, Forwarder, PassThrough, read_infos
from galene_py.sfu.rewriter import Rewriter

Delivery = tuple[Audience, list[bytearray]]
"""Everybody in the audience takes exactly these packets."""


class Routes:
    """The forwarders of one up track."""

    def __init__(
        self, encodings: list[Encoding], parser: Parser | None, clock: StreamClock, *, counts_pictures: bool
    ) -> None:
        self.plain = [PassThrough(encoding, parser) for encoding in encodings]
        self.rewriters: list[list[Rewriter]] = [[] for _ in encodings]
        self.waiting: dict[DownTrack, tuple[int, int, int]] = {}
        """Receivers that wait for a keyframe of another encoding, with the target they go to."""
        self._parser = parser
        self._clock = clock
        self._counts_pictures = counts_pictures

    # --- members ---

    def join(self, down: DownTrack, encoding: int, cached: Sequence[bytearray] = ()) -> list[Delivery]:
        """A new receiver, or one that was not sent anything yet, hears all of this encoding. What comes out
        of the `cached` packets is for it alone.

        Its SRTP counts turns of the numbering from the first packet that arrives (RFC 3711 §3.3.1). If a turn
        ends between what was sent first and that one, the receiver can never decrypt anything; so nobody
        begins shortly before an end, nor so shortly behind it that a late packet may be from before.
        """
        if down.forwarder is not None:
            self._leave_forwarder(down)
        plain = self.plain[encoding]
        first = sequence_number(cached[0]) if cached else plain.encoding.next_sequence
        if not _near_an_end(first, plain.encoding):
            self._enter(down, plain)
            packets = list(cached)
            down.count(packets)
        else:
            packets = self._join_apart(down, plain.encoding, first, list(cached))
        return [(Audience([down]), packets)] if packets else []

    def _join_apart(
        self, down: DownTrack, encoding: Encoding, first: int, cached: list[bytearray]
    ) -> list[bytearray]:
        """Into other numbers of the same packets, those of earlier ones if there are any."""
        for rewriter in self.rewriters[encoding.index]:
            if rewriter.young:
                packets = rewriter.again(cached)
                self._enter(down, rewriter)
                down.count(packets)
                return packets
        rewriter = Rewriter.apart(encoding, self._parser, first, counts_pictures=self._counts_pictures)
        self.rewriters[encoding.index].append(rewriter)
        self._enter(down, rewriter)
        return rewriter.forward(cached)

    def leave(self, down: DownTrack) -> None:
        """A receiver is gone."""
        self.waiting.pop(down, None)
        if down.forwarder is not None:
            self._leave_forwarder(down)
            down.moved(None)

    def move(self, down: DownTrack, target: tuple[int, int, int]) -> bool:
        """Give the receiver these encoding and layers. True: a keyframe of that encoding is needed."""
        forwarder = down.forwarder
        if forwarder is None:
            return False
        encoding, spatial, temporal = target
        if encoding != forwarder.encoding.index:
            if down.packets == 0:  # nothing to continue
                self.join(down, encoding)
                return True
            self.waiting[down] = target
            return True
        self.waiting.pop(down, None)
        raised = spatial > forwarder.spatial
        if (spatial, temporal) != (forwarder.spatial, forwarder.temporal):
            self._limit(down, forwarder, spatial, temporal)
        return raised

    def pause(self, down: DownTrack) -> None:
        """Send the receiver nothing from the next picture on, until it is moved or wakes. The numbers that it
        sees go on without a gap then."""
        self.waiting.pop(down, None)
        self._hush(down)

    def hurry(self, down: DownTrack) -> None:
        """The receiver waits for a keyframe of a poorer encoding: what it gets until then is more than its
        line carries, and would only keep the keyframe waiting."""
        if down in self.waiting:
            self._hush(down)

    def _hush(self, down: DownTrack) -> None:
        forwarder = down.forwarder
        if forwarder is not None and forwarder.spatial != NO_LAYERS:
            self._limit(down, forwarder, NO_LAYERS, NO_LAYERS)

    def target(self, down: DownTrack) -> tuple[int, int, int]:
        """Where the receiver is, or is going."""
        waiting = self.waiting.get(down)
        if waiting is not None or down.forwarder is None:
            return waiting or (-1, 0, 0)
        return down.forwarder.encoding.index, down.forwarder.spatial, down.forwarder.temporal

    # --- packets ---

    def deliver(self, encoding: Encoding, packets: list[bytearray], now: float) -> list[Delivery]:
        """Who gets what of the packets that an encoding put out."""
        deliveries: list[Delivery] = []
        plain = self.plain[encoding.index].audience
        if plain:
            deliveries.append((plain, packets))
        rewriters = self.rewriters[encoding.index]
        if rewriters:
            infos = read_infos(self._parser, packets)
            for rewriter in rewriters:
                moved = rewriter.forward(packets, infos)
                if moved:
                    deliveries.append((rewriter.audience, moved))
        if self.waiting and encoding.pictures.fresh is not None:
            deliveries += self._switch(encoding, encoding.pictures.fresh, now)
        return deliveries

    def _switch(self, encoding: Encoding, keyframe: bytearray, now: float) -> list[Delivery]:
        """A keyframe has begun: those who wait for it come over, each group to one rewriter."""
        groups: dict[tuple[int, int, int], list[DownTrack]] = {}
        for down, (index, spatial, temporal) in self.waiting.items():
            if index == encoding.index:
                groups.setdefault((id(down.forwarder), spatial, temporal), []).append(down)
        packets = encoding.from_keyframe() or [keyframe]
        deliveries: list[Delivery] = []
        for (_, spatial, temporal), downs in groups.items():
            old = downs[0].forwarder
            if old is None or old.encoding is encoding:
                continue
            rewriter = self._continue(old, encoding, keyframe, now)
            rewriter.want(spatial, temporal)
            for down in downs:
                del self.waiting[down]
                self._leave_forwarder(down)
                self._enter(down, rewriter)
            self.rewriters[encoding.index].append(rewriter)
            deliveries.append((rewriter.audience, rewriter.forward(packets)))
        return deliveries

    # --- moving ---

    def _enter(self, down: DownTrack, forwarder: PassThrough | Rewriter) -> None:
        forwarder.audience.join(down)
        down.moved(forwarder)

    def _leave_forwarder(self, down: DownTrack) -> None:
        forwarder = down.forwarder
        if forwarder is None:
            return
        forwarder.audience.leave(down)
        if isinstance(forwarder, Rewriter) and not forwarder.audience:
            self.rewriters[forwarder.encoding.index].remove(forwarder)

    def _limit(self, down: DownTrack, forwarder: Forwarder, spatial: int, temporal: int) -> None:
        """Other layers of the same encoding."""
        if isinstance(forwarder, Rewriter):
            if len(forwarder.audience) == 1:
                forwarder.want(spatial, temporal)
                return
            own = forwarder.branch()
        else:
            encoding = forwarder.encoding
            own = Rewriter.from_pass_through(
                encoding, self._parser, forwarder.position(), counts_pictures=self._counts_pictures
            )
        own.want(spatial, temporal)
        self._leave_forwarder(down)
        self._enter(down, own)
        self.rewriters[own.encoding.index].append(own)

    def _continue(self, old: Forwarder, encoding: Encoding, keyframe: bytearray, now: float) -> Rewriter:
        return Rewriter.continue_with(
            encoding,
            self._parser,
            old.position(),
            keyframe,
            self._timestamp(old, encoding, keyframe, now),
            counts_pictures=self._counts_pictures,
        )

    def _timestamp(self, old: Forwarder, encoding: Encoding, keyframe: bytearray, now: float) -> int:
        """The keyframe's timestamp in the old numbering: by the sender's reports, which keeps lips and voice
        together; by arrival while there are none. Always later than what was sent."""
        rate = encoding.clock_rate
        newest = old.position().timestamp
        elapsed = max(0.01, now - old.encoding.last_arrival)
        there = old.encoding.timestamp_at(self._clock, now)
        here = encoding.timestamp_at(self._clock, now)
        if there is not None and here is not None:
            stamp = (timestamp(keyframe) - here + there + old.timestamp_shift) & 0xFFFF_FFFF
            if 0 < timestamp_advance(newest, stamp) < (elapsed + limits.ENCODING_IDLE_SECONDS) * rate:
                return stamp
        return later(newest, elapsed, rate)


def _near_an_end(sequence: int, encoding: Encoding) -> bool:
    """Whether a turn of the numbering ends near `sequence`; an encoding's first one has no end behind it."""
    if sequence < limits.SEQUENCE_END_PACKETS:
        return sequence >= 0 and encoding.packets >= 0x8000
    return sequence > 0xFFFF - limits.SEQUENCE_END_PACKETS
