"""One incoming media section: packets of its encodings in, deliveries to its receivers out.

Brings together what the other modules decide: encodings check, number and cache packets, routes say who gets
which, and reports, requests for packets and keyframes and the bandwidth asked for go back to the sender when
they are due. Nothing here runs per packet. Owned by the engine's stream; owns encodings and routes, refers to
the receivers it was given.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from galene_py.rtp import payload
from galene_py.rtp.packet import HEADER_BYTES
from galene_py.rtp.rtcp import Bye, Fir, Item, Nack, Pli, Remb, Rr, Sdes, Sr, serialize
from galene_py.sfu import limits
from galene_py.sfu.bandwidth import Granted
from galene_py.sfu.clock import StreamClock
from galene_py.sfu.down import DownTrack
from galene_py.sfu.encoding import Encoding
from galene_py.sfu.layers import Point, fitting, ladder, sharpest
from galene_py.sfu.remb import wanted_rate
from galene_py.sfu.routes import Delivery, Routes

__all__ = ["Delivery", "UpTrack"]

_NEVER = float("inf")
_BASE_SHARES = {1: 1.0, 2: 0.6, 3: 0.4}


class UpTrack:
    """`receive` is the hot path; everything else runs a few times per second."""

    def __init__(
        self,
        kind: str,
        codec: str,
        clock_rate: int,
        payload_type: int,
        out_ssrc: int,
        *,
        nack: bool = False,
        pli: bool = False,
        fir: bool = False,
        remb: bool = False,
        encodings: int = 1,
        clock: StreamClock | None = None,
        cname: str = "galene-py",
    ) -> None:
        """`kind` 'audio' or 'video'; `codec` as in SDP, any case; `clock_rate` in Hz. `nack`, `pli`, `fir`,
        `remb`: feedback that was negotiated with the sender. `encodings`: how many of simulcast, 1..3, index
        0 the best. `clock`: one per stream, shared by its tracks, or lips and voice drift apart. `cname`:
        ours, in reports to the sender."""
        self.kind = kind
        self.codec = codec.rpartition("/")[2].lower()
        self.clock_rate = clock_rate
        self.payload_type = payload_type
        self.out_ssrc = out_ssrc
        """The SSRC of everything that comes out, for all receivers."""
        self.clock = clock or StreamClock()
        self.receivers: dict[DownTrack, None] = {}
        self.due = _NEVER
        """When `poll` has something to do next (monotonic seconds); infinity: nothing. A plain attribute, so
        that the hot path can look at it."""
        self.short = 0
        """Packets dropped because they are shorter than a header."""
        parser = payload.parser(codec) if kind == "video" else None
        self.encodings = [
            Encoding(index, parser, clock_rate, payload_type, out_ssrc, nack=nack, askable=pli or fir)
            for index in range(max(1, encodings))
        ]
        self._routes = Routes(self.encodings, parser, self.clock, counts_pictures=self.codec == "vp8")
        self._video = kind == "video"
        self._pli, self._fir, self._remb = pli, fir, remb and kind == "video"
        self._fir_number = 0
        self._report_due = _NEVER
        self._resting = False
        """Whether nothing came lately, as of the last report."""
        self._asked_rate = 0
        self._prefix = (Rr(out_ssrc), Sdes.cname(out_ssrc, cname))

    # --- packets ---

    def receive(self, packets: list[bytearray], now: float, encoding: int = 0) -> list[Delivery]:
        """A batch of one SSRC (of simulcast encoding `encoding`), in order of arrival: (audience, packets)
        for everybody who gets some of it. Give `packets` to all of `audience.sinks`.

        The track takes the buffers: they are patched, cached, and handed out again. They must hold authentic
        RTP with a version checked; anything else about them is checked here. Look at `due` afterwards.
        """
        if min(map(len, packets), default=0) < HEADER_BYTES:
            self.short += len(packets)
            packets = [packet for packet in packets if len(packet) >= HEADER_BYTES]
            self.short -= len(packets)
            if not packets:
                return []
        source = self.encodings[encoding]
        if self._resting or not source.source:
            self._begin(source, now)
        accepted = source.receive(packets, now)
        if source.nack.due < self.due:
            self.due = source.nack.due
        if source.keyframes.due < self.due:
            self.due = source.keyframes.due
        return self._routes.deliver(source, accepted, now) if accepted else []

    def _begin(self, encoding: Encoding, now: float) -> None:
        """An encoding starts, or goes on after a silence: report soon."""
        self._resting = False
        self._report_due = min(self._report_due, now + limits.REPORT_FIRST_SECONDS)
        self.due = min(self.due, self._report_due)
        if not encoding.source:
            self._first_packet(encoding, now)

    def _first_packet(self, encoding: Encoding, now: float) -> None:
        """Let receivers of a less fitting encoding have this one. Receivers that have nothing yet wait for
        the one they want until the first report."""
        encoding.last_arrival = now
        for down in self.receivers:
            index = self._routes.target(down)[0]
            if down.packets and (index < encoding.index if down.low else index > encoding.index):
                self._choose(down, now, anew=True)

    # --- receivers ---

    def add(self, down: DownTrack, now: float) -> list[Delivery]:
        """A receiver that can take packets now. What comes out is for it alone: the cached packets since the
        last keyframe when they are few; otherwise a keyframe has been asked for (look at `due`)."""
        if down in self.receivers:
            return []
        self.receivers[down] = None
        down.up = self
        down.rate.restart(now, 0, 0)
        points = ladder(self.encodings, now, low=down.low)
        point = down.layers.first(points, down.bandwidth, now)
        index = (len(self.encodings) - 1 if down.low else 0) if point is None else point.encoding
        source = self.encodings[index]
        deliveries = self._routes.join(down, index, source.since_keyframe(now) if self._video else ())
        if not deliveries:
            self._want_keyframe(source, now)
        return deliveries

    def remove(self, down: DownTrack) -> None:
        """A receiver is gone. Harmless when it was not there."""
        if down in self.receivers:
            del self.receivers[down]
            self._routes.leave(down)
            down.up = None
            if not self.receivers:
                for encoding in self.encodings:
                    encoding.keyframes.arrived()  # nobody waits for one

    def select(self, down: DownTrack, *, low: bool, now: float) -> None:
        """The receiver wants the poorest encoding ('video-low'), or the best it can take."""
        if down.low != low:
            down.low = low
            self._choose(down, now, anew=True)

    # --- for a receiver whose line has a budget ---

    def points(self, down: DownTrack, now: float, *, sharp: bool = False) -> list[Point]:
        """What the receiver may be given, the poorest first; empty: nothing is sent now."""
        points = ladder(self.encodings, now, low=down.low)
        return sharpest(points) if sharp else points

    def target(self, down: DownTrack) -> tuple[int, int, int]:
        """What it has, or is on its way to."""
        return self._routes.target(down)

    @property
    def adapts(self) -> bool:
        """Whether the sender sends less to everybody when one receiver cannot take it."""
        return self._remb and len(self.encodings) == 1

    def ambition(self, points: Sequence[Point]) -> float:
        """Bits per second that a receiver of `points` could make use of. A sender that was asked for little
        sends little, and leaves out its best encoding: what it would send is not known then."""
        best = points[-1].rate
        idle = len(self.encodings) > 1 and points[-1].encoding > 0
        held = self._asked_rate < 1.5 * sum(encoding.rate.bits for encoding in self.encodings)
        if self._remb and self._asked_rate < limits.RATE_START and (idle or held):
            return max(best, float(limits.RATE_START))
        return best

    def assign(self, down: DownTrack, point: Point | None, now: float) -> bool:
        """Give it this, or, None, nothing for the time being. True: that is something else than before."""
        if point is None:
            changed, down.paused = not down.paused, True
            if changed:
                down.resumes_at = now + limits.PAUSED_SECONDS
                self._routes.pause(down)
            return changed
        resumed, down.paused = down.paused, False
        before = self._routes.target(down)
        if point.target == before and not resumed:
            return False
        if self._routes.move(down, point.target):
            self._want_keyframe(self.encodings[point.encoding], now)
        if point.encoding > before[0] >= 0:
            self._routes.hurry(down)
        down.rate.restart(now, down.octets, down.packets)
        return True

    def want_keyframe(self, down: DownTrack, now: float) -> None:
        """The receiver cannot show a picture."""
        if down.forwarder is not None:
            self._want_keyframe(down.forwarder.encoding, now)

    def missing(self, encoding: Encoding, sequences: Sequence[int], now: float) -> None:
        """Receivers asked for packets that are not in the cache."""
        encoding.missing(sequences, now)
        self.due = min(self.due, encoding.nack.due)

    def receiver_changed(self, down: DownTrack, now: float) -> None:
        """What a receiver can take may have changed."""
        if not self._video:
            return
        self._choose(down, now)
        if not self._asked_rate or len(self.encodings) > 1:
            return
        alone = wanted_rate((down.bandwidth.maximum(now),), self._base_share, None)
        if alone < 0.9 * self._asked_rate:  # the others do not matter: the weakest decides
            self._report_due = min(self._report_due, now)
            self.due = min(self.due, now)

    def _choose(self, down: DownTrack, now: float, *, anew: bool = False) -> None:
        only = self.encodings[0].pictures
        if len(self.encodings) == only.temporal_layers == only.spatial_layers == 1:
            return
        points = ladder(self.encodings, now, low=down.low)
        current = self._routes.target(down)
        if isinstance(down.bandwidth, Granted):
            # Its budget moves it, unless there is nothing any more where it is, or it wants something else.
            gone = all(point.target != current for point in points)
            if points and not down.paused and (anew or gone):
                self.assign(down, fitting(points, down.bandwidth.granted), now)
            return
        if anew:
            point = down.layers.first(points, down.bandwidth, now)
        else:
            point = down.layers.choose(points, current, down.bandwidth, down.rate.bits, now)
        if point is None or point.target == current:
            return
        if self._routes.move(down, point.target):
            self._want_keyframe(self.encodings[point.encoding], now)
        down.rate.restart(now, down.octets, down.packets)

    def _want_keyframe(self, encoding: Encoding, now: float) -> None:
        if self._video and (self._pli or self._fir) and encoding.source:
            encoding.keyframes.want(now)
            self.due = min(self.due, encoding.keyframes.due)

    # --- RTCP ---

    def rtcp(self, items: Iterable[Item], now: float) -> None:
        """Take a compound of the sender's; what is not about this track is ignored."""
        for item in items:
            if isinstance(item, Sr):
                for encoding in self.encodings:
                    if encoding.source and encoding.ssrc == item.ssrc:
                        self.clock.observe(item.ntp, now)
                        encoding.sender_report(item.ntp, item.rtp, now)
            elif isinstance(item, Bye):
                for encoding in self.encodings:
                    if encoding.source and encoding.ssrc in item.ssrcs:
                        encoding.goodbye(now)

    def poll(self, now: float) -> list[bytes]:
        """RTCP for the sender that is due at `now`: at most one compound."""
        if now < self.due:
            return []
        items: list[Item] = []
        report = now >= self._report_due
        if report:
            self._maintain(now)
            self._resting = not any(encoding.active(now) for encoding in self.encodings)
            pause = limits.REPORT_IDLE_SECONDS if self._resting else limits.REPORT_UP_SECONDS
            self._report_due = now + pause
        for encoding in self.encodings:
            items += self._requests(encoding, now)
        if report and self._remb:
            self._asked_rate = self._wanted_rate(now)
            sources = tuple(encoding.ssrc for encoding in self.encodings if encoding.source)
            items.append(Remb(self.out_ssrc, self._asked_rate, sources))
        self.due = min(
            self._report_due,
            *(encoding.nack.due for encoding in self.encodings),
            *(encoding.keyframes.due for encoding in self.encodings),
        )
        if not items and not report:
            return []
        head, name = self._prefix
        if report:
            heard = [encoding for encoding in self.encodings if encoding.active(now)]
            head = Rr(self.out_ssrc, tuple(one.reception.report(one.ssrc, now) for one in heard))
        return [serialize((head, name, *items))]

    def _requests(self, encoding: Encoding, now: float) -> list[Item]:
        """What is to be asked of one encoding's sender now."""
        items: list[Item] = []
        if encoding.nack.due <= now:
            lost = encoding.nack.take(now)
            if lost:
                items.append(Nack(self.out_ssrc, encoding.ssrc, encoding.raw_sequences(lost)))
        if encoding.source and encoding.keyframes.take(now):
            if self._pli:
                items.append(Pli(self.out_ssrc, encoding.ssrc))
            elif self._fir:
                self._fir_number = (self._fir_number + 1) & 0xFF
                items.append(Fir(self.out_ssrc, 0, ((encoding.ssrc, self._fir_number),)))
            else:
                encoding.keyframes.arrived()  # it cannot be asked
        return items

    def _maintain(self, now: float) -> None:
        """Once per report: rates, cache sizes, receivers of encodings that were switched off."""
        slowest = max((down.round_trip for down in self.receivers), default=0.0)
        for encoding in self.encodings:
            encoding.maintain(now, slowest)
        for rewriters in self._routes.rewriters:
            for rewriter in rewriters:
                rewriter.cache.fit(rewriter.encoding.rate.packets, slowest)
        if len(self.encodings) > 1:
            for down in tuple(self.receivers):
                target = self._routes.target(down)[0]
                if target >= 0 and not self.encodings[target].active(now):
                    self._choose(down, now)

    def _wanted_rate(self, now: float) -> int:
        there = [down for down in self.receivers if not down.paused]
        downs = [down for down in there if not down.low] or there
        if len(self.encodings) == 1:  # one that takes anything must not decide for those who do not
            downs = [down for down in downs if down.limited] or downs
        maxima = [down.bandwidth.maximum(now) for down in downs]
        lower = None
        active = [encoding for encoding in self.encodings if encoding.active(now)]
        if len(self.encodings) > 1:
            lower = sum(encoding.rate.bits for encoding in active[1:])
            # An estimate grows with what is sent: asked for less, the sender would leave out the large
            # encoding for good, as nobody could find out any more that a line carries it.
            return max(wanted_rate(maxima, self._base_share, lower), limits.RATE_ENCODINGS)
        return wanted_rate(maxima, self._base_share, lower)

    @property
    def _base_share(self) -> float:
        return _BASE_SHARES.get(self.encodings[0].pictures.temporal_layers, 1.0)

    def debug_state(self) -> dict[str, object]:
        """What the statistics page shows."""
        return {
            "kind": self.kind,
            "codec": self.codec,
            "ssrc": self.out_ssrc,
            "receivers": len(self.receivers),
            "waiting": len(self._routes.waiting),
            "rewriters": sum(len(rewriters) for rewriters in self._routes.rewriters),
            "askedRate": self._asked_rate,
            "encodings": [encoding.debug_state() for encoding in self.encodings],
        }
