"""Streams on a hub without sockets: who is sent what, what is refused, what is freed."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator

import pytest
from quiet_hub import BOTH, Source, Stage, answer_text, offer_text

from galene_py.conference.media import MediaError
from galene_py.engine import limits
from galene_py.engine.track import WIDE_ID
from galene_py.rtp import extensions, packet, rtcp
from galene_py.sdp import reader
from kit import packets


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    stage = Stage()
    yield stage
    await stage.media.close()


async def test_all_receivers_share_one_plaintext_and_one_call(stage: Stage) -> None:
    stream, sender = stage.publish()
    receivers = [stage.subscribe(stream)[1] for _ in range(5)]
    source = Source(stage.offer, "video")
    sent = source.batch(4, key=True)
    originals = [bytes(one) for one in sent]
    sender.handler.rtp(sent, 100.0)
    assert stage.hub.outbox.calls == 1
    ssrc = stream.tracks["1"].out_ssrc
    # Nothing but the SSRC differs from what the sender sent, and the numbers by which lines are measured.
    plain = [one[:8] + ssrc.to_bytes(4) + one[12:] for one in originals]
    packets = [extensions.added(one, WIDE_ID, index.to_bytes(2)) for index, one in enumerate(plain)]
    assert [receiver.got for receiver in receivers] == [packets] * 5


async def test_a_wake_up_with_sound_and_picture_is_sorted(stage: Stage) -> None:
    stream, sender = stage.publish()
    _, receiver = stage.subscribe(stream)
    video, audio = Source(stage.offer, "video"), Source(stage.offer, "audio")
    one, two = video.batch(2, key=True), audio.batch(1)
    sender.handler.rtp([one[0], two[0], one[1]], 100.0)
    ssrcs = [packet.ssrc(sent) for sent in receiver.got]
    video_ssrc, audio_ssrc = stream.tracks["1"].out_ssrc, stream.tracks["0"].out_ssrc
    assert ssrcs == [video_ssrc, video_ssrc, audio_ssrc]


async def test_nothing_is_sent_before_the_answer_and_the_connection(stage: Stage) -> None:
    stream, sender = stage.publish()
    source = Source(stage.offer, "video")
    subscribed = stream.subscribe(BOTH, on_closed=print)
    assert subscribed is not None
    peer = stage.hub.opened[-1]
    sender.handler.rtp(source.batch(2, key=True), 100.0)
    peer.connect()  # browsers may shake hands before their answer arrives
    sender.handler.rtp(source.batch(2), 100.1)
    assert peer.got == []
    subscribed.accept(answer_text(subscribed.offer))
    sender.handler.rtp(source.batch(2), 100.2)
    assert peer.got


async def test_a_late_joiner_gets_the_picture_since_the_keyframe_at_once(stage: Stage) -> None:
    stream, sender = stage.publish()
    source = Source(stage.offer, "video")
    now = stage.media._context.ticker.now()
    sender.handler.rtp(source.batch(3, key=True), now)
    sender.handler.rtp(source.batch(2), now)
    _, late = stage.subscribe(stream)
    assert len(late.got) == 5


async def test_a_joiner_without_cached_picture_makes_us_ask_for_a_keyframe(stage: Stage) -> None:
    stream, sender = stage.publish()
    now = stage.media._context.ticker.now()
    sender.handler.rtp(Source(stage.offer, "video").batch(3), now)
    stage.subscribe(stream)
    asked = [item for data in sender.reports for item in rtcp.parse_compound(data)]
    assert any(isinstance(item, rtcp.Pli) for item in asked)


async def test_a_receiver_is_sent_again_what_it_lost(stage: Stage) -> None:
    stream, sender = stage.publish()
    _, receiver = stage.subscribe(stream)
    sent = Source(stage.offer, "video").batch(3, key=True)
    sequence = packet.sequence_number(sent[1])
    now = stage.media._context.ticker.now()
    sender.handler.rtp(sent, now)
    before = list(receiver.got)
    nack = rtcp.serialize([rtcp.Nack(1, stream.tracks["1"].out_ssrc, (sequence,))])
    receiver.handler.rtcp(nack, now + 0.02)
    assert receiver.got[len(before) :] == [before[1]]


async def test_crossing_answers_are_understood(stage: Stage) -> None:
    stream, sender = stage.publish()
    subscribed, receiver = stage.subscribe(stream, frozenset({"audio"}))
    first = subscribed.offer
    assert subscribed.select(BOTH)
    subscribed.accept(answer_text(first))  # the answer to the offer before
    subscribed.accept(answer_text(subscribed.offer))
    sender.handler.rtp(Source(stage.offer, "video").batch(1, key=True), 100.0)
    assert receiver.got


async def test_a_refused_section_is_not_sent(stage: Stage) -> None:
    stream, sender = stage.publish()
    subscribed = stream.subscribe(BOTH, on_closed=print)
    assert subscribed is not None
    receiver = stage.hub.opened[-1]
    subscribed.accept(
        answer_text(subscribed.offer).replace("m=video 9", "m=video 0").replace("BUNDLE 0 1", "BUNDLE 0")
    )
    receiver.connect()
    sender.handler.rtp(Source(stage.offer, "video").batch(1, key=True), 100.0)
    sender.handler.rtp(Source(stage.offer, "audio").batch(1), 100.0)
    (sent,) = receiver.got
    assert packet.ssrc(sent) == stream.tracks["0"].out_ssrc


async def test_a_sender_that_drops_a_track_tells_its_receivers(stage: Stage) -> None:
    stream, _ = stage.publish()
    subscribed, _ = stage.subscribe(stream)
    assert not subscribed.select(BOTH)
    stream.renegotiate(stage.offer.replace("a=sendonly", "a=inactive", 1))
    assert stream.kinds == {"video"}
    assert subscribed.select(BOTH)
    assert subscribed.offer.count("a=inactive") == 1
    stream.renegotiate(stage.offer)
    assert subscribed.select(BOTH)
    assert subscribed.offer.count("a=sendonly") == 2


async def test_an_ice_restart_keeps_the_tracks(stage: Stage) -> None:
    stream, sender = stage.publish()
    tracks = dict(stream.tracks)
    stream.renegotiate(stage.offer)
    assert sender.restarts == 0
    changed = "\r\n".join(
        "a=ice-ufrag:another" if line.startswith("a=ice-ufrag:") else line
        for line in stage.offer.split("\r\n")
    )
    answer = stream.renegotiate(changed)
    assert sender.restarts == 1
    assert f"a=ice-ufrag:{sender.ufrag}" in answer
    assert stream.tracks == tracks


async def test_who_stops_the_section_whose_transport_all_share_may_return(stage: Stage) -> None:
    stream, sender = stage.publish()
    stream.renegotiate(stage.offer.replace("a=sendonly", "a=inactive", 1))
    assert not sender.returns
    stopped = re.sub(r"^m=audio \d+", "m=audio 0", stage.offer, flags=re.MULTILINE)
    stream.renegotiate(stopped.replace("a=group:BUNDLE 0 1", "a=group:BUNDLE 1"))
    assert stream.kinds == {"video"}
    assert sender.returns


async def test_another_certificate_is_refused(stage: Stage) -> None:
    stream, _ = stage.publish()
    with pytest.raises(MediaError, match="certificate"):
        stream.renegotiate(offer_text("chromium-simulcast"))


async def test_connections_are_bounded(stage: Stage) -> None:
    stream, _ = stage.publish()
    stage.media._context.peers = limits.ENGINE_PEERS
    with pytest.raises(MediaError, match="too many"):
        stage.publish()
    with pytest.raises(MediaError, match="too many"):
        stream.subscribe(BOTH, on_closed=print)
    stage.media._context.peers = 1


async def test_rubbish_costs_a_counter(stage: Stage) -> None:
    stream, sender = stage.publish()
    subscribed, receiver = stage.subscribe(stream)
    for rubbish in (b"", b"\x80", b"\x80\xc8\xff\xff", bytes(100)):
        sender.handler.rtcp(rubbish, 100.0)
        receiver.handler.rtcp(rubbish, 100.0)
    assert stream.malformed == 4
    assert subscribed.malformed == 4
    receiver.handler.rtp([bytearray(20)], 100.0)
    ssrc = next(iter(stream._router.known))
    for size in range(12, 40):
        for first in (0x80, 0x9F, 0xB0, 0xBF, 0xA0):
            sender.handler.rtp(
                [bytearray([first, 96, 0, size, *bytes(4), *ssrc.to_bytes(4), *bytes(size - 12)])], 1.0
            )
            sender.handler.rtp([bytearray([first, 96, 0, size]) + b"\xff" * (size - 4)], 1.0)


ABSURD_REPORTS = [
    rtcp.Nack(1, 2, tuple(range(0, 5000, 2))),
    rtcp.Remb(1, 0, (2,)),
    rtcp.Remb(1, (1 << 18) - 1 << 63, (2,)),
    rtcp.Fir(1, 2, tuple((2, number) for number in range(40))),
    rtcp.Bye((2,), b"gone"),
    rtcp.Sr(2, 0, 0, 0, 0, (rtcp.ReportBlock(2, 255, -1 << 23, 0, 0xFFFFFFFF, 1, 0xFFFFFFFF),) * 31),
    rtcp.Rr(2, (rtcp.ReportBlock(2, 255, (1 << 23) - 1, 0xFFFFFFFF, 0, 0xFFFFFFFF, 0),) * 31),
    rtcp.Unknown(205, 15, bytes(8) + b"\xff" * 24),
    *[rtcp.Pli(1, 2)] * 20,
]


async def test_absurd_reports_of_one_receiver_change_nothing_for_another(stage: Stage) -> None:
    stream, sender = stage.publish()
    _, liar = stage.subscribe(stream)
    _, honest = stage.subscribe(stream)
    source = Source(stage.offer, "video")
    now = stage.media._context.ticker.now()
    sent = []
    for second, ssrc in enumerate((2, 0, 0xFFFFFFFF, stream.tracks["1"].out_ssrc)):
        for item in ABSURD_REPORTS:
            report = rtcp.serialize([item]).replace((2).to_bytes(4), ssrc.to_bytes(4))
            liar.handler.rtcp(report, now + second)
        batch = source.batch(4, key=True)
        sent += [packet.sequence_number(one) for one in batch]
        sender.handler.rtp(batch, now + second)
    assert [packet.sequence_number(one) for one in honest.got] == sent
    told = [item for data in sender.reports for item in rtcp.parse_compound(data)]
    assert sum(isinstance(item, rtcp.Pli | rtcp.Fir) for item in told) <= 2 * 4
    assert not any(isinstance(item, rtcp.Nack | rtcp.Bye) for item in told)


async def test_retransmissions_that_were_not_negotiated_go_nowhere_however_short(stage: Stage) -> None:
    stream, sender = stage.publish()
    _, receiver = stage.subscribe(stream)
    section = next(one for one in reader.parse(stage.offer).sections if one.kind == "video")
    _, repair = next(members for semantics, members in section.ssrc_groups if semantics == "FID")
    rtx = next(number for number, one in section.formats.items() if one.name == "rtx")
    for length in range(4):
        sender.handler.rtp([packets.build(rtx, length, 0, repair, bytes(length))], 100.0)
    assert receiver.got == []


async def test_a_vanished_receiver_frees_its_place(stage: Stage) -> None:
    stream, _ = stage.publish()
    subscribed, receiver = stage.subscribe(stream)
    receiver.vanish()
    assert stage.closed == ["the connection was lost"]
    assert not stream.subscriptions
    subscribed.close()
    with pytest.raises(MediaError, match="closed"):
        subscribed.select(BOTH)
    assert stage.media.debug_state()["connections"] == 1


async def test_a_vanished_sender_takes_its_receivers_along(stage: Stage) -> None:
    stream, sender = stage.publish()
    _, receiver = stage.subscribe(stream)
    sender.vanish()
    assert stage.closed == ["the connection was lost"]
    assert receiver.closed
    state = stage.media.debug_state()
    assert (state["streams"], state["connections"], state["timed"], state["timer_errors"]) == (0, 0, 0, 0)
    stream.close()


async def test_after_close_nothing_can_be_published(stage: Stage) -> None:
    stage.publish()
    await stage.media.close()
    assert all(peer.closed for peer in stage.hub.opened)
    assert not stage.closed
    with pytest.raises(MediaError):
        stage.publish()


def polls(stage: Stage, begin: float, seconds: int) -> int:
    """How many items the engine's timer looks at in this time, in which nothing comes."""
    ticker = stage.media._context.ticker
    before = ticker.polls
    for step in range(10 * seconds):
        ticker.run(begin + step / 10)
    return ticker.polls - before


