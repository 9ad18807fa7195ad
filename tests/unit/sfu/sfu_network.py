"""A network in virtual time: a sender, a server made of one up track, receivers, and bad links between them.

Seeded and without a clock: the same test always sees the same packets lost. Senders and receivers behave as
browsers do, as far as a forwarding unit can see it.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable
from functools import partial
from itertools import count
from random import Random

from sfu_fakes import OUT_SSRC, Sender

from galene_py.rtp import packet, rtcp
from galene_py.rtp.sequence import extend
from galene_py.sfu import DownTrack, UpTrack
from galene_py.sfu.clock import middle, to_ntp
from kit.packets import describe


class World:
    """Virtual time: things happen in order."""

    def __init__(self, seed: int = 1) -> None:
        self.now = 0.0
        self.dice = Random(seed)
        self._events: list[tuple[float, int, Callable[[], None]]] = []
        self._order = count()

    def at(self, when: float, what: Callable[[], None]) -> None:
        heapq.heappush(self._events, (when, next(self._order), what))

    def run(self, until: float) -> None:
        while self._events and self._events[0][0] <= until:
            self.now, _, what = heapq.heappop(self._events)
            what()
        self.now = until


class Link:
    """One direction: delay, jitter, loss, bursts of loss, duplication, a rate with a queue."""

    def __init__(self, world: World, delay: float = 0.025, **faults: float) -> None:
        self.world = world
        self.delay = delay
        self.loss = faults.get("loss", 0.0)
        self.burst = faults.get("burst", 1.0)
        self.reorder = faults.get("reorder", 0.0)
        self.duplicate = faults.get("duplicate", 0.0)
        self.rate = faults.get("rate", 0.0)
        self.buffer = faults.get("buffer", 0.2)
        self.dropped = self.carried = 0
        self._free_at = 0.0
        self._losing = 0

    @property
    def queue(self) -> float:
        """Seconds of data that wait in it."""
        return max(0.0, self._free_at - self.world.now)

    def send(self, data: bytes, deliver: Callable[[bytes], None]) -> None:
        dice, now = self.world.dice, self.world.now
        if self._losing > 0 or dice.random() < self.loss / self.burst:
            self._losing = self._losing - 1 if self._losing > 0 else int(self.burst) - 1
            self.dropped += 1
            return
        arrival = now + self.delay
        if self.rate:
            self._free_at = max(self._free_at, now) + 8 * len(data) / self.rate
            if self._free_at - now > self.buffer:
                self._free_at -= 8 * len(data) / self.rate
                self.dropped += 1
                return
            arrival += self._free_at - now
        self.carried += 1
        if dice.random() < self.reorder:
            arrival += dice.uniform(0.005, 0.05)
        self.world.at(arrival, lambda: deliver(data))
        if dice.random() < self.duplicate:
            self.world.at(arrival + 0.003, lambda: deliver(data))


class Camera:
    """Encodings at 30 pictures per second; obeys REMB, answers NACK and PLI, reports every 0.5 s."""

    def __init__(self, server: Server, link: Link, rates: list[int]) -> None:
        self.server, self.link, self.world = server, link, server.world
        self.rates = rates
        self.allowed = float(sum(rates))
        self.senders = [Sender(index + 1, 1000 * index, 77 * index) for index in range(len(rates))]
        self.history: dict[tuple[int, int], bytes] = {}
        self.wanted = [True] * len(rates)
        self.nacks = self.plis = self.sent = 0
        self.world.at(0.0, self.picture)
        self.world.at(0.3, self.report)

    def report(self) -> None:
        """Which instant the timestamps mean."""
        now = self.world.now
        for sender in self.senders:
            item = rtcp.Sr(sender.ssrc, to_ntp(9000 + now), (sender.timestamp - 3000) & 0xFFFFFFFF, 0, 0)
            self.world.at(now + self.link.delay, partial(self.server.up.rtcp, [item], now + self.link.delay))
        self.world.at(now + 0.5, self.report)

    def picture(self) -> None:
        left = self.allowed
        for index in reversed(range(len(self.rates))):  # the poorest first, as browsers do
            sender = self.senders[index]
            rate = min(left, self.rates[index])
            if rate < self.rates[index] / 3 and index + 1 < len(self.rates):
                continue
            left -= rate
            size = 1 + int(rate / 30 / 8 / 1000)
            for one in sender.frame(size, keyframe=self.wanted[index], temporal=0):
                data = bytes(one) + bytes(min(1000, int(rate / 30 / 8 / size)))
                self.history[index, packet.sequence_number(one)] = data
                self.sent += 1
                self.send(index, data)
            self.wanted[index] = False
        self.world.at(self.world.now + 1 / 30, self.picture)

    def send(self, index: int, data: bytes) -> None:
        self.link.send(data, lambda data: self.server.incoming(index, data))

    def rtcp(self, data: bytes) -> None:
        for item in rtcp.parse_compound(data):
            if isinstance(item, rtcp.Nack):
                self.nacks += len(item.lost)
                for number in item.lost:
                    known = self.history.get((item.media_ssrc - 1, number))
                    if known is not None:
                        self.send(item.media_ssrc - 1, known)
            elif isinstance(item, rtcp.Pli):
                self.plis += 1
                self.wanted[item.media_ssrc - 1] = True
            elif isinstance(item, rtcp.Remb):
                self.allowed = float(item.bitrate)


class Viewer:
    """Asks for what is missing, reports every second; a picture is shown when all before it are there."""

    def __init__(
        self, server: Server, there: Link, back: Link, *, low: bool = False, nervous: float = -1.0
    ) -> None:
        """`nervous`: sends REMB too, and sees a queue where there is none with this probability."""
        self.server, self.there, self.back, self.world = server, there, back, server.world
        self.down = DownTrack(self, cname="c", low=low)
        self.got: dict[int, float] = {}
        self.doubles = 0
        self.first = self.highest = -1
        self.asked: dict[int, tuple[int, float]] = {}
        self._expected_prior = self._received_prior = self._received = 0
        server.deliver(server.up.add(self.down, self.world.now))
        self.world.at(self.world.now + 1.0, self.report)
        self.nervous = nervous
        self.remb = 0.0
        self._bytes = 0
        self._last_sr = (0, 0.0)
        self.world.at(self.world.now, self.hear)
        if nervous >= 0:
            self.world.at(self.world.now + 5.0, self.estimate)

    def hear(self) -> None:
        """The server's reports to this viewer."""
        for compound in self.down.poll(self.world.now):
            self.there.send(compound, self.sender_report)
        self.world.at(self.world.now + 0.5, self.hear)

    def sender_report(self, data: bytes) -> None:
        read = rtcp.parse_compound(data)[0]
        assert isinstance(read, rtcp.Sr)
        self._last_sr = (middle(read.ntp), self.world.now)

    def estimate(self) -> None:
        """As a browser does: down to a share of what arrives when packets queue, slowly up otherwise."""
        arriving = 8.0 * self._bytes / (1.0 if self.remb else 5.0)
        self._bytes = 0
        overuse = self.there.queue > 0.03 or self.world.dice.random() < self.nervous
        if not self.remb:
            self.remb = arriving
        elif overuse:
            self.remb = min(self.remb, 0.85 * arriving)
        else:
            self.remb = max(self.remb, min(1.08 * self.remb, 1.5 * arriving + 10_000))
        self.send(rtcp.Remb(9, int(self.remb), (OUT_SSRC,)))
        self.world.at(self.world.now + 1.0, self.estimate)

    def packet(self, data: bytes) -> None:
        self._bytes += len(data)
        number = packet.sequence_number(data)
        extended = extend(self.highest, number) if self.highest >= 0 else 0x10000 + number
        if extended in self.got:
            self.doubles += extended not in self.asked
            return
        if self.first < 0:
            self.first = extended
            self.highest = extended - 1
        self._received += extended not in self.asked
        self.got[extended] = self.world.now
        for missing in range(self.highest + 1, extended):
            self.asked[missing] = (0, 0.0)
        if extended > self.highest + 1:
            self.world.at(self.world.now + 0.01, self.ask)
        self.highest = max(self.highest, extended)

    def ask(self) -> None:
        lost = []
        for number, (tries, at) in self.asked.items():
            if number not in self.got and tries < 10 and self.world.now - at > 0.06:
                lost.append(number & 0xFFFF)
                self.asked[number] = (tries + 1, self.world.now)
        if lost:
            self.send(rtcp.Nack(9, OUT_SSRC, tuple(lost)))
            self.world.at(self.world.now + 0.07, self.ask)

    def report(self) -> None:
        expected = self.highest - self.first + 1
        interval = max(1, expected - self._expected_prior)
        lost = max(0, interval - (self._received - self._received_prior))
        self._expected_prior, self._received_prior = expected, self._received
        if expected > 1:
            last, heard = self._last_sr
            delay = int((self.world.now - heard) * 65536) if last else 0
            block = rtcp.ReportBlock(OUT_SSRC, min(255, 256 * lost // interval), 0, 0, 0, last, delay)
            self.send(rtcp.Rr(9, (block,)))
        self.world.at(self.world.now + 1.0, self.report)

    def send(self, item: rtcp.Item) -> None:
        self.back.send(rtcp.serialize([item]), lambda data: self.server.feedback(self, data))

    def missing(self, since: float) -> float:
        """Share of packets that never came, of those that were due between `since` and a second ago."""
        times = sorted((number, at) for number, at in self.got.items())
        first = next(number for number, at in times if at >= since)
        last = next(number for number, at in reversed(times) if at < self.world.now - 1.0)
        wanted = range(first, last + 1)
        return sum(number not in self.got for number in wanted) / len(wanted)


class Server:
    """One up track with its timer, as an engine drives it."""

    def __init__(self, world: World, up: UpTrack, back: Link) -> None:
        self.world, self.up, self.back = world, up, back
        self.camera: Camera | None = None
        self.world.at(0.0, self.tick)

    def incoming(self, index: int, data: bytes) -> None:
        self.deliver(self.up.receive([bytearray(data)], self.world.now, index))

    def deliver(self, deliveries: list[tuple[list[DownTrack], list[bytearray]]]) -> None:
        for audience, packets in deliveries:
            for down in audience:
                self.send(down, packets)

    def send(self, down: DownTrack, packets: list[bytearray]) -> None:
        viewer = down.sink
        assert isinstance(viewer, Viewer)
        for one in packets:
            viewer.there.send(bytes(one), viewer.packet)

    def feedback(self, viewer: Viewer, data: bytes) -> None:
        self.send(viewer.down, viewer.down.rtcp(rtcp.parse_compound(data), self.world.now).resend)

    def tick(self) -> None:
        if self.up.due <= self.world.now and self.camera is not None:
            for compound in self.up.poll(self.world.now):
                self.back.send(compound, self.camera.rtcp)
        self.world.at(self.world.now + 0.005, self.tick)


def is_start_of_keyframe(data: bytes) -> bool:
    """For looking into what a viewer got."""
    return describe("vp8", data[12:]).keyframe
