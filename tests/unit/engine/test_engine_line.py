"""One receiver's line in the engine, on a hub without sockets: what is negotiated, numbered, repeated."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from quiet_hub import Peer, QuietHub, Source, answer_text, offer_text

from galene_py.engine import limits
from galene_py.engine.media import MediaEngine
from galene_py.engine.published import PublishedStream
from galene_py.engine.subscribed import SubscribedStream
from galene_py.rtp import extensions, packet, rtcp, rtx
from galene_py.rtp.wide import WideFeedback
from galene_py.sdp import reader
from galene_py.sdp.model import AUDIO_LEVEL_URI, WIDE_URI
from galene_py.sfu.limits import CALM_MESSAGES

BOTH = frozenset({"audio", "video"})
WIDE_ID = 13


class Stage:
    def __init__(self) -> None:
        self.hub = QuietHub()
        self.media = MediaEngine(self.hub)
        self.offer = offer_text("chromium-av")
        self.source = Source(self.offer, "video")

    @property
    def now(self) -> float:
        return self.media._context.ticker.now()

    def publish(self) -> tuple[PublishedStream, Peer]:
        stream = self.media.publish(self.offer, codecs=["vp8", "opus"], label="camera", on_closed=print)
        self.hub.opened[-1].connect()
        return stream, self.hub.opened[-1]

    def subscribe(self, stream: PublishedStream, *, repeats: bool = True) -> tuple[SubscribedStream, Peer]:
        subscribed = stream.subscribe(BOTH, on_closed=print)
        assert subscribed is not None
        peer = self.hub.opened[-1]
        subscribed.accept(answer_text(subscribed.offer, repeats=repeats))
        peer.connect()
        return subscribed, peer

    def packets(self, count: int, *, key: bool = False) -> list[bytearray]:
        """Of one picture."""
        return self.source.batch(count, key=key)


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    stage = Stage()
    yield stage
    await stage.media.close()


def numbers(packets: list[bytes]) -> list[int]:
    found = (extensions.find(one, WIDE_ID) for one in packets)
    return [int.from_bytes(one) for one in found if one is not None]


def line_state(subscribed: SubscribedStream) -> dict[str, object]:
    state = subscribed.debug_state()["line"]
    assert isinstance(state, dict)
    return state


async def test_all_receivers_share_one_numbering_whatever_the_senders_is(stage: Stage) -> None:
    stream, sender = stage.publish()
    first, second = stage.subscribe(stream)[1], stage.subscribe(stream)[1]
    sender.handler.rtp(stage.packets(3, key=True), stage.now)
    sender.handler.rtp(stage.packets(2), stage.now)
    assert numbers(first.got) == numbers(second.got) == [0, 1, 2, 3, 4]
    assert first.got == second.got
    assert stage.hub.outbox.calls == 2, "one for each batch"


async def test_what_was_lost_comes_again_under_its_own_ssrc_and_number(stage: Stage) -> None:
    stream, sender = stage.publish()
    subscribed, receiver = stage.subscribe(stream)
    session = reader.parse(subscribed.offer)
    video = next(section for section in session.sections if section.kind == "video")
    media, repeated = video.ssrcs
    assert video.ssrc_groups == [("FID", (media, repeated))]
    kind = next(format_.payload_type for format_ in video.formats.values() if format_.name == "rtx")
    sender.handler.rtp(stage.packets(3, key=True), stage.now)
    sent = list(receiver.got)
    lost = rtcp.Nack(1, media, (packet.sequence_number(sent[1]),))
    receiver.handler.rtcp(rtcp.serialize([lost]), stage.now)
    (again,) = receiver.got[len(sent) :]
    assert (packet.ssrc(again), packet.payload_type(again)) == (repeated, kind)
    assert numbers([again]) == [3], "a number of its own, which to others is a gap"
    original = rtx.original(again, packet.payload_type(sent[1]), media)
    assert original is not None
    plain = extensions.find(original, WIDE_ID)
    assert plain is not None
    plain[:] = (1).to_bytes(2)
    assert original == sent[1]


async def test_without_the_format_it_comes_again_as_it_was(stage: Stage) -> None:
    stream, sender = stage.publish()
    _, receiver = stage.subscribe(stream, repeats=False)
    sender.handler.rtp(stage.packets(3, key=True), stage.now)
    sent = list(receiver.got)
    lost = rtcp.Nack(1, packet.ssrc(sent[1]), (packet.sequence_number(sent[1]),))
    receiver.handler.rtcp(rtcp.serialize([lost]), stage.now)
    assert receiver.got[len(sent) :] == [sent[1]]


async def test_feedback_makes_an_estimate_and_rubbish_a_counter(stage: Stage) -> None:
    stream, sender = stage.publish()
    subscribed, receiver = stage.subscribe(stream)
    at = stage.now
    sender.handler.rtp(stage.packets(3, key=True), at)
    message = WideFeedback(1, 2, 0, 3, 0, (0, 1, 2), (40, 41, 42))
    receiver.handler.rtcp(rtcp.serialize([message]), at + 0.1)
    assert line_state(subscribed)["arriving"] != 0
    receiver.handler.rtcp(bytes.fromhex("8fcd0004 00000001 00000002 0000 0009 000000 00"), at + 0.2)
    assert subscribed.malformed == 1


async def test_who_promises_no_feedback_is_no_part_of_it(stage: Stage) -> None:
    stream, _ = stage.publish()
    subscribed = stream.subscribe(BOTH, on_closed=print)
    assert subscribed is not None
    peer = stage.hub.opened[-1]
    answer = answer_text(subscribed.offer)
    assert WIDE_URI in answer
    subscribed.accept("\r\n".join(one for one in answer.split("\r\n") if "transport-cc" not in one))
    peer.connect()
    assert line_state(subscribed)["lines"] == 0


async def test_a_line_without_room_pauses_its_video_and_goes_on_with_a_keyframe(stage: Stage) -> None:
    stream, sender = stage.publish()
    subscribed, receiver = stage.subscribe(stream)
    at = stage.now
    sender.handler.rtp(stage.packets(2, key=True), at)
    stream.tracks["1"].up.encodings[0].rate.bits = 900_000.0
    downlink = subscribed._downlink
    downlink.estimator.delay.full_once = True
    downlink.estimator.delay.rate = 50_000.0
    downlink.divide(at)
    before = list(receiver.got)
    sender.handler.rtp(stage.packets(4), at)
    assert receiver.got == before
    downlink.estimator.delay.rate = 5_000_000.0
    downlink.divide(at + 0.1)
    sender.handler.rtp(stage.packets(4), at + 0.2)
    assert receiver.got == before, "not yet: nobody likes what comes and goes"
    sender.handler.rtp(stage.packets(4), at + 9.9)
    downlink.divide(at + 10.0)
    sender.handler.rtp(stage.packets(4), at + 10.1)
    assert receiver.got == before, "not without a keyframe"
    sender.handler.rtp(stage.packets(4, key=True), at + 10.2)
    resumed = receiver.got[len(before) :]
    assert len(resumed) == 4
    assert (packet.sequence_number(before[-1]) + 1) & 0xFFFF == packet.sequence_number(resumed[0])


async def test_who_speaks_comes_before_who_is_only_shown(stage: Stage) -> None:
    said: list[bool] = []
    stream = stage.media.publish(
        stage.offer, codecs=["vp8", "opus"], label="camera", on_closed=print, on_speaking=said.append
    )
    sender = stage.hub.opened[-1]
    sender.connect()
    sound = Source(stage.offer, "audio")
    section = next(one for one in stream.tracks.values() if one.kind == "audio").section
    loud = [
        bytearray(extensions.added(one, section.extension(AUDIO_LEVEL_URI), b"\x1e"))
        for one in sound.batch(5)
    ]
    at = stage.now
    sender.handler.rtp(loud, at)
    assert said == [True]
    assert stream.source.speaks
    listener = next(one for one in stream.tracks.values() if one.voice is not None)._listener
    assert listener is not None
    assert listener.poll(at + 0.3) is not None
    assert listener.poll(at + 1.0) is None
    assert said == [True, False]
    sender.handler.rtp(loud, at + 2.0)
    stream.close()
    assert said == [True, False, True], "whose stream ends is not told to have ended to speak"


async def test_feedback_is_spared_while_all_is_well_and_heard_at_once_when_it_is_not(stage: Stage) -> None:
    stream, sender = stage.publish()
    subscribed, receiver = stage.subscribe(stream)
    downlink, at = subscribed._line, stage.now + limits.ENGINE_SETTLING_SECONDS + 1.0
    downlink.estimator.sending = 100_000.0

    def told(index: int, delay: float) -> None:
        now = at + index / 10
        sender.handler.rtp(stage.packets(1, key=index == 0), now)
        ticks = round(4000 * (now + delay))
        receiver.handler.rtcp(
            rtcp.serialize([WideFeedback(1, 2, index, 1, index, (index,), (ticks,))]), now + 0.05
        )

    told(0, 0.02)
    assert downlink.leisure.until > at + 0.05
    assert receiver.leisure is downlink.leisure
    told(1, 0.2)
    assert downlink.leisure.until == 0.0
    for index in range(2, 2 + CALM_MESSAGES):
        assert downlink.leisure.until == 0.0
        told(index, 0.02)
    assert downlink.leisure.until > at + 0.1 * (1 + CALM_MESSAGES)
    downlink.estimator.sending = 20_000.0
    told(2 + CALM_MESSAGES, 0.02)
    assert downlink.leisure.until > at + 1.0 + 0.1 * CALM_MESSAGES, "for long while nobody is heard"
