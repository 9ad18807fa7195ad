"""A sink that is no browser gets what browsers get, and costs them nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

import pytest
from quiet_hub import BOTH, Source, Stage

from galene_py.conference.media import TrackForm
from galene_py.rtp import packet, rtcp
from galene_py.sfu.clock import to_ntp


class FakeSink:
    def __init__(self) -> None:
        self.forms: dict[int, TrackForm] = {}
        self.taken: dict[int, list[bytes]] = {}
        self.clocks: list[tuple[int, float, int]] = []
        self.gone: list[int] = []

    def opened(self, form: TrackForm) -> int:
        number = 10 + len(self.forms)
        self.forms[number] = form
        self.taken[number] = []
        return number

    def packets(self, track: int, packets: Sequence[bytes | bytearray | memoryview], now: float) -> None:
        self.taken[track] += map(bytes, packets)

    def clock(self, track: int, now: float, timestamp: int) -> None:
        self.clocks.append((track, now, timestamp))

    def closed(self, track: int) -> None:
        self.gone.append(track)

    def of(self, kind: str) -> int:
        """The number of the only track of a kind."""
        codec = {"audio": "opus", "video": "vp8"}[kind]
        (number,) = [each for each, form in self.forms.items() if form.codec == codec]
        return number


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    stage = Stage()
    yield stage
    await stage.media.close()


async def test_a_sink_gets_every_packet_and_the_outbox_none_of_it(stage: Stage) -> None:
    stream, sender = stage.publish()
    _, receiver = stage.subscribe(stream)
    sink = FakeSink()
    stream.tap(sink)
    source = Source(stage.offer, "video")
    for _ in range(3):
        sender.handler.rtp(source.batch(4, key=True), 100.0)
    assert sink.taken[sink.of("video")] == receiver.got
    assert len(sink.taken[sink.of("video")]) == 12
    assert sink.taken[sink.of("audio")] == []
    form = sink.forms[sink.of("audio")]
    assert (form.codec, form.clock_rate, form.channels) == ("opus", 48000, 2)
    assert form.level_extension > 0


async def test_a_sink_that_comes_late_gets_the_picture_since_the_keyframe(stage: Stage) -> None:
    stream, sender = stage.publish()
    source = Source(stage.offer, "video")
    now = stage.media._context.ticker.now()
    sent = [*source.batch(3, key=True), *source.batch(2)]
    sender.handler.rtp(sent, now)
    sink = FakeSink()
    stream.tap(sink)
    # Under other numbers, because the sender's are about to wrap.
    assert [one[12:] for one in sink.taken[sink.of("video")]] == [bytes(one[12:]) for one in sent]


async def test_a_sink_can_ask_for_a_keyframe(stage: Stage) -> None:
    stream, sender = stage.publish()
    sink = FakeSink()
    tap = stream.tap(sink)
    source = Source(stage.offer, "video")
    sender.handler.rtp(source.batch(2, key=True), stage.media._context.ticker.now())
    sender.reports.clear()
    tap.keyframe(sink.of("video"))
    asked = [item for report in sender.reports for item in rtcp.parse_compound(report)]
    assert [item for item in asked if isinstance(item, rtcp.Pli)]


async def test_a_sink_is_told_what_timestamps_mean(stage: Stage) -> None:
    stream, sender = stage.publish()
    sink = FakeSink()
    tap = stream.tap(sink)
    source = Source(stage.offer, "video")
    now = stage.media._context.ticker.now()
    batch = source.batch(1, key=True)
    stamp = packet.timestamp(batch[0])
    sender.handler.rtp(batch, now)
    tap.poll(now)
    assert sink.clocks == []
    report = rtcp.serialize((rtcp.Sr(source.ssrc, to_ntp(3_000_000_000.0), stamp, 1, 1, ()),))
    sender.handler.rtcp(report, now)
    tap.poll(now + 2)
    ((number, at, told),) = sink.clocks
    assert (number, at) == (sink.of("video"), now + 2)
    assert told == pytest.approx(stamp + 2 * 90000, abs=2)


async def test_a_track_that_ends_is_told(stage: Stage) -> None:
    stream, _ = stage.publish()
    sink = FakeSink()
    stream.tap(sink)
    video = sink.of("video")
    head, _, section = stage.offer.partition("m=video")
    stream.renegotiate(head + "m=video" + section.replace("a=sendonly", "a=inactive"))
    assert sink.gone == [video]
    stream.renegotiate(stage.offer)
    assert len(sink.forms) == 3
    stream.close()
    assert sorted(sink.gone) == sorted(sink.forms)


async def test_a_closed_tap_gets_nothing_more_and_others_go_on(stage: Stage) -> None:
    stream, sender = stage.publish()
    _, receiver = stage.subscribe(stream, BOTH)
    first, second = FakeSink(), FakeSink()
    tap = stream.tap(first)
    stream.tap(second)
    source = Source(stage.offer, "video")
    sender.handler.rtp(source.batch(2, key=True), 100.0)
    tap.close()
    tap.close()
    sender.handler.rtp(source.batch(2), 100.1)
    assert len(first.taken[first.of("video")]) == 2
    assert len(second.taken[second.of("video")]) == 4
    assert len(receiver.got) == 4
    assert sorted(first.gone) == sorted(first.forms)
