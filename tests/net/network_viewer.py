"""A viewer for tests on bad networks: what a receiving browser does, as far as a server can see it.

Asks for what is missing, reports, and keeps account of what it could have shown and heard, and when.
"""

from __future__ import annotations

import itertools

from emulator import Line, Link
from network_camera import Camera
from network_endpoint import Endpoint

from galene_py.engine.downlink import Downlink
from galene_py.engine.subscribed import SubscribedStream
from galene_py.rtp import extensions, packet, rtcp, rtx
from galene_py.rtp.sequence import extend
from galene_py.sdp import reader
from galene_py.sdp.model import WIDE_URI
from galene_py.sfu.clock import middle

BOTH = frozenset({"audio", "video"})
WIDE_S = 0.1
KEYFRAME_S = 0.05
"""How long a keyframe waits for what is missing before it."""


class Source:
    """What came of one SSRC."""

    def __init__(self, now: float) -> None:
        self.got: dict[int, tuple[float, bytes]] = {}
        """By extended sequence number: when, and the first bytes."""
        self.asked: dict[int, tuple[int, float]] = {}
        self.first = self.highest = -1
        self.received = self.bytes = 0
        self.last_report = (0, 0.0)
        self.began = now
        self._before = (0, 0)

    def take(self, plain: bytes, now: float) -> bool:
        """True: something before it is missing."""
        number = packet.sequence_number(plain)
        extended = extend(self.highest, number) if self.highest >= 0 else 0x10000 + number
        if self.first < 0:
            self.first, self.highest = extended, extended - 1
        self.bytes += len(plain)
        self.received += extended not in self.asked
        self.got[extended] = (now, plain[:32])
        gap = extended > self.highest + 1
        for missing in range(self.highest + 1, extended):
            self.asked[missing] = (0, now)
        self.highest = max(self.highest, extended)
        return gap

    def block(self, ssrc: int, now: float) -> rtcp.ReportBlock:
        expected = self.highest - self.first + 1
        interval = expected - self._before[0]
        lost = max(0, interval - (self.received - self._before[1]))
        self._before = (expected, self.received)
        last, heard = self.last_report
        delay = int((now - heard) * 65536) if last else 0
        fraction = min(255, 256 * lost // interval) if interval > 0 else 0
        total = max(0, expected - self.received)
        return rtcp.ReportBlock(ssrc, fraction, total, self.highest & 0xFFFFFFFF, 0, last, delay)

    def missing(self, since: float, until: float) -> float:
        """Share of packets that never came, of those around which others came in that time."""
        numbers = [number for number, (at, _) in self.got.items() if since <= at <= until]
        wanted = range(min(numbers), max(numbers) + 1)
        return sum(number not in self.got for number in wanted) / len(wanted)

    def longest_gap(self, since: float) -> float:
        """Seconds without a packet, at most, in order of arrival."""
        times = sorted(at for at, _ in self.got.values() if at >= since)
        return max(after - before for before, after in itertools.pairwise(times))

    def rate(self, since: float, until: float) -> float:
        """Packets per second."""
        return sum(since <= at < until for at, _ in self.got.values()) / (until - since)


class Viewer(Endpoint):
    """One receiver of one stream."""

    def __init__(
        self,
        line: Line,
        *,
        impatient: bool = False,
        remb: bool = False,
        wide: bool = False,
        repeats: bool = True,
    ) -> None:
        """`impatient`: asks for keyframes after 0.2 s without a picture instead of a second. `remb`: sends
        estimates of its own, `wide`: transport-wide feedback, as browsers do one or the other. `repeats`:
        with the latter it takes retransmissions under an SSRC of their own."""
        super().__init__(line)
        self._wide = wide
        self._wide_id = 0
        self._repeats = wide and repeats
        self._came: dict[int, float] = {}
        """By transport-wide number, since the last feedback."""
        self.repairs: dict[int, tuple[int, int]] = {}
        """By SSRC of retransmissions: payload type and SSRC of what they repair."""
        self.filled = 0
        """Retransmissions of what was there already, and padding."""
        self._told = -1
        self._messages = 0
        self.sources: dict[int, Source] = {}
        self.kinds: dict[int, str] = {}
        self.shown: list[float] = []
        """When each frame could be shown."""
        self.nacks = self.plis = 0
        self.doubles = 0
        """Packets that came twice although nobody asked for them."""
        self._patience = 0.2 if impatient else 1.0
        self._remb = 0.0 if remb else -1.0
        self._remb_bytes = 0
        self._next = -1
        self._asking = False
        self.subscribed: SubscribedStream
        self.reasons: list[str] = []

    async def subscribe(
        self, camera: Camera, want: frozenset[str] = BOTH, *, downlink: Downlink | None = None
    ) -> Viewer:
        subscribed = camera.stream.subscribe(want, on_closed=self.reasons.append, downlink=downlink)
        assert subscribed is not None
        self.subscribed = subscribed
        session = reader.parse(subscribed.offer)
        lines = self.head([section.mid for section in session.sections])
        for section in session.sections:
            format_, *repaired = section.formats.values()
            self.kinds[next(iter(section.ssrcs))] = section.kind
            repaired = repaired if self._repeats else []
            offered = [format_.payload_type, *(each.payload_type for each in repaired)]
            if repaired:
                self.repairs[list(section.ssrcs)[1]] = format_.payload_type, next(iter(section.ssrcs))
            lines += [
                f"m={section.kind} 9 UDP/TLS/RTP/SAVPF " + " ".join(map(str, offered)),
                *self.transport("active"),
            ]
            lines += [f"a=mid:{section.mid}", "a=recvonly"]
            name = f"{format_.name}/{format_.clock_rate}/{format_.channels}"
            lines += [f"a=rtpmap:{format_.payload_type} {name}"]
            lines += [f"a=rtpmap:{each.payload_type} rtx/90000" for each in repaired]
            wide = section.extensions.get(WIDE_URI, 0) if self._wide else 0
            lines += [f"a=extmap:{wide} {WIDE_URI}"] if wide else []
            self._wide_id = wide
            taken = [item for item in format_.feedback if wide or item != "transport-cc"]
            lines += [f"a=rtcp-fb:{format_.payload_type} {item}" for item in taken]
        subscribed.accept("\r\n".join(lines) + "\r\n")
        await self.connect(subscribed.offer)
        return self

    def started(self) -> None:
        self.began = self.loop.time()
        self.loop.call_later(1.0, self.receiver_reports)
        self.loop.call_later(self._patience, self.look)
        if self._wide:
            self.loop.call_later(WIDE_S, self.wide_feedback)

    @property
    def video(self) -> Source:
        return next(source for ssrc, source in self.sources.items() if self.kinds[ssrc] == "video")

    @property
    def audio(self) -> Source:
        return next(source for ssrc, source in self.sources.items() if self.kinds[ssrc] == "audio")

    # Media

    def rtp(self, plain: bytes) -> None:
        ssrc, now = packet.ssrc(plain), self.loop.time()
        number = extensions.find(plain, self._wide_id) if self._wide_id else None
        if number is not None:
            self._came.setdefault(int.from_bytes(number), now)
        if ssrc in self.repairs:
            self._repair(plain, *self.repairs[ssrc])
            return
        self._media(plain, ssrc, now)

    def _repair(self, plain: bytes, payload_type: int, ssrc: int) -> None:
        whole = rtx.original(plain, payload_type, ssrc)
        source = self.sources.get(ssrc)
        if (
            whole is None
            or source is None
            or extend(source.highest, packet.sequence_number(whole)) in source.got
        ):
            self.filled += 1
        else:
            self._media(bytes(whole), ssrc, self.loop.time())

    def _media(self, plain: bytes, ssrc: int, now: float) -> None:
        source = self.sources.setdefault(ssrc, Source(now))
        gap = source.take(plain, now)
        if self.kinds[ssrc] == "video":
            if gap and not self._asking:
                self._asking = True
                self.loop.call_later(0.005, self.ask)
            self._play(source, now)

    def repeated(self, data: bytes) -> None:
        source = self.sources[packet.ssrc(data)]
        self.doubles += extend(source.highest, packet.sequence_number(data)) not in source.asked

    def _play(self, source: Source, now: float) -> None:
        """Show what is whole. A keyframe lets what is missing before it be."""
        if self._next < 0:
            self._next = source.first
        if self._next not in source.got:
            starts = (
                n for n in range(self._next + 1, source.highest + 1) if self._starts_keyframe(source, n)
            )
            first = next(starts, None)
            if first is not None and now - source.got[first][0] > KEYFRAME_S:
                self._next = first
        while self._next in source.got:
            if packet.marker(source.got[self._next][1]):
                self.shown.append(now)
            self._next += 1

    def _starts_keyframe(self, source: Source, number: int) -> bool:
        if number not in source.got:
            return False
        head = source.got[number][1]
        payload = head[16 + 4 * int.from_bytes(head[14:16]) :]
        descriptor = 4 if not payload[1] & 0x40 else 6
        return bool(payload[0] & 0x10) and not payload[descriptor] & 1

    def longest_freeze(self, since: float) -> float:
        """Seconds between two pictures, at most; the time until now counts."""
        times = [since, *(at for at in self.shown if at >= since), self.loop.time()]
        return max(after - before for before, after in itertools.pairwise(times))

    # Feedback

    def ask(self) -> None:
        now, source = self.loop.time(), self.video
        lost = []
        for number, (tries, at) in list(source.asked.items()):
            if number in source.got or number < self._next or tries >= 10:
                continue
            if tries == 0 or now - at > 0.06:
                lost.append(number & 0xFFFF)
                source.asked[number] = (tries + 1, now)
        self._asking = any(
            number not in source.got and number >= self._next and tries < 10
            for number, (tries, _) in source.asked.items()
        )
        for start in range(0, len(lost), 100):
            ssrc = next(ssrc for ssrc, kind in self.kinds.items() if kind == "video")
            self.nacks += len(lost[start : start + 100])
            self.report(rtcp.Nack(9, ssrc, tuple(lost[start : start + 100])))
        if self._asking and not self.closed:
            self.loop.call_later(0.02, self.ask)

    def look(self) -> None:
        """No picture for some time: ask for a keyframe."""
        if self.closed:
            return
        last = self.shown[-1] if self.shown else self.began
        if self.loop.time() - last > self._patience:
            ssrc = next(ssrc for ssrc, kind in self.kinds.items() if kind == "video")
            self.plis += 1
            self.report(rtcp.Pli(9, ssrc))
        self.loop.call_later(0.2, self.look)

    def receiver_reports(self) -> None:
        if self.closed:
            return
        now = self.loop.time()
        blocks = tuple(source.block(ssrc, now) for ssrc, source in self.sources.items())
        items: list[rtcp.Item] = [rtcp.Rr(9, blocks)]
        if self._remb >= 0 and self.sources:
            items.append(self._estimate(self.line.down))
        self.report(*items)
        self.loop.call_later(1.0, self.receiver_reports)

    def wide_feedback(self) -> None:
        """What came of each number since the last message; what came late has a message of its own."""
        if self.closed:
            return
        came, self._came = self._came, {}
        ahead = {number: ((number - self._told + 0x8000) & 0xFFFF) - 0x8000 for number in came}
        late = [[number] for number in came if self._told >= 0 and ahead[number] <= 0]
        fresh = sorted((number for number in came if [number] not in late), key=ahead.__getitem__)
        for numbers in [*late, *([fresh] if fresh else [])]:
            self._messages += 1
            base = numbers[0] if self._told < 0 or numbers != fresh else (self._told + 1) & 0xFFFF
            times = tuple(round(4000 * came[number]) for number in numbers)
            count = ((numbers[-1] - base) & 0xFFFF) + 1
            number = self._messages & 0xFF
            self.report(rtcp.WideFeedback(9, 1, base, count, number, tuple(numbers), times))
        if fresh:
            self._told = fresh[-1]
        self.loop.call_later(WIDE_S, self.wide_feedback)

    def _estimate(self, link: Link) -> rtcp.Remb:
        """Down to a share of what arrives when packets queue, slowly up otherwise."""
        total = sum(source.bytes for source in self.sources.values())
        arriving = 8.0 * (total - self._remb_bytes)
        self._remb_bytes = total
        if not self._remb:
            self._remb = arriving
        elif link.queue > 0.03:
            self._remb = min(self._remb, 0.85 * arriving)
        else:
            self._remb = max(self._remb, min(1.08 * self._remb, 1.5 * arriving + 10_000))
        ssrc = next(ssrc for ssrc, kind in self.kinds.items() if kind == "video")
        return rtcp.Remb(9, int(self._remb), (ssrc,))

    def rtcp(self, items: list[rtcp.Item]) -> None:
        for item in items:
            if isinstance(item, rtcp.Sr) and item.ssrc in self.sources:
                self.sources[item.ssrc].last_report = (middle(item.ntp), self.loop.time())

    def state(self, kind: str = "video") -> dict[str, object]:
        """What the server knows of this receiver."""
        tracks = self.subscribed.debug_state()["tracks"]
        assert isinstance(tracks, list)
        return next(track for track in tracks if track["kind"] == kind)