async def test_silent_streams_and_their_receivers_cost_next_to_nothing(stage: Stage) -> None:
    now = stage.media._context.ticker.now()
    streams = [stage.publish()[0] for _ in range(2)]
    few = [stage.subscribe(stream) for stream in streams]
    polls(stage, now, 10)
    with_few = polls(stage, now + 10, 60)
    many = [stage.subscribe(stream) for stream in streams for _ in range(20)]
    polls(stage, now + 70, 10)
    assert polls(stage, now + 80, 60) == with_few
    assert with_few <= 60  # one report of each section in five seconds
    assert len(few) + len(many) == 42


async def test_a_receiver_whose_stream_was_silent_hears_its_time_again_with_the_first_packets(
    stage: Stage,
) -> None:
    stream, sender = stage.publish()
    _, receiver = stage.subscribe(stream)
    source = Source(stage.offer, "video")
    now = stage.media._context.ticker.now()
    told = rtcp.serialize([rtcp.Sr(source.ssrc, 5000 << 32, 5000, 0, 0)])
    sender.handler.rtp(source.batch(2, key=True), now)
    sender.handler.rtcp(told, now)

    polls(stage, now, 20)
    assert len(receiver.reports) == 1
    sender.handler.rtp(source.batch(2), now + 20)
    stage.media._context.ticker.run(now + 20.01)
    assert len(receiver.reports) == 2
    polls(stage, now + 20.02, 20)
    assert len(receiver.reports) == 2
