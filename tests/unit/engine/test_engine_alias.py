"""Who comes back to a track gets it under an SSRC of its own: no number is ever protected with two texts."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from quiet_hub import BOTH, Source, Stage, answer_text

from galene_py import limits as shared
from galene_py.engine.subscribed import SubscribedStream
from galene_py.rtp import extensions, packet, rtcp


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    stage = Stage()
    yield stage
    await stage.media.close()


async def test_who_returns_gets_a_new_ssrc_and_its_reports_are_understood(stage: Stage) -> None:
    stream, sender = stage.publish()
    _, steady = stage.subscribe(stream)
    subscribed, receiver = stage.subscribe(stream)
    source = Source(stage.offer, "video")
    now = stage.media._context.ticker.now()
    sender.handler.rtp(source.batch(3, key=True), now)
    assert subscribed.select(frozenset({"audio"}))
    subscribed.accept(answer_text(subscribed.offer))
    silent = len(receiver.got)
    assert receiver.retired == {stream.tracks["1"].out_ssrc}
    sender.handler.rtp(source.batch(3), now)
    assert len(receiver.got) == silent
    assert subscribed.select(BOTH)
    subscribed.accept(answer_text(subscribed.offer))
    sender.handler.rtp(source.batch(3), now)
    again = receiver.got[silent:]
    sequence = packet.sequence_number(again[-3])
    (alias,) = {packet.ssrc(one) for one in again}
    original = stream.tracks["1"].out_ssrc
    assert alias != original
    assert f"a=ssrc:{alias} " in subscribed.offer
    assert {packet.ssrc(one) for one in steady.got} == {original}
    assert [one[12:] for one in again[-3:]] == [one[12:] for one in steady.got[-3:]]
    # Requests and reports about the alias reach the track.
    count = len(receiver.got)
    block = rtcp.ReportBlock(alias, 0, 7, 1, 90, 0, 0)
    items = [rtcp.Rr(1, (block,)), rtcp.Nack(1, alias, (sequence,)), rtcp.Remb(1, 300_000, (alias,))]
    receiver.handler.rtcp(rtcp.serialize(items), now + 0.02)
    assert receiver.got[count:] == [again[-3]]
    (state,) = [t for t in subscribed.debug_state()["tracks"] if t["kind"] == "video"]  # type: ignore[attr-defined]
    assert (state["lost"], state["remb"]) == (7, 300_000)
    # And so do our reports to it.
    receiver.reports.clear()
    report = rtcp.serialize([rtcp.Sr(stream.tracks["1"].up.encodings[0].ssrc, 1 << 32, 0, 1, 1)])
    sender.handler.rtcp(report, now)
    subscribed.poll(now + 1)
    sources = [
        item.ssrc
        for data in receiver.reports
        for item in rtcp.parse_compound(data)
        if isinstance(item, rtcp.Sr)
    ]
    assert alias in sources
    assert original not in sources


def mids(packets: list[bytes]) -> list[bytes | None]:
    """The MID that each packet carries."""
    found = [extensions.find(one, 4) for one in packets]
    return [None if one is None else bytes(one) for one in found]


def named(subscribed: SubscribedStream, mid: int) -> int:
    """The SSRC that the offer gives a section."""
    section = subscribed.offer.split("\r\nm=")[1 + mid]
    return int(section.split("a=ssrc:")[1].split()[0])


async def test_who_returns_is_told_which_section_the_new_ssrc_is(stage: Stage) -> None:
    """Until it reports on it: the sender has long stopped telling."""
    stream, sender = stage.publish()
    subscribed, receiver = stage.subscribe(stream)
    source = Source(stage.offer, "video")
    now = stage.media._context.ticker.now()
    sender.handler.rtp(source.batch(2, key=True), now)
    for want in (frozenset({"audio"}), BOTH):
        assert subscribed.select(want)
        subscribed.accept(answer_text(subscribed.offer))
    before = len(receiver.got)
    sent = source.batch(2, named=False)
    sender.handler.rtp(sent, now)
    told = receiver.got[before:]
    assert mids(told) == [b"1", b"1"]
    block = rtcp.ReportBlock(named(subscribed, 1), 0, 0, 1, 90, 0, 0)
    receiver.handler.rtcp(rtcp.serialize([rtcp.Rr(1, (block,))]), now + 0.02)
    sender.handler.rtp(source.batch(2, named=False), now)
    plain = receiver.got[before + 2 :]
    assert mids(plain) == [None, None]
    # No number is ever protected with two texts: what was sent is resent as it was.
    numbers = tuple(packet.sequence_number(one) for one in (told[0], plain[0]))
    lost = rtcp.Nack(1, named(subscribed, 1), numbers)
    receiver.handler.rtcp(rtcp.serialize([lost]), now + 0.03)
    assert receiver.got[before + 4 :] == [told[0], plain[0]]
    # Once nothing of that kind is cached any more, the alias is a receiver among others.
    sender.handler.rtp(source.batch(shared.CACHE_PACKETS_MAX, named=False), now)
    sender.handler.rtp(source.batch(2, named=False), now)
    assert [packet.ssrc(one) for one in receiver.got[-2:]] == [named(subscribed, 1)] * 2


async def test_another_track_in_the_place_of_one_is_told_by_the_section(stage: Stage) -> None:
    """The codec changes: who saw the old track knows the section by its SSRC; who comes now does not."""
    stream, sender = stage.publish()
    subscribed, receiver = stage.subscribe(stream)
    source = Source(stage.offer, "video")
    now = stage.media._context.ticker.now()
    sender.handler.rtp(source.batch(2, key=True), now)
    old = stream.tracks["1"]
    # The same codec under another payload type, as after setCodecPreferences.
    stream.renegotiate(stage.offer.replace("VP8/90000", "VP8-/90000").replace("VP9/90000", "VP8/90000"))
    assert subscribed.select(BOTH)
    subscribed.accept(answer_text(subscribed.offer))
    assert {old.out_ssrc} == sender.retired == receiver.retired
    _, fresh = stage.subscribe(stream)
    assert named(subscribed, 1) != stream.tracks["1"].out_ssrc
    before = len(receiver.got)
    source.payload_type = stream.tracks["1"].section.codec.payload_type
    sender.handler.rtp(source.batch(2, key=True, named=False), now)
    assert mids(receiver.got[before:]) == [b"1", b"1"]
    assert mids(fresh.got) == [None, None]


async def test_another_track_before_the_answer_to_an_ssrc_is_told_by_the_section_too(stage: Stage) -> None:
    stream, sender = stage.publish()
    subscribed, receiver = stage.subscribe(stream)
    source = Source(stage.offer, "video")
    now = stage.media._context.ticker.now()
    sender.handler.rtp(source.batch(2, key=True), now)
    assert subscribed.select(frozenset({"audio"}))
    subscribed.accept(answer_text(subscribed.offer))
    assert subscribed.select(BOTH)  # an SSRC of its own is offered, and never used
    stream.renegotiate(stage.offer.replace("VP8/90000", "VP8-/90000").replace("VP9/90000", "VP8/90000"))
    assert subscribed.select(BOTH)
    subscribed.accept(answer_text(subscribed.offer))
    before = len(receiver.got)
    source.payload_type = stream.tracks["1"].section.codec.payload_type
    sender.handler.rtp(source.batch(2, key=True, named=False), now)
    assert mids(receiver.got[before:]) == [b"1", b"1"]
